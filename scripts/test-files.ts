/** Runs files of tests, two at a time. What a file started ends with it, and so does a file that says nothing any longer. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { run } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

type TestsStream = ReturnType<typeof run>

/** In the environment of all that a file starts. */
const MARK = 'LLMBDO_TEST_FILE'
const AT_ONCE = 2
/** How long what a file left may take to end in good order, in milliseconds. */
const GRACE_MS = 2000

export interface TestFilesOptions {
  /** How long a single test may take, in milliseconds. */
  limitMs: number
  /** How long a file may say nothing, in milliseconds: longer than any of its tests may take. */
  silenceMs: number
  /** Listens to what a file tells. */
  listen(stream: TestsStream): void
  /** Takes what is to be said of a file besides. */
  say(text: string): void
}

/** Resolves when all of them have ended, and nothing that they started is left. */
export async function runTestFiles(files: readonly string[], options: TestFilesOptions): Promise<void> {
  const waiting = [...files]
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runFile(file, options)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function runFile(file: string, { limitMs, silenceMs, listen, say }: TestFilesOptions): Promise<void> {
  const mark = `${MARK}=${randomUUID()}`
  const [name = '', value] = mark.split('=')
  const stream = run({
    files: [file],
    timeout: limitMs,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, [name]: value } as Record<string, string>,
  })
  listen(stream)
  const silence = setTimeout(() => {
    say(`${file} has said nothing for ${silenceMs / 1000} s, and is ended.`)
    void endAll(mark)
  }, silenceMs)
  try {
    for await (const _ of stream) silence.refresh()
  } finally {
    clearTimeout(silence)
    await endAll(mark)
  }
}

/** Ends all processes with a mark; those that do not end in good order are killed. */
async function endAll(mark: string): Promise<void> {
  const killFrom = Date.now() + GRACE_MS
  let signal: NodeJS.Signals = 'SIGTERM'
  for (let left = marked(mark); left.length > 0; left = marked(mark)) {
    for (const pid of left) tell(pid, signal)
    do await delay(20)
    while (Date.now() < killFrom && marked(mark).length > 0)
    signal = 'SIGKILL'
  }
}

/** The processes that have a mark in their environment. */
const marked = (mark: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && environmentOf(pid).includes(mark))

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    // It has gone, or belongs to another process.
    return []
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has gone meanwhile.
  }
}

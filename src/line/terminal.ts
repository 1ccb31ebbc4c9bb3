/** The line mode at a terminal: prompt, keys, history and completion. */
import { createInterface, type Interface } from 'node:readline'
import type { ReadStream } from 'node:tty'
import { CliError } from '../command/cli-error.ts'
import type { PromptOptions } from '../command/command.ts'
import type { Outcome } from '../command/exit-codes.ts'
import type { Io } from '../command/io.ts'
import { MutedOutput } from '../command/muted-output.ts'
import { styled, visible, writeLine } from '../command/output.ts'
import { PRODUCT } from '../command/version.ts'
import { completeLine } from './completion.ts'
import { type History, MAX_LINES } from './history.ts'
import { describeJob } from './jobs.ts'
import { type LineModeOptions, LineShell } from './shell.ts'
import { suggestWhileTyping } from './suggestions.ts'

/** How long a completion may take, in milliseconds. */
const COMPLETION_MS = 3000
/** What ends the conversation: its window was closed, or the machine stops. */
const ENDING = ['SIGHUP', 'SIGTERM'] as const

/** Talks until `exit` or Ctrl-D. */
export async function converse(options: LineModeOptions, history: History): Promise<Outcome> {
  const { io } = options
  const reader = new LineReader(io, history, (text) =>
    completeLine(text, shell, AbortSignal.timeout(COMPLETION_MS)),
  )
  const shell = new LineShell({ ...options, ask: (...asked) => reader.ask(...asked) })
  const prompt = () => promptOf(shell, io)
  shell.gateway.onChange = () => reader.refresh(prompt())
  writeLine(io.stdout, `${PRODUCT.name} ${PRODUCT.version}; "help" lists the commands`)
  await shell.gateway.keepConnected()
  let outcome: Outcome = 'ok'
  const hangUp = () => reader.hangUp()
  const save = () => saveQuietly(history, io)
  process.once('exit', save) // also where writing to a closed terminal ends all
  for (const signal of ENDING) process.once(signal, hangUp)
  try {
    while (!shell.leaving) {
      for (const job of shell.jobs.news()) writeLine(io.stdout, describeJob(job))
      const line = await reader.read(prompt())
      if (line === undefined) break
      outcome = await reader.away((signal) => shell.run(line, signal))
    }
    return outcome
  } finally {
    for (const signal of ENDING) process.removeListener(signal, hangUp)
    reader.close()
    shell.jobs.killAll()
    shell.gateway.close()
    process.removeListener('exit', save)
    save()
  }
}

function promptOf({ cwd, gateway }: LineShell, { stdout, env }: Io): string {
  const lost = gateway.isConnected ? '' : `${styled(stdout, env, 'red', '[Disconnected]')} `
  return `${lost}${styled(stdout, env, 'bold', visible(cwd).replace(/[\t\n]/g, ' '))} luca> `
}

function saveQuietly(history: History, { stderr }: Io): void {
  try {
    history.save()
  } catch (error) {
    writeLine(stderr, `The history is not kept: ${(error as Error).message}.`)
  }
}

/** Reads lines, and releases the terminal while a command runs, so that the command has it as it was. */
class LineReader {
  readonly #stdin: ReadStream
  readonly #stdout: Io['stdout']
  /** What is typed is shown there. */
  readonly #screen: MutedOutput
  readonly #lines: Interface
  /** What was typed or pasted ahead. */
  readonly #ahead: string[] = []
  #ended = false
  /** Whoever waits for a line. */
  #waiting: ((line: string | undefined) => void) | undefined
  #asking = false
  #interrupt: (() => void) | undefined

  constructor(io: Io, history: History, complete: (text: string) => Promise<[string[], string]>) {
    this.#stdin = io.stdin as ReadStream
    this.#stdout = io.stdout
    this.#screen = new MutedOutput(io.stdout)
    this.#lines = createInterface({
      input: io.stdin,
      output: this.#screen,
      terminal: true,
      history: history.lines.toReversed(),
      historySize: MAX_LINES,
      removeHistoryDuplicates: true,
      completer: (text: string, done: (error: Error | null, found: [string[], string]) => void) => {
        complete(text).then(
          (found) => done(null, found),
          () => done(null, [[], text]),
        )
      },
    })
    if (!io.env.NO_COLOR)
      suggestWhileTyping({
        lines: this.#lines,
        input: this.#stdin,
        output: io.stdout,
        history: () => history.lines,
        wanted: () => this.#waiting !== undefined && !this.#asking,
      })
    this.#lines.on('history', (kept: string[]) => {
      // The newest is first. Answers to questions, and what should not be kept, are forgotten at once.
      if (this.#asking || !history.add(kept[0] ?? '')) kept.shift()
    })
    this.#lines.on('line', (line) => this.#take(line))
    this.#lines.on('SIGINT', () => this.#interrupted())
    // A terminal that was closed under it.
    this.#stdin.on('error', () => this.hangUp())
    this.#lines.on('close', () => {
      this.#ended = true
      this.#waiting?.(undefined)
    })
  }

  /** The next line; undefined after Ctrl-D. */
  async read(prompt: string): Promise<string | undefined> {
    const ahead = this.#ahead.shift()
    if (ahead !== undefined) {
      writeLine(this.#stdout, prompt + visible(ahead))
      return ahead
    }
    const line = await this.#next(prompt)
    if (line === undefined) writeLine(this.#stdout, '')
    return line
  }

  /** Asks while a command runs. Ctrl-C there is a no, and is for the command too. */
  async ask(question: string, { unseen = false }: PromptOptions = {}): Promise<string | undefined> {
    this.#asking = true
    this.#setRaw(true)
    try {
      if (unseen) this.#screen.write(question)
      this.#screen.drawn = unseen
      return await this.#next(question)
    } finally {
      this.#screen.drawn = false
      if (unseen) writeLine(this.#stdout, '')
      this.#asking = false
      this.#release()
    }
  }

  /** Runs a command, which Ctrl-C cancels. */
  async away<T>(command: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const cancel = new AbortController()
    this.#interrupt = () => cancel.abort(new CliError('interrupted', 'Ended by Ctrl-C.'))
    process.on('SIGINT', this.#interrupt)
    this.#release()
    try {
      return await command(cancel.signal)
    } finally {
      process.removeListener('SIGINT', this.#interrupt)
      this.#interrupt = undefined
      this.#setRaw(true)
    }
  }

  /** Shows another prompt before what is being typed. */
  refresh(prompt: string): void {
    if (!this.#waiting || this.#asking) return
    this.#lines.setPrompt(prompt)
    this.#lines.prompt(true)
  }

  close(): void {
    this.#lines.close()
  }

  /** As Ctrl-D, and ends a command that runs. */
  hangUp(): void {
    this.#interrupt?.()
    this.close()
  }

  #next(prompt: string): Promise<string | undefined> {
    if (this.#ended) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#waiting = (line) => {
        this.#waiting = undefined
        resolve(line)
      }
      this.#lines.setPrompt(prompt)
      this.#lines.prompt()
    })
  }

  #take(line: string): void {
    if (this.#waiting) this.#waiting(line)
    else this.#ahead.push(line)
  }

  #interrupted(): void {
    this.#lines.write(null, { ctrl: true, name: 'e' })
    this.#lines.write(null, { ctrl: true, name: 'u' })
    writeLine(this.#stdout, '^C')
    if (this.#asking) {
      this.#interrupt?.()
      this.#waiting?.(undefined)
    } else this.#lines.prompt()
  }

  #release(): void {
    if (!this.#ended) this.#lines.pause()
    this.#setRaw(false)
  }

  #setRaw(raw: boolean): void {
    if (!this.#ended) this.#stdin.setRawMode?.(raw)
  }
}

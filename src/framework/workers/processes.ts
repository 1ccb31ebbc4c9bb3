/**
 * Workers as processes: whatever one does, native code included, it takes nothing along but its job. The kernel ends it, also in
 * the middle of a call that would never return. Bytes are copied to it.
 */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Driver, RunningWorker, WorkerEnd, WorkerListener } from './driver.ts'
import { moreThan } from './driver.ts'
import { type JobBounds, MEGABYTE } from './limits.ts'
import type { Job } from './messages.ts'

export const processes: Driver = {
  moves: false,
  start: (program, bounds) => new Process(program, bounds),
}

/** What Node itself takes. */
const NODE_MEGABYTES = 64
const YOUNG_MEGABYTES = 16
const PAGE_BYTES = 4096
/** How much of what a process writes as it dies is looked at. */
const LAST_WORDS_CHARS = 8192
/** And for how long, once it has ended. */
const LAST_WORDS_MS = 100

class Process implements RunningWorker {
  listener: WorkerListener | undefined
  readonly #child: ChildProcess
  readonly #bounds: JobBounds
  readonly #ended = Promise.withResolvers<void>()
  /** To tell by it whether V8 was out of memory, and for nothing else: it may have content in it. */
  #lastWords = ''

  constructor(program: URL, bounds: JobBounds) {
    this.#bounds = bounds
    const { TZ } = process.env
    // Loaded where it is needed: most starts of a server never do.
    this.#child = process.getBuiltinModule('node:child_process').fork(fileURLToPath(program), [], {
      // Of the server's variables none, such as where its credentials are, but for the time zone.
      env: TZ === undefined ? {} : { TZ },
      execArgv: [
        `--max-old-space-size=${bounds.heapMegabytes}`,
        `--max-semi-space-size=${Math.min(YOUNG_MEGABYTES, bounds.heapMegabytes)}`,
        '--v8-pool-size=1',
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARS)
    })
    this.#child.on('message', (message) => this.listener?.message(message))
    this.#child.on('error', (cause) => {
      if (this.#child.pid === undefined) this.#end({ died: 'could not be started', cause })
    })
    this.#child.on('exit', (code, signal) => {
      const end = () => this.#end(this.#endBy(code, signal))
      // Once what it wrote has been read; what it started may hold that open for ever.
      const timer = setTimeout(end, LAST_WORDS_MS)
      this.#child.stderr?.once('close', () => {
        clearTimeout(timer)
        end()
      })
    })
  }

  send(job: Job): void {
    // Its end says that it has gone meanwhile.
    this.#child.send(job, () => {})
  }

  async exceeded(): Promise<string | undefined> {
    const { heapMegabytes, bufferMegabytes } = this.#bounds
    const most = heapMegabytes + bufferMegabytes
    return residentBytes(this.#child.pid) > (NODE_MEGABYTES + most) * MEGABYTE
      ? moreThan(most, 'memory')
      : undefined
  }

  end(): Promise<void> {
    // Whoever waits for its end is waiting even if nothing else keeps this process.
    this.hold(true)
    this.#child.kill('SIGKILL')
    return this.#ended.promise
  }

  hold(holds: boolean): void {
    const sockets = [this.#child.stderr, this.#child.channel] as readonly { ref?(): void; unref?(): void }[]
    for (const one of [this.#child, ...sockets]) {
      if (holds) one?.ref?.()
      else one?.unref?.()
    }
  }

  #end(end: WorkerEnd): void {
    this.#ended.resolve()
    this.listener?.ended(end)
  }

  #endBy(code: number | null, signal: NodeJS.Signals | null): WorkerEnd {
    if (signal === 'SIGABRT' && /heap out of memory|Allocation failed/.test(this.#lastWords))
      return { exceeded: moreThan(this.#bounds.heapMegabytes, 'memory') }
    return { died: signal === null ? `exited with ${code}` : `was ended by ${signal}` }
  }
}

/** What a process has in memory; 0 where it has gone. */
function residentBytes(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
    return Number(pages) * PAGE_BYTES
  } catch {
    return 0
  }
}

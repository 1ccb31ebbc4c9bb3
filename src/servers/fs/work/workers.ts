/**
 * Threads for jobs that a hostile file could make long or large. A job has a time and a memory of its own, ends with the
 * call that it is for, and never keeps the calls of others waiting: a caller has one thread at a time, and where others
 * have them all, what looks small is tried beside them. What turns out not to be small waits after all.
 */
import type { Worker } from 'node:worker_threads'
import { ToolError } from '../../../protocol/define.ts'
import { isRecord } from '../../../protocol/values.ts'
import {
  MAX_BRIEF_BYTES,
  MAX_BRIEF_MEGABYTES,
  MAX_BRIEF_MS,
  MAX_JOB_MEGABYTES,
  MAX_JOB_MS,
  MAX_JOBS,
} from '../limits.ts'
import type { JobName, Jobs } from './jobs.ts'
import { nodeThreads, type Outcome, THREAD_ARGUMENTS, THREAD_FILE } from './thread.ts'

/** Whom a job is for. */
export interface JobOwner {
  readonly signal: AbortSignal
  readonly caller: string | undefined
}

/** What a job may take. */
interface Bounds {
  readonly ms: number
  readonly megabytes: number
}

const FULL: Bounds = { ms: MAX_JOB_MS, megabytes: MAX_JOB_MEGABYTES }
const BRIEF: Bounds = { ms: MAX_BRIEF_MS, megabytes: MAX_BRIEF_MEGABYTES }

interface Waiting {
  readonly caller: string | undefined
  /** Whether it is worth a try beside the others. */
  readonly looksSmall: boolean
  start(turn: Turn): void
}

/** The place of a job among those that run. */
interface Turn {
  readonly caller: string | undefined
  readonly bounds: Bounds
}

/** A job took all that its bounds give. */
class Exceeded extends Error {
  override readonly name = 'Exceeded'
}

/** How long a thread waits for the next job. */
const KEPT_MS = 5000

export class Workers {
  readonly #brief: Bounds
  readonly #waiting: Waiting[] = []
  readonly #running = new Set<Turn>()
  #idle: { worker: Worker; timer: NodeJS.Timeout } | undefined

  /** `brief` is what a job may take that is tried beside the others. */
  constructor(brief = BRIEF) {
    this.#brief = brief
  }

  /**
   * The result of a job. Throws what it threw, the signal's reason, or a ToolError where it took too long or too much
   * memory; the thread is ended then.
   */
  async run<N extends JobName>(
    owner: JobOwner,
    name: N,
    ...args: Parameters<Jobs[N]>
  ): Promise<Awaited<ReturnType<Jobs[N]>>> {
    const looksSmall = lengthOf(args) <= MAX_BRIEF_BYTES
    const outcome =
      (await this.#attempt(owner, looksSmall, name, args)) ?? (await this.#attempt(owner, false, name, args))
    if (outcome === undefined) throw new Error('A job that had a thread of its own was not done.')
    if ('refused' in outcome) throw new ToolError(outcome.refused, { kind: outcome.kind })
    if ('failed' in outcome) throw outcome.failed
    return outcome.result as Awaited<ReturnType<Jobs[N]>>
  }

  /** Undefined where it was tried beside the others, and took more than is given there. */
  async #attempt(
    { signal, caller }: JobOwner,
    looksSmall: boolean,
    name: JobName,
    args: readonly unknown[],
  ): Promise<Outcome | undefined> {
    const turn = await this.#turn(signal, caller, looksSmall)
    try {
      return await this.#outcome(signal, turn.bounds, name, args)
    } catch (error) {
      if (!(error instanceof Exceeded)) throw error
      if (turn.bounds === this.#brief) return undefined
      throw new ToolError(error.message, { cause: error.cause, kind: 'invalid' })
    } finally {
      this.#running.delete(turn)
      this.#startNext()
    }
  }

  /** Ends the thread that waits for a job. */
  close(): void {
    void this.#takeIdle()?.terminate()
  }

  #turn(signal: AbortSignal, caller: string | undefined, looksSmall: boolean): Promise<Turn> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal.reason)
      }
      const start = (turn: Turn) => {
        signal.removeEventListener('abort', leave)
        this.#running.add(turn)
        resolve(turn)
      }
      const waiting: Waiting = { caller, looksSmall, start }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiting)
      this.#startNext()
    })
  }

  /** Who has no thread comes first, in the order of coming. */
  #startNext(): void {
    const running = [...this.#running]
    const isFull = running.filter(({ bounds }) => bounds === FULL).length >= MAX_JOBS
    if (isFull && running.some(({ bounds }) => bounds === this.#brief)) return
    const next = this.#waiting.findIndex(
      ({ caller, looksSmall }) =>
        (looksSmall || !isFull) && running.every((other) => other.caller !== caller),
    )
    if (next < 0) return
    const [{ caller, start } = {}] = this.#waiting.splice(next, 1)
    start?.({ caller, bounds: isFull ? this.#brief : FULL })
    this.#startNext()
  }

  #outcome(signal: AbortSignal, bounds: Bounds, name: JobName, args: readonly unknown[]): Promise<Outcome> {
    const worker = (bounds === FULL && this.#takeIdle()) || newWorker(bounds.megabytes)
    return new Promise<Outcome>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        forget(worker)
        act()
      }
      const end = (error: unknown) =>
        settle(() => {
          worker.on('error', () => {}) // what it still says when it is ended
          void worker.terminate()
          reject(error)
        })
      const onAbort = () => end(signal.reason)
      const timer = setTimeout(
        () => end(new Exceeded(stopped(`longer than ${bounds.ms / 1000} seconds`))),
        bounds.ms,
      )
      signal.addEventListener('abort', onAbort, { once: true })
      worker.on('message', (outcome: Outcome) =>
        settle(() => {
          if (bounds === FULL) this.#keep(worker)
          else void worker.terminate()
          resolve(outcome)
        }),
      )
      worker.on('error', (error) => end(isOutOfMemory(error) ? outOf(bounds.megabytes, error) : error))
      worker.on('exit', () => end(new Error('A thread of this server ended before its job was done.')))
      worker.postMessage({ name, args })
    })
  }

  #takeIdle(): Worker | undefined {
    const { worker, timer } = this.#idle ?? {}
    clearTimeout(timer)
    this.#idle = undefined
    if (worker) forget(worker)
    worker?.ref()
    return worker
  }

  #keep(worker: Worker): void {
    if (this.#idle) return void worker.terminate()
    worker.unref()
    for (const event of ['error', 'exit']) worker.on(event, () => this.#takeIdle())
    this.#idle = { worker, timer: setTimeout(() => this.close(), KEPT_MS).unref() }
  }
}

/** Not all listeners at once: a worker has some of its own. */
function forget(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
}

const newWorker = (megabytes: number) =>
  new (nodeThreads().Worker)(THREAD_FILE, {
    argv: THREAD_ARGUMENTS,
    // Nothing of the process that a file could want: neither its variables nor its output.
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: Math.min(16, megabytes) },
  })

const isOutOfMemory = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'

const outOf = (megabytes: number, cause: unknown): Exceeded =>
  new Exceeded(stopped(`more than ${megabytes} MB of memory`), { cause })

const stopped = (took: string): string =>
  `The work on this file took ${took} and was stopped; nothing was changed. Use a smaller file, or do less at once.`

/** About how many bytes a job takes in. */
const lengthOf = (value: unknown): number =>
  typeof value === 'string'
    ? value.length
    : value instanceof Uint8Array
      ? value.byteLength
      : Array.isArray(value)
        ? value.reduce((sum: number, one) => sum + lengthOf(one), 0)
        : isRecord(value)
          ? lengthOf(Object.values(value))
          : 0

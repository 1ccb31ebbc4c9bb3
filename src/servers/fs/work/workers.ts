/**
 * Threads for jobs that a hostile file could make long or large. A job has a time and a memory of its own, ends with the
 * call that it is for, and never keeps the calls of others waiting: a caller has one thread at a time.
 */
import type { Worker } from 'node:worker_threads'
import { ToolError } from '../../../protocol/define.ts'
import { MAX_JOB_MEGABYTES, MAX_JOB_MS, MAX_JOBS } from '../limits.ts'
import type { JobName, Jobs } from './jobs.ts'
import { nodeThreads, type Outcome, THREAD_ARGUMENTS, THREAD_FILE } from './thread.ts'

/** Whom a job is for. */
export interface JobOwner {
  readonly signal: AbortSignal
  readonly caller: string | undefined
}

interface Waiting extends JobOwner {
  start(): void
}

/** How long a thread waits for the next job. */
const KEPT_MS = 5000

export class Workers {
  readonly #waiting: Waiting[] = []
  readonly #running: JobOwner[] = []
  #idle: { worker: Worker; timer: NodeJS.Timeout } | undefined

  /**
   * The result of a job. Throws what it threw, the signal's reason, or a ToolError where it took too long or too much
   * memory; the thread is ended then.
   */
  async run<N extends JobName>(
    owner: JobOwner,
    name: N,
    ...args: Parameters<Jobs[N]>
  ): Promise<Awaited<ReturnType<Jobs[N]>>> {
    await this.#turn(owner)
    try {
      const outcome = await this.#outcome(owner.signal, name, args)
      if ('refused' in outcome) throw new ToolError(outcome.refused, { kind: outcome.kind })
      if ('failed' in outcome) throw outcome.failed
      return outcome.result as Awaited<ReturnType<Jobs[N]>>
    } finally {
      this.#running.splice(this.#running.indexOf(owner), 1)
      this.#startNext()
    }
  }

  /** Ends the thread that waits for a job. */
  close(): void {
    void this.#takeIdle()?.terminate()
  }

  #turn(owner: JobOwner): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal, caller } = owner
      signal.throwIfAborted()
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal.reason)
      }
      const start = () => {
        signal.removeEventListener('abort', leave)
        this.#running.push(owner)
        resolve()
      }
      const waiting: Waiting = { signal, caller, start }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiting)
      this.#startNext()
    })
  }

  /** Who has no thread comes first, in the order of coming. */
  #startNext(): void {
    if (this.#running.length >= MAX_JOBS) return
    const next = this.#waiting.findIndex(({ caller }) =>
      this.#running.every((running) => running.caller !== caller),
    )
    if (next >= 0) this.#waiting.splice(next, 1)[0]?.start()
  }

  #outcome(signal: AbortSignal, name: JobName, args: readonly unknown[]): Promise<Outcome> {
    const worker = this.#takeIdle() ?? newWorker()
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
        () =>
          end(
            new ToolError(
              `The work on this file took longer than ${MAX_JOB_MS / 1000} seconds and was stopped; nothing was changed. Use a smaller file, or do less at once.`,
              { kind: 'invalid' },
            ),
          ),
        MAX_JOB_MS,
      )
      signal.addEventListener('abort', onAbort, { once: true })
      worker.on('message', (outcome: Outcome) =>
        settle(() => {
          this.#keep(worker)
          resolve(outcome)
        }),
      )
      worker.on('error', (error) => end(isOutOfMemory(error) ? tooMuchMemory(error) : error))
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

const newWorker = () =>
  new (nodeThreads().Worker)(THREAD_FILE, {
    argv: THREAD_ARGUMENTS,
    // Nothing of the process that a file could want: neither its variables nor its output.
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MAX_JOB_MEGABYTES, maxYoungGenerationSizeMb: 16 },
  })

const isOutOfMemory = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'

const tooMuchMemory = (cause: unknown): ToolError =>
  new ToolError(
    `The work on this file took more than ${MAX_JOB_MEGABYTES} MB of memory and was stopped; nothing was changed. Use a smaller file, or do less at once.`,
    { cause, kind: 'invalid' },
  )

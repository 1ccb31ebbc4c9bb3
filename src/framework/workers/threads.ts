/**
 * Workers as threads. They start soonest, and bytes can be moved to them. A thread ends with its process: what its parser does
 * in native code can't be ended, and a single allocation larger than all that is left of its heap ends the process, as V8 sees no
 * other way. Where input can bring that about, use processes.
 */
import type { Worker } from 'node:worker_threads'
import type { Driver, RunningWorker, WorkerEnd, WorkerListener } from './driver.ts'
import { moreThan } from './driver.ts'
import { type JobBounds, MEGABYTE } from './limits.ts'
import { type Job, movable } from './messages.ts'
import { describeThrown } from './thrown.ts'

export const threads: Driver = {
  moves: true,
  start: (program, bounds) => new Thread(program, bounds),
}

/** Of the heap, what V8 has for new objects at the most. */
const YOUNG_MEGABYTES = 16

class Thread implements RunningWorker {
  listener: WorkerListener | undefined
  readonly #worker: Worker
  readonly #bounds: JobBounds

  constructor(program: URL, bounds: JobBounds) {
    this.#bounds = bounds
    const { heapMegabytes } = bounds
    // Loaded where it is needed: most starts of a server never do.
    this.#worker = new (process.getBuiltinModule('node:worker_threads').Worker)(program, {
      // Nothing of the process that a file could want: neither its variables nor its output.
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: heapMegabytes,
        maxYoungGenerationSizeMb: Math.min(YOUNG_MEGABYTES, heapMegabytes),
      },
    })
    for (const output of [this.#worker.stdout, this.#worker.stderr]) output.resume()
    this.#worker.on('message', (message) => this.listener?.message(message))
    this.#worker.on('messageerror', (cause) => this.#tellEnd({ died: 'sent what can’t be read', cause }))
    this.#worker.on('error', (error: unknown) => this.#tellEnd(this.#endBy(error)))
    this.#worker.on('exit', (code) => this.#tellEnd({ died: `exited with ${code}` }))
  }

  send(job: Job, moved: readonly Uint8Array[]): void {
    this.#worker.postMessage(job, movable(moved))
  }

  /** Bytes lie outside of what V8 limits; it counts them, and answers while a loop runs. */
  async exceeded(): Promise<string | undefined> {
    const { bufferMegabytes } = this.#bounds
    const { external_memory } = await this.#worker.getHeapStatistics()
    return external_memory > bufferMegabytes * MEGABYTE
      ? moreThan(bufferMegabytes, 'memory for bytes')
      : undefined
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  hold(holds: boolean): void {
    if (holds) this.#worker.ref()
    else this.#worker.unref()
  }

  #endBy(error: unknown): WorkerEnd {
    const { code } = (error ?? {}) as { code?: unknown }
    if (code === 'ERR_WORKER_OUT_OF_MEMORY')
      return { exceeded: moreThan(this.#bounds.heapMegabytes, 'memory'), cause: error }
    return { died: `ended by an error: ${describeThrown(error).message}`, cause: error }
  }

  #tellEnd(end: WorkerEnd): void {
    this.listener?.ended(end)
  }
}

/** One after the other, in the order of arrival; each waiting request learns its place. */
import { EngineError } from '../../models/engine.ts'

interface Waiting {
  start(): void
  onPosition(position: number): void
}

export class Queue {
  readonly #most: number
  readonly #waiting: Waiting[] = []
  #busy = false

  /** At most so many may wait: without a limit, requests would stay in memory for longer and longer. */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * Runs the work once it is its turn. `onPosition` is called with the place in the queue, 1 for the next, whenever it changes.
   * Rejects with an EngineError if too many wait, with the signal's reason if that is aborted before the turn came.
   */
  async run<T>(
    signal: AbortSignal,
    onPosition: (position: number) => void,
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted()
    if (this.#busy) await this.#turn(signal, onPosition)
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #turn(signal: AbortSignal, onPosition: (position: number) => void): Promise<void> {
    if (this.#waiting.length >= this.#most)
      throw new EngineError(
        'queue_full',
        `${this.#most} requests wait for the model already; try again when some of them are done.`,
        { details: { waiting: this.#most } },
      )
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        this.#tellPositions()
        reject(signal.reason)
      }
      const waiting: Waiting = {
        start: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
        onPosition,
      }
      signal.addEventListener('abort', onAbort, { once: true })
      onPosition(this.#waiting.push(waiting))
    })
  }

  /** Hands the turn on without a moment in which another could take it. */
  #next(): void {
    const next = this.#waiting.shift()
    if (!next) {
      this.#busy = false
      return
    }
    next.start()
    this.#tellPositions()
  }

  #tellPositions(): void {
    for (const [i, { onPosition }] of this.#waiting.entries()) onPosition(i + 1)
  }
}

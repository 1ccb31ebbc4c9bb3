/** Long work in slices, between which other calls have their turn. */
import { setImmediate } from 'node:timers/promises'

/** How long a slice may last, in milliseconds. */
const SLICE_MS = 10

export class Slices {
  readonly #signal: AbortSignal
  #began = performance.now()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Whether it is time to `rest`. */
  get isOver(): boolean {
    return performance.now() - this.#began > SLICE_MS
  }

  /** Lets the others go ahead. Throws the signal's reason if the caller has gone meanwhile. */
  async rest(): Promise<void> {
    await setImmediate()
    this.#signal.throwIfAborted()
    this.#began = performance.now()
  }
}

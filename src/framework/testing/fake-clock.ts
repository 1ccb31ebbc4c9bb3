/** A clock for tests, which stands still until it is moved. */
import type { Clock } from '../../protocol/define.ts'

export class FakeClock implements Clock {
  #wall: number
  #monotonic = 0
  readonly #waiting = new Set<{ until: number; resolve: () => void }>()

  /** Begins at a moment, as milliseconds since the epoch or as `Date.parse` reads it. */
  constructor(wall: number | string = 0) {
    this.#wall = typeof wall === 'string' ? Date.parse(wall) : wall
  }

  wall(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      if (ms <= 0) return resolve()
      const one = { until: this.#monotonic + ms, resolve }
      this.#waiting.add(one)
      signal?.addEventListener('abort', () => this.#waiting.delete(one) && reject(signal.reason), {
        once: true,
      })
    })
  }

  /** Time passes, on both clocks. Whatever waits for no longer goes on. */
  advance(ms: number): void {
    this.#wall += ms
    this.#monotonic += ms
    for (const one of this.#waiting)
      if (one.until <= this.#monotonic) {
        this.#waiting.delete(one)
        one.resolve()
      }
  }

  /** Sets the machine's clock. */
  set(wall: number | string): void {
    this.#wall = typeof wall === 'string' ? Date.parse(wall) : wall
  }
}

/** So much at once, and so much more each second: what floods is passed over. */
export class Allowance {
  readonly #atOnce: number
  readonly #perSecond: number
  #left: number
  #since: number

  constructor(atOnce: number, perSecond: number, now = performance.now()) {
    this.#atOnce = atOnce
    this.#perSecond = perSecond
    this.#left = atOnce
    this.#since = now
  }

  /** Whether one more may pass. `now` is in milliseconds of a clock that only goes on. */
  take(now = performance.now()): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((now - this.#since) / 1000) * this.#perSecond)
    this.#since = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}

/**
 * Looks at a time of the machine's clock, and within a second of it where that is set or the machine sleeps: a timer alone
 * would stand still meanwhile.
 */
export interface Time {
  /** Milliseconds since the epoch, as the machine's clock shows. */
  now(): number
  /** Calls back later; gives what prevents it. */
  later(ms: number, work: () => void): () => void
}

export const TIME: Time = {
  now: Date.now,
  later(ms, work) {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** How often the clock is looked at, in milliseconds. */
export const LOOK_EVERY_MS = 1000

export class Ticker {
  readonly #time: Time
  readonly #look: (now: number, wasPutBack: boolean) => void
  #next: number | undefined
  #isBusy = false
  /** As if the clock had been put back before the first look: what is kept may be from a clock that was ahead. */
  #last = Number.POSITIVE_INFINITY
  #stop: (() => void) | undefined
  #isClosed = false

  /** `look` calls `set` before it returns. */
  constructor(time: Time, look: (now: number, wasPutBack: boolean) => void) {
    this.#time = time
    this.#look = look
  }

  /** Looks now. */
  look(): void {
    if (this.#isClosed) return
    const now = this.#time.now()
    const wasPutBack = now < this.#last
    this.#last = now
    this.#look(now, wasPutBack)
  }

  /** Looks again at `next`; while there is something to do, every second. */
  set(next: number | undefined, isBusy: boolean): void {
    this.#next = next
    this.#isBusy = isBusy
    this.#wait()
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
  }

  #wait(): void {
    this.#stop?.()
    this.#stop = undefined
    if (this.#isClosed || (this.#next === undefined && !this.#isBusy)) return
    const wait = this.#next === undefined ? LOOK_EVERY_MS : this.#next - this.#time.now()
    this.#stop = this.#time.later(Math.min(Math.max(wait, 0), LOOK_EVERY_MS), () => this.#tick())
  }

  /** Most of the time there is nothing to do. */
  #tick(): void {
    const now = this.#time.now()
    const isDue = this.#next !== undefined && now >= this.#next
    if (this.#isBusy || isDue || now < this.#last) this.look()
    else {
      this.#last = now
      this.#wait()
    }
  }
}

/**
 * The time by which rights end: tokens, and what a person allowed for a while. It never goes back: where the machine's clock is set back, or begins in 1970 after a
 * restart, this one goes on from the latest time it has seen, as fast as time passes.
 */

import type { Clock } from '../protocol/define.ts'
import { machineClock } from './clock.ts'

export type Clocks = Pick<Clock, 'wall' | 'monotonic'>

export class ForwardClock {
  readonly #clocks: Clocks
  #latest: number
  #at: number

  /** `latest` is the latest time that was ever seen, by this process or one before it. */
  constructor(latest: number, clocks: Clocks = machineClock) {
    this.#clocks = clocks
    this.#latest = latest
    this.#at = clocks.monotonic()
  }

  now(): number {
    const at = this.#clocks.monotonic()
    this.#latest = Math.max(this.#clocks.wall(), this.#latest + (at - this.#at))
    this.#at = at
    return Math.round(this.#latest)
  }

  /** A time of this clock as the machine's clock will show it: for people. */
  shown(time: number): number {
    return time - (this.now() - this.#clocks.wall())
  }
}

/** Whether the machine has slept: its connections may be dead then, and nobody says so. */
import type { Clock } from '../../../protocol/define.ts'

export type Moment = Readonly<Record<'wall' | 'monotonic', number>>

/** How far one clock goes beyond the other where it was not just set right, in milliseconds. */
const ASLEEP_MS = 15_000

export const momentOf = (clock: Clock): Moment => ({ wall: clock.wall(), monotonic: clock.monotonic() })

/** What durations are measured by stands still meanwhile (CLOCK_MONOTONIC in clock_gettime(2)). Where the clock was set, it seems so too. */
export const hasSleptSince = ({ wall, monotonic }: Moment, clock: Clock): boolean =>
  Math.abs(clock.wall() - wall - (clock.monotonic() - monotonic)) > ASLEEP_MS

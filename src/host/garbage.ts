/** Collects garbage when told, and gives the memory of a process that rests back to the machine. */
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'major'; execution: 'sync'; flavor: 'regular' | 'last-resort' }) => void
const MIB = 1024 * 1024

/** How often it is looked whether the process rests, in milliseconds. */
const LOOK_EVERY_MS = 5000
/** It rests while its event loop has work for less than this share of that time, twice in a row. */
const RESTING_BELOW = 0.05
/** How much must have been taken since the last time for it to be worth it, in bytes. */
const WORTH_BYTES = 16 * MIB

/** V8's own collector, which programs get for the asking alone. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}

export interface Garbage {
  /** Collects what is garbage now; takes some 20 ms. */
  collect(): void
}

/**
 * Watches for rest. V8 keeps what a load made it take, of its young generation above all, for as long as a process lives; a
 * process that rests gives that back, which takes some 100 ms.
 */
export function watchGarbage(): Garbage {
  const gc = collector()
  let before = performance.eventLoopUtilization()
  let hasRested = false
  let least = 0
  setInterval(() => {
    const now = performance.eventLoopUtilization()
    const rests = performance.eventLoopUtilization(now, before).utilization < RESTING_BELOW
    before = now
    if (rests && hasRested && process.memoryUsage.rss() > least + WORTH_BYTES) {
      gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      least = process.memoryUsage.rss()
    }
    hasRested = rests
  }, LOOK_EVERY_MS).unref()
  return { collect: () => gc() }
}

/** Collects garbage when told, and gives the memory of a process that rests back to the machine. */
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemLibrary } from './system-library.ts'

type Collect = (options?: { type: 'major'; execution: 'sync'; flavor: 'regular' | 'last-resort' }) => void
const MIB = 1024 * 1024

/** How often it is looked whether the process rests, in milliseconds. */
const LOOK_EVERY_MS = 5000
/** It rests while its event loop has work for less than this share of that time. */
const RESTING_BELOW = 0.05
/** After how many looks at a process that rests memory is given back; then after twice as many, and so on. */
const FIRST_AFTER = 2
const AT_LEAST_AFTER = 120
/** How much more than after the last time it must have for that to be worth it, in bytes. */
const WORTH_BYTES = 16 * MIB
/** A process that is smaller than this has room for garbage, which V8 collects in its own time, in bytes. */
const SMALL_BYTES = 128 * MIB

/** V8's own collector, which programs get for the asking alone. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}

/** What glibc keeps of what bytes and texts on their way were held in: malloc_trim(3). */
const allocator = systemLibrary((libc) => libc.func('int malloc_trim(size_t pad)'))

export interface Garbage {
  /** Collects what is garbage now, where the process is not small; takes some 20 ms. */
  collect(): void
}

/**
 * Watches for rest. V8 keeps what a load made it take, of its young generation above all, for as long as a process lives; a
 * process that rests gives that back, which takes some 100 ms.
 */
export function watchGarbage(): Garbage {
  const gc = collector()
  // What starting took is given back as well.
  let atLast = 0
  let before = performance.eventLoopUtilization()
  let rested = 0
  let after = FIRST_AFTER
  setInterval(() => {
    const now = performance.eventLoopUtilization()
    const rests = performance.eventLoopUtilization(now, before).utilization < RESTING_BELOW
    before = now
    rested = rests ? rested + 1 : 0
    if (!rests) after = FIRST_AFTER
    if (rested < after || process.memoryUsage.rss() < atLast + WORTH_BYTES) return
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    allocator()(0)
    atLast = process.memoryUsage.rss()
    // What is still there may be in use, and may be released later without any work.
    rested = 0
    after = Math.min(2 * after, AT_LEAST_AFTER)
  }, LOOK_EVERY_MS).unref()
  return {
    collect() {
      if (process.memoryUsage.rss() > SMALL_BYTES) gc()
    },
  }
}

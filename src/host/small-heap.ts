/** Keeps V8's heap small in a process that makes much garbage beside little that stays, such as rows of a database. */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** The young generation is left to grow up to here: with less a search takes an eighth more processor time, with more it saves none. */
const YOUNG_BYTES = 8 * 1024 * 1024
/** The old generation is collected once it has grown by this share; by itself V8 lets it grow to several times what stays. */
const GROWING_PERCENT = 50

/**
 * From now on, for the whole process. Options on the command line would do the same, but with any of them Node's own compiled code is
 * refused, which makes each start longer.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`)
  const observer = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    if ((young?.physical_space_size ?? 0) < YOUNG_BYTES) return
    setFlagsFromString('--semi-space-growth-factor=1')
    observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
}

/** The clocks of this machine. */
import type { Clock } from '../protocol/define.ts'

/** No clock that is right shows a time before this program was written. In milliseconds since the epoch. */
export const EARLIEST = Date.UTC(2026, 0, 1)

/** The longest time that a timer of Node can be set to, in milliseconds: some 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const machineClock: Clock = {
  wall: Date.now,
  monotonic: () => performance.now(),
  async wait(ms, signal) {
    const end = performance.now() + ms
    for (let left = ms; left > 0; left = end - performance.now())
      await timeout(Math.min(left, LONGEST_TIMER_MS), signal)
    signal?.throwIfAborted()
  },
}

function timeout(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
  })
}

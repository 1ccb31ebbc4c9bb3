/** Waiting for descriptors: that there are none left passes, and must not make a result shorter. */
import { setTimeout } from 'node:timers/promises'
import { errnoOf } from './problems.ts'

/** All that this process may have are open, or all of the machine. */
const NONE_LEFT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE'])
const FIRST_WAIT_MS = 10
/** The waits double; together they take some five seconds. */
const WAITS = 9

export const isShortage = (error: unknown): boolean => NONE_LEFT.has(errnoOf(error) ?? '')

/** Does the work, again and again while there are no descriptors for it. Throws what it throws in the end. */
export async function patiently<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++)
    try {
      return await work()
    } catch (error) {
      if (!isShortage(error) || tries === WAITS) throw error
      await setTimeout(FIRST_WAIT_MS * 2 ** tries, undefined, { signal })
    }
}

/** Long work on a database, in transactions that are short: what asks meanwhile has its turn between two. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database, Writer } from '../../protocol/database.ts'

/** How long a transaction goes on with more, in milliseconds: then what it did is written to the disk, which takes its time, too. */
const STEP_MS = 10

/**
 * Calls `some`, which does a little in well below `STEP_MS` and says whether there is more, until there is not. Rejects with what
 * that throws, or the signal's reason; what the transactions before did is kept.
 */
export async function inSteps(
  transaction: Database['transaction'],
  some: (writer: Writer) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const step = (writer: Writer): boolean => {
    const end = performance.now() + STEP_MS
    let isMore = some(writer)
    while (isMore && performance.now() < end) isMore = some(writer)
    return isMore
  }
  while (await transaction(step)) await nextTurn(undefined, signal && { signal })
}

/** Has a folder indexed, and waits until what is in it can be found. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '../../command/command.ts'
import { patiently, writeLine } from '../../command/output.ts'
import {
  hasAllMeaning,
  hasAllWords,
  type IndexStatus,
  progressOf,
} from '../../command/search/index-status.ts'
import { askAdd, askStatus } from './ask.ts'

/** How often it is looked how far it is, in milliseconds. */
const LOOK_MS = 500
/** Meaning takes longer than words: where it is not done so much later, it goes on alone. In milliseconds. */
const MEANING_MS = 5000

/**
 * Has a folder indexed, and waits until its words can be found and, for a while longer, its meaning. Gives how far it is then; sooner
 * where it pauses. Where it is interrupted, it says that indexing goes on.
 */
export async function addFolder(
  context: Context,
  path: string,
  meaningMs = MEANING_MS,
): Promise<{ added: object; status: IndexStatus }> {
  const { document: added } = await askAdd(context, path)
  try {
    let latest: IndexStatus | undefined
    const work = untilFound(context, meaningMs, (status) => {
      latest = status
    })
    const status = await patiently(context, () => (latest ? progressOf(latest) : `adding ${path}`), work)
    return { added: added as object, status }
  } catch (error) {
    if (context.signal.aborted)
      writeLine(context.io.stderr, 'It goes on in the background; "luca index status" shows how far it is.')
    throw error
  }
}

async function untilFound(
  context: Context,
  meaningMs: number,
  seen: (status: IndexStatus) => void,
): Promise<IndexStatus> {
  let end = Infinity
  for (;;) {
    const { value: status } = await askStatus(context)
    seen(status)
    if (end === Infinity && hasAllWords(status)) end = performance.now() + meaningMs
    if (status.state === 'paused' || hasAllMeaning(status) || performance.now() >= end) return status
    await delay(LOOK_MS, undefined, { signal: context.signal }).catch(() => {
      throw context.signal.reason
    })
  }
}

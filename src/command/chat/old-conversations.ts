/** The conversations that the full-screen interface kept in files of its own. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readFileBounded } from '../../host/bounded-file.ts'

/** The folder within that of luca's state, and the end of the files' names. */
const FOLDER = 'conversations'
const SUFFIX = '.json'
const MAX_BYTES = 64 * 1024 * 1024

export interface OldConversation {
  /** By which it is taken in once. */
  origin: string
  document: string
}

/** One after the other, since they may be large; what can't be read is left out. */
export async function* oldConversations(state: string): AsyncGenerator<OldConversation> {
  const folder = join(state, FOLDER)
  for (const name of namesIn(folder)) {
    const document = await readFileBounded(join(folder, name), MAX_BYTES).catch(() => undefined)
    if (document !== undefined) yield { origin: `terminal ${name.slice(0, -SUFFIX.length)}`, document }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(SUFFIX))
  } catch {
    return []
  }
}

/** The conversations that the full-screen interface kept in files of its own. */
import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { readFileBounded, readFileBoundedSync } from '../../host/bounded-file.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { parsedJson, textIn } from '../../protocol/values.ts'

/** The folder within that of luca's state, and the end of the files' names. */
const FOLDER = 'conversations'
const SUFFIX = '.json'
/** Beside it: which of them were tried by themselves, and where the interface puts those that the server has. */
const TAKEN = 'conversations-imported.json'
const ASIDE = 'conversations-imported'
const MAX_BYTES = 64 * 1024 * 1024

export interface OldConversation {
  /** Of its file. */
  name: string
  /** By which it is taken in once. */
  origin: string
  document: string
}

/** The names of all, or of those that were not taken in by themselves yet. */
export function oldNames(state: string, { isNew = false } = {}): string[] {
  const all = namesIn(join(state, FOLDER))
  if (!isNew || all.length === 0) return all
  const taken = new Set(takenIn(state))
  return all.filter((name) => !taken.has(name))
}

/** One after the other, since they may be large; what can't be read is left out. */
export async function* oldConversations(
  state: string,
  names: readonly string[],
): AsyncGenerator<OldConversation> {
  for (const name of names) {
    const document = await readFileBounded(join(state, FOLDER, name), MAX_BYTES).catch(() => undefined)
    const origin = `terminal ${name.slice(0, -SUFFIX.length)}`
    if (document !== undefined) yield { name, origin, document }
  }
}

/** Notes that these need not be taken in by themselves any more. Throws the system's error. */
export function noteTaken(state: string, names: readonly string[]): void {
  writeFileAtomic(join(state, TAKEN), JSON.stringify([...takenIn(state), ...names]), 0o600)
}

/** Moves the file of one that the server has out of the way. Throws the system's error. */
export function putAside(state: string, name: string): void {
  mkdirSync(join(state, ASIDE), { recursive: true, mode: 0o700 })
  renameSync(join(state, FOLDER, name), join(state, ASIDE, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(SUFFIX))
  } catch {
    return []
  }
}

function takenIn(state: string): string[] {
  const value = parsedJson(readFileBoundedSync(join(state, TAKEN), MAX_BYTES) ?? '')
  return Array.isArray(value) ? value.flatMap((name) => textIn(name) ?? []) : []
}

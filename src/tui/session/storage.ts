/** What is kept on this machine between sessions, for its owner alone. */

import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'

/** The largest value that is read, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024

const SUFFIX = '.json'
/** How many values one folder keeps; the oldest go first. */
const MAX_KEPT = 50

export interface Storage {
  /** Writes a value whole or not at all; undefined removes it. Throws the system's error. */
  keep(folder: string, name: string, value: unknown): void
  /** A value; undefined where it is not there or can't be read. */
  recall(folder: string, name: string): unknown
}

/** Below the state folder `base`. */
export const storageIn = (base: string): Storage => ({
  keep(folder, name, value) {
    const at = join(base, folder)
    const path = join(at, name + SUFFIX)
    if (value === undefined) return void rmSync(path, { force: true })
    writeFileAtomic(path, JSON.stringify(value), 0o600)
    for (const oldest of filesIn(at).slice(MAX_KEPT)) rmSync(join(at, oldest), { force: true })
  },
  recall(folder, name) {
    try {
      return JSON.parse(mustReadFileSync(join(base, folder, name + SUFFIX), MAX_BYTES))
    } catch {
      return undefined
    }
  },
})

/** Newest first. */
function filesIn(at: string): string[] {
  try {
    const times = new Map(
      readdirSync(at)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => [name, statSync(join(at, name)).mtimeMs]),
    )
    return [...times.keys()].sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0))
  } catch {
    return []
  }
}

/** Databases that were found damaged: they are kept beside the new one, under a name that says when. */
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../write-file-atomic.ts'

/** What SQLite has beside a file. */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const
/** Of each database so many damaged ones are kept, the latest: one that breaks again and again must not fill the disk. */
export const MOST_KEPT = 3

/** Files that were put aside, the earliest first; none where there is no such folder, or it may not be read. */
export function damagedFiles(path: string): string[] {
  const prefix = `${basename(path)}.damaged-`
  let names: string[]
  try {
    names = readdirSync(dirname(path))
  } catch {
    return []
  }
  const found = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.replace(/-(?:wal|shm|journal)$/, ''))
  return [...new Set(found)].sort().map((name) => join(dirname(path), name))
}

/**
 * Gives a database, and what is beside it, another name: it is there to be looked at, and out of the way. Gives that name.
 * Throws the system's error where that can't be done.
 */
export function putAside(path: string, at: Date): string {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '')
  const taken = new Set(damagedFiles(path))
  let aside = `${path}.damaged-${time}`
  for (let again = 2; taken.has(aside); again++) aside = `${path}.damaged-${time}-${again}`
  // First the file itself: without it, what is left of the rest is not taken for a part of the next one.
  for (const companion of ['', ...COMPANIONS]) {
    try {
      renameSync(path + companion, aside + companion)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    syncFolder(dirname(path))
  }
  const others = damagedFiles(path).filter((one) => one !== aside)
  for (const old of others.slice(0, Math.max(0, others.length + 1 - MOST_KEPT)))
    for (const companion of ['', ...COMPANIONS]) rmSync(old + companion, { force: true })
  return aside
}

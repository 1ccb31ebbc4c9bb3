/**
 * The index of vectors on the disk: a file, and a note of what is in it. The note is written last, and has the file's digest, since
 * damage to it would not be found out by who loads it. Whatever is wrong with either, the index is made anew from the vectors.
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { isRecord } from '../../protocol/values.ts'
import type { VectorDriver, VectorIndex } from './vector-index.ts'

interface Note {
  driver: string
  model: string
  /** The last change of the library that is in it. */
  change: number
  size: number
  digest: string
}

/** What is known of an index besides its vectors. */
export interface SavedAs {
  driver: VectorDriver
  model: string
  dimensions: number
}

const FILE = 'vectors.index'
const NOTE = 'vectors.json'

/** Undefined where there is none that can be used. */
export function loadIndex(
  folder: string,
  { driver, model, dimensions }: SavedAs,
): { index: VectorIndex; change: number } | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(join(folder, NOTE), 'utf8'))
    if (!isNote(note) || note.driver !== driver.name || note.model !== model) return undefined
    if (digestOf(join(folder, FILE)) !== note.digest) return undefined
    const index = driver.create(dimensions)
    index.load(join(folder, FILE))
    return index.size === note.size ? { index, change: note.change } : undefined
  } catch {
    return undefined
  }
}

/** Throws what the system throws, such as ENOSPC; the one that was saved before is used then, or none. */
export async function saveIndex(
  folder: string,
  { driver, model }: SavedAs,
  index: VectorIndex,
  change: number,
): Promise<void> {
  const path = join(folder, FILE)
  const unfinished = `${path}.new`
  try {
    index.save(unfinished)
    const file = openSync(unfinished, 'r+')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    const note: Note = { driver: driver.name, model, change, size: index.size, digest: digestOf(unfinished) }
    renameSync(unfinished, path)
    await writeFileAtomic(join(folder, NOTE), JSON.stringify(note))
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

const isNote = (value: unknown): value is Note =>
  isRecord(value) &&
  typeof value.driver === 'string' &&
  typeof value.model === 'string' &&
  typeof value.digest === 'string' &&
  Number.isInteger(value.change) &&
  Number.isInteger(value.size)

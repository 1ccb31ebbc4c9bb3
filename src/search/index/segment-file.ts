/**
 * A part of the index of vectors on the disk. Damage to it would not be found out by who loads it, and a damaged one that is mapped
 * could end the process; so its bytes are added up when it was written, and again before it is used.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncFolder } from '../../host/write-file-atomic.ts'
import type { SegmentRecord } from './records.ts'
import type { VectorDriver, VectorIndex, VectorIndexBuilder } from './vector-index.ts'

/** What is read and added up in one turn of the event loop, in bytes. */
const PART_BYTES = 1024 * 1024
const OURS = /^vectors-.*\.(index|new)$/

/** The index of vectors can't be saved; the message says what to do. What was saved before is as it was. */
export class IndexNotSaved extends Error {
  override readonly name = 'IndexNotSaved'
}

/** Writes it under a name that is new. Rejects with IndexNotSaved, and then leaves nothing behind. */
export async function writeSegment(
  folder: string,
  file: string,
  builder: VectorIndexBuilder,
): Promise<Pick<SegmentRecord, 'bytes' | 'sums'>> {
  const path = join(folder, file)
  const unfinished = path.replace(/\.index$/, '.new')
  try {
    builder.save(unfinished)
    await sync(unfinished)
    const sums = await sumsOf(unfinished)
    renameSync(unfinished, path)
    syncFolder(folder)
    return { bytes: statSync(path).size, sums }
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw new IndexNotSaved(
      'What was learnt of meaning can’t be saved; make room on the disk that has the index. Until then the older part of it answers.',
      { cause: error },
    )
  }
}

/** Undefined where the file is not what was written, byte for byte. */
export async function openSegment(
  folder: string,
  { file, bytes, sums, size }: SegmentRecord,
  driver: VectorDriver,
  dimensions: number,
): Promise<VectorIndex | undefined> {
  const path = join(folder, file)
  try {
    if (statSync(path).size !== bytes || Buffer.compare(await sumsOf(path), sums) !== 0) return undefined
    const index = driver.open(path, dimensions)
    return index.size === size ? index : undefined
  } catch {
    return undefined
  }
}

/** Removes what a killed process left, and segments that were replaced: all of ours but those that are kept. */
export function removeOthers(folder: string, kept: ReadonlySet<string>): void {
  for (const name of readdirSync(folder))
    if (OURS.test(name) && !kept.has(name)) rmSync(join(folder, name), { force: true, recursive: true })
}

async function sumsOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const sums: number[] = []
    const part = Buffer.alloc(PART_BYTES)
    for (;;) {
      const { bytesRead } = await file.read(part, 0, PART_BYTES)
      if (bytesRead === 0) return new Uint8Array(Uint32Array.from(sums).buffer)
      sums.push(crc32(part.subarray(0, bytesRead)))
    }
  } finally {
    await file.close()
  }
}

/** Not in a turn of the event loop: a disk may take long. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

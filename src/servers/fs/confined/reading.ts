/** Opening regular files for reading. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { OpenFile } from '../files.ts'
import type { Held } from './descriptors.ts'
import { PathProblem } from './problems.ts'

/** Throws PathProblem for what is no regular file. A device or FIFO is not even opened. */
export function checkRegular({ stats }: Held): void {
  if (stats.isDirectory()) throw new PathProblem('is-folder')
  if (!stats.isFile()) throw new PathProblem('not-regular')
}

export async function openFile(held: Held): Promise<OpenFile> {
  checkRegular(held)
  const handle = await open(held.path, constants.O_RDONLY | constants.O_NONBLOCK)
  const size = Number(held.stats.size)
  return {
    size,
    read: (position, length) => readFully(handle, position, length, size - position),
    stamp: () => handle.stat({ bigint: true }),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

const MIN_CHUNK = 64 * 1024

/** `expected` is how much there seems to be; files of the system's own say 0 and have more. */
async function readFully(handle: FileHandle, position: number, length: number, expected: number) {
  const chunks: Buffer[] = []
  let filled = 0
  while (filled < length) {
    const chunk = Buffer.allocUnsafe(Math.min(length - filled, Math.max(expected - filled + 1, MIN_CHUNK)))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position + filled)
    if (bytesRead === 0) break
    chunks.push(chunk.subarray(0, bytesRead))
    filled += bytesRead
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}

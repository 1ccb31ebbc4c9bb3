/** Copying to another file system, for moves that a rename can't do. Never overwrites, never follows a link. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, symlink } from 'node:fs/promises'
import { attributesOf, giveAll } from './attributes.ts'
import { type Held, hold, inside, linkTarget } from './descriptors.ts'
import { entriesOf, kindOf } from './entries.ts'
import type { DiskName } from './names.ts'
import { PathProblem } from './problems.ts'
import type { Work } from './remove.ts'
import { AS_NEW, syncFolder } from './replace.ts'
import type { Root } from './root.ts'

/** A name in a folder. */
export interface Spot {
  readonly folder: Held
  readonly name: DiskName
}

/**
 * Copies what `held` is, found at `from`, to a name that is free. All that belongs to it
 * is kept, its times and holes too. Throws PathProblem `changed` if a file is written to meanwhile, `mount-point` and `special`
 * for what can't be copied, `attribute` and `foreign-owner` for what would be lost. What it made until then is left to the caller to remove.
 */
export async function copy(
  root: Root,
  from: Spot,
  held: Held,
  names: readonly string[],
  to: Spot,
  work: Work,
) {
  work.signal.throwIfAborted()
  const kind = kindOf(held.stats)
  if (kind === 'folder') await copyFolder(root, held, names, to, work)
  else if (kind === 'file') await copyFile(held, to, work)
  else if (kind === 'link') {
    const target = linkTarget(from.folder, from.name)
    if (target === undefined) throw new PathProblem('changed')
    await symlink(target, inside(to.folder, to.name))
  } else throw new PathProblem('special')
  work.done()
}

async function copyFolder(root: Root, held: Held, names: readonly string[], to: Spot, work: Work) {
  await mkdir(inside(to.folder, to.name), 0o700)
  using made = hold(to.folder, to.name)
  if (!made?.stats.isDirectory()) throw new PathProblem('changed')
  for await (const { name, shown } of entriesOf(root, held, names)) {
    using entry = hold(held, name)
    if (!entry) continue
    if (entry.stats.isDirectory() && entry.mount !== held.mount) throw new PathProblem('mount-point')
    const spot = { folder: held, name }
    await copy(root, spot, entry, [...names, shown], { folder: made, name }, work)
  }
  await using handle = await open(made.path, constants.O_RDONLY | constants.O_DIRECTORY)
  await using source = await open(held.path, constants.O_RDONLY | constants.O_DIRECTORY)
  await giveAll(handle, held, attributesOf(held, source), ALL_MODE)
  await keepTimes(handle, held)
  await syncFolder(made)
}

const ALL_MODE = 0o7777n
const CHUNK = 1024 * 1024
/** What is all zeros in a file with holes becomes a hole again. */
const HOLE = Buffer.alloc(64 * 1024)
/** A block as `stat` counts them. */
const BLOCK_BYTES = 512n

async function copyFile(held: Held, to: Spot, work: Work) {
  await using source = await open(held.path, constants.O_RDONLY | constants.O_NONBLOCK)
  await using target = await open(inside(to.folder, to.name), AS_NEW, 0o600)
  // Before its content, so that nothing is copied that can't be kept as it is.
  await giveAll(target, held, attributesOf(held, source), ALL_MODE)
  const hasHoles = held.stats.blocks * BLOCK_BYTES < held.stats.size
  const buffer = Buffer.allocUnsafe(CHUNK)
  let size = 0
  for (;;) {
    work.signal.throwIfAborted()
    const { bytesRead } = await source.read(buffer, 0, CHUNK, size)
    if (bytesRead === 0) break
    for (let at = 0; at < bytesRead; at += HOLE.length) {
      const piece = buffer.subarray(at, Math.min(at + HOLE.length, bytesRead))
      if (!hasHoles || !piece.equals(HOLE.subarray(0, piece.length))) await writeAll(target, piece, size + at)
    }
    size += bytesRead
  }
  await target.truncate(size)
  const after = await source.stat({ bigint: true })
  if (after.mtimeNs !== held.stats.mtimeNs || after.size !== held.stats.size) throw new PathProblem('changed')
  await keepTimes(target, held)
  await target.sync()
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number) {
  for (let at = 0; at < bytes.length; )
    at += (await target.write(bytes, at, bytes.length - at, position + at)).bytesWritten
}

const keepTimes = (handle: FileHandle, { stats }: Held): Promise<void> =>
  handle.utimes(Number(stats.atimeMs) / 1000, Number(stats.mtimeMs) / 1000)

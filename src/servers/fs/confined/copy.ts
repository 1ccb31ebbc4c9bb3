/** Copying to another file system, for moves that a rename can't do. Never overwrites, never follows a link. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, symlink } from 'node:fs/promises'
import { type Held, hold, inside, linkTarget } from './descriptors.ts'
import { entriesOf, kindOf } from './entries.ts'
import type { DiskName } from './names.ts'
import { PathProblem } from './problems.ts'
import type { Work } from './remove.ts'
import { syncFolder } from './replace.ts'
import type { Root } from './root.ts'

/** A name in a folder. */
export interface Spot {
  readonly folder: Held
  readonly name: DiskName
}

/**
 * Copies what `held` is, found at `from`, to a name that is free. Mode and times are kept, and the owner where
 * that is permitted. Throws PathProblem `changed` if a file is written to meanwhile, `mount-point` and `special`
 * for what can't be copied. What it made until then is left to the caller to remove.
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
  const handle = await open(made.path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await keepAttributes(handle, held)
  } finally {
    await handle.close()
  }
  await syncFolder(made)
}

const CHUNK = 1024 * 1024

async function copyFile(held: Held, to: Spot, work: Work) {
  const source = await open(held.path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const target = await open(inside(to.folder, to.name), flags, 0o600)
    try {
      const buffer = Buffer.allocUnsafe(CHUNK)
      for (;;) {
        work.signal.throwIfAborted()
        const { bytesRead } = await source.read(buffer, 0, CHUNK)
        if (bytesRead === 0) break
        await target.writeFile(buffer.subarray(0, bytesRead))
      }
      const after = await source.stat({ bigint: true })
      if (after.mtimeNs !== held.stats.mtimeNs || after.size !== held.stats.size)
        throw new PathProblem('changed')
      await keepAttributes(target, held)
      await target.sync()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function keepAttributes(handle: FileHandle, { stats }: Held) {
  await handle.chown(Number(stats.uid), Number(stats.gid)).catch(() => {})
  await handle.chmod(Number(stats.mode & 0o777n))
  await handle.utimes(Number(stats.atimeMs) / 1000, Number(stats.mtimeMs) / 1000)
}

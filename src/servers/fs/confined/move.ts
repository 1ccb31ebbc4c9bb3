/**
 * Moving without ever overwriting. A plain rename would replace what has come to the destination since it was
 * looked at, so the destination's name is taken first by a call that fails if it is not free: a file by a second
 * link to it, a folder by an empty folder, which rename may replace and nothing else. Across file systems, and
 * where there are no hard links, it is copied and then deleted.
 */
import { mkdir, rename, rmdir, unlink } from 'node:fs/promises'
import { copy, type Spot } from './copy.ts'
import { type Held, hold, inside } from './descriptors.ts'
import { type DiskName, shownName } from './names.ts'
import { errnoOf, PathProblem } from './problems.ts'
import { removeFolder, type Work } from './remove.ts'
import { syncFolder, takeName, tryLink } from './replace.ts'
import type { Root } from './root.ts'
import type { Temporaries } from './temporaries.ts'
import type { Place } from './walk.ts'

/** Moves what is at `from`, a link itself included, to a place that is free, once `check` lets what is moved go. */
export async function move(
  root: Root,
  temporaries: Temporaries,
  from: Place,
  to: Place,
  work: Work,
  check: (moved: Held) => void,
): Promise<void> {
  using held = from.folder && hold(from.folder, from.name)
  if (!from.folder) throw new PathProblem('root')
  if (!held) throw new PathProblem('absent')
  if (!to.folder || to.held) throw new PathProblem('exists')
  if (root.hidden.anyBelow(from.names)) throw new PathProblem('reserved')
  const source = { folder: from.folder, name: from.name }
  const target = { folder: to.folder, name: nameFor(from.name, to.name) }
  const isFolder = held.stats.isDirectory()
  if (isFolder && from.names.every((name, index) => to.names[index] === name))
    throw new PathProblem('into-itself')
  check(held)
  if (!(await (isFolder ? renamed(source, target) : linked(source, target, held))))
    await copied(root, temporaries, source, held, from.names, target, to.names.slice(0, -1), work)
  await syncFolder(target.folder)
  if (target.folder.id !== source.folder.id) await syncFolder(source.folder)
}

/** What keeps its name as it is shown keeps it as it is on disk, so that a way there and back changes nothing. */
const nameFor = (from: DiskName, to: DiskName): DiskName =>
  typeof from !== 'string' && to === shownName(from) ? from : to

/** Moves a file by a second link; false where that can't be had. */
async function linked(source: Spot, target: Spot, held: Held): Promise<boolean> {
  if (!(await tryLink(inside(source.folder, source.name), inside(target.folder, target.name)))) return false
  using made = hold(target.folder, target.name)
  using now = hold(source.folder, source.name)
  if (made?.id !== held.id || now?.id !== held.id) {
    if (made && (made.id === held.id || made.id === now?.id)) await unlink(inside(target.folder, target.name))
    throw new PathProblem('changed')
  }
  await unlink(inside(source.folder, source.name))
  return true
}

/** Moves a folder by renaming it onto an empty one; false if that is on another file system. */
async function renamed(source: Spot, target: Spot): Promise<boolean> {
  const free = inside(target.folder, target.name)
  await mkdir(free, 0o700)
  try {
    await rename(inside(source.folder, source.name), free)
    return true
  } catch (error) {
    await rmdir(free).catch(() => {})
    const code = errnoOf(error)
    if (code === 'EXDEV') return false
    if (code === 'EINVAL') throw new PathProblem('into-itself', { cause: error })
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR')
      throw new PathProblem('exists', { cause: error })
    throw error
  }
}

/** Copies to a name of its own first, so that what was cut off is never taken for the whole. */
async function copied(
  root: Root,
  temporaries: Temporaries,
  source: Spot,
  held: Held,
  names: readonly string[],
  target: Spot,
  targetFolder: readonly string[],
  work: Work,
): Promise<void> {
  using before = hold(target.folder, target.name)
  if (before) throw new PathProblem('exists')
  using noted = temporaries.begin(targetFolder)
  const made = { folder: target.folder, name: noted.name }
  const isFolder = held.stats.isDirectory()
  try {
    await copy(root, source, held, names, made, work)
    if (!isFolder) await named(made, target)
    else if (!(await renamed(made, target))) throw new PathProblem('changed')
  } catch (error) {
    await discard(root, made)
    throw error
  }
  if (isFolder) await removeFolder(root, source.folder, source.name, names, held, work)
  else await unlink(inside(source.folder, source.name))
}

/** Gives a copy its name, which must be free. */
async function named(made: Spot, target: Spot): Promise<void> {
  try {
    await takeName(inside(made.folder, made.name), inside(target.folder, target.name))
  } catch (error) {
    throw error instanceof PathProblem && error.reason === 'appeared'
      ? new PathProblem('exists', { cause: error })
      : error
  }
}

/** Removes a copy that was not finished. */
async function discard(root: Root, { folder, name }: Spot): Promise<void> {
  using made = hold(folder, name)
  if (made?.stats.isDirectory())
    await removeFolder(root, folder, name, [], made, { signal: NEVER, done() {} })
  else if (made) await unlink(inside(folder, name))
}

const NEVER = new AbortController().signal

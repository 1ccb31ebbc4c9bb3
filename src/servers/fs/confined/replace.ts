/**
 * Writing a file so that it is always whole: readers see the old content or the new one, also after a crash or
 * on a full disk. The new file takes the old one's place, with all that belonged to it; a hard link elsewhere keeps the old
 * content.
 */
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { type Attributes, attributesOf, giveAll } from './attributes.ts'
import { type Held, hold, inside } from './descriptors.ts'
import type { DiskName } from './names.ts'
import { errnoOf, PathProblem } from './problems.ts'
import type { Temporaries } from './temporaries.ts'

type Path = string | Buffer

/** Puts what a file is to hold into it. */
export type Filling = (handle: FileHandle) => Promise<void>

/** A file in a folder, to which `names` lead from the root. */
export interface Target {
  readonly folder: Held
  readonly name: DiskName
  readonly names: readonly string[]
}

/** As other programs make files: the user's mask, or the folder's list of access, takes from it. */
const NEW_FILE_MODE = 0o666
/** Fails where the name is taken, by a link too. */
export const AS_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
/** Set-user-id and its like are dropped, as by any write. */
const KEPT_MODE = 0o777n

/** Where a second link can't be made: another file system, one without links, or a policy against it. */
const NO_LINK: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'EMLINK', 'ENOSYS'])

/**
 * Fills a new file and puts it under a name in a folder. `old` is what the name stood for, a regular file or nothing; what it
 * stands for when the new file is ready is given to `check`, which throws where that may not be replaced. Throws PathProblem
 * `appeared` where there was nothing, or has been nothing since, and is something by now: that is left alone; and `attribute`
 * or `foreign-owner` where the old file has what the new one can't be given.
 */
export async function replaceFile(
  temporaries: Temporaries,
  target: Target,
  old: Held | undefined,
  fill: Filling,
  signal: AbortSignal,
  check: (now: Held | undefined) => void,
): Promise<void> {
  const { folder, name, names } = target
  const attributes = old && (await attributesOfWritable(old))
  using noted = temporaries.begin(names.slice(0, -1))
  const temporary = inside(folder, noted.name)
  const handle = await open(temporary, AS_NEW, old ? 0o600 : NEW_FILE_MODE)
  try {
    try {
      if (old && attributes) await giveAll(handle, old, attributes, KEPT_MODE)
      await fill(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    signal.throwIfAborted()
    using now = old && hold(folder, name)
    if (old) check(now)
    await (now ? rename : takeName)(temporary, inside(folder, name))
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
  await syncFolder(folder)
}

/** Gives a new file its name if nothing has it, which a plain rename would not notice. */
export async function takeName(temporary: Path, path: Path): Promise<void> {
  try {
    if (!(await tryLink(temporary, path))) {
      // Taken by an empty file, in whose place the new one then comes.
      await (await open(path, AS_NEW, NEW_FILE_MODE)).close()
      return await rename(temporary, path)
    }
  } catch (cause) {
    throw errnoOf(cause) === 'EEXIST' ? new PathProblem('appeared', { cause }) : cause
  }
  await unlink(temporary)
}

/** Gives a file a second name, which must be free; false where that can't be had. */
export async function tryLink(from: Path, to: Path): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (NO_LINK.has(errnoOf(error) ?? '')) return false
    throw error
  }
}

async function attributesOfWritable(old: Held): Promise<Attributes> {
  await using handle = await openWritable(old)
  return attributesOf(old, handle)
}

/** A file that its user protected from writing is not replaced either, although its folder would allow it. */
async function openWritable(old: Held): Promise<FileHandle> {
  try {
    return await open(old.path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    // A program that runs may be replaced, though not written to.
    if (errnoOf(error) !== 'ETXTBSY') throw error
    return open(old.path, constants.O_RDONLY | constants.O_NONBLOCK)
  }
}

/** Makes the names in a folder last. A folder that may not be read can't be told to; then the system does in time. */
export async function syncFolder(folder: Held): Promise<void> {
  try {
    const handle = await open(folder.path, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EINVAL') throw error
  }
}

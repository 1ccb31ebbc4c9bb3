/**
 * Writing a file so that it is always whole: readers see the old content or the new one, also after a crash or
 * on a full disk. The new file takes the old one's place, so a hard link elsewhere keeps the old content.
 */
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { type Held, hold, inside } from './descriptors.ts'
import type { DiskName } from './names.ts'
import { errnoOf, PathProblem } from './problems.ts'

type Path = string | Buffer

const NEW_FILE_MODE = 0o644
/** Fails where the name is taken, by a link too. */
const AS_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
/** Set-user-id and its like are dropped, as by any write. */
const KEPT_MODE = 0o777n

/** Where a second link can't be made: another file system, one without links, or a policy against it. */
const NO_LINK: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'EMLINK', 'ENOSYS'])

/**
 * Puts `content` under a name in a folder. `old` is what the name stood for, a regular file or nothing; what it stands for
 * when the new file is ready is given to `check`, which throws where that may not be replaced. Throws PathProblem `appeared`
 * where there was nothing, or has been nothing since, and is something by now: that is left alone.
 */
export async function replaceFile(
  folder: Held,
  name: DiskName,
  old: Held | undefined,
  content: Uint8Array,
  signal: AbortSignal,
  check: (now: Held | undefined) => void,
): Promise<void> {
  if (old) await checkWritable(old)
  const temporary = inside(folder, `.${crypto.randomUUID()}.tmp`)
  const handle = await open(temporary, AS_NEW, old ? 0o600 : NEW_FILE_MODE)
  try {
    try {
      if (old) await takeOver(handle, old)
      await handle.writeFile(content, { signal })
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
async function takeName(temporary: Path, path: Path): Promise<void> {
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

/** A file that its user protected from writing is not replaced either, although its folder would allow it. */
async function checkWritable(old: Held): Promise<void> {
  try {
    await (await open(old.path, constants.O_WRONLY | constants.O_NONBLOCK)).close()
  } catch (error) {
    if (errnoOf(error) !== 'ETXTBSY') throw error
  }
}

/** Gives a new file the owner, group and mode of an old one. */
export async function takeOver(handle: FileHandle, { stats }: Held): Promise<void> {
  const own = await handle.stat({ bigint: true })
  if (own.uid !== stats.uid || own.gid !== stats.gid)
    try {
      await handle.chown(Number(stats.uid), Number(stats.gid))
    } catch (error) {
      throw new PathProblem('foreign-owner', { cause: error })
    }
  await handle.chmod(Number(stats.mode & KEPT_MODE))
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

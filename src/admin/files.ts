/** Files that are there whole or not at all, also after the power failed. */
import { randomBytes } from 'node:crypto'
import { lstat, open, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Writes a file in the place of the one that is there. Its folder must be root's alone to change. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const temporary = besides(path)
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.chmod(mode) // whatever the umask says
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(path)
}

/** Makes a symbolic link in the place of what is there. */
export async function replaceLink(path: string, target: string): Promise<void> {
  const temporary = besides(path)
  try {
    await symlink(target, temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(path)
}

/** Removes a file for good; nothing happens where there is none. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncFolder(path)
}

/** What is at a path, a link counted as itself; undefined where there is nothing. */
export async function kindAt(path: string): Promise<'folder' | 'link' | 'other' | undefined> {
  try {
    const found = await lstat(path)
    return found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other'
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** A name that no reader looks for: readers of these folders go by the ending. */
const besides = (path: string) =>
  join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.new`)

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

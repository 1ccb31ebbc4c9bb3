/** Files that are there whole or not at all. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a file under a temporary name, and moves it in place once it is on the disk; the folder is made where it is
 * missing. Throws the system's error, and then what was there before is untouched and nothing else is left.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o644): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  // Whatever has that name is left from a program that was ended, or is put there: it is not written through.
  rmSync(temporary, { force: true })
  try {
    const file = openSync(temporary, 'wx', mode)
    try {
      fchmodSync(file, mode) // whatever the umask takes away
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(folder)
}

/** Has the names of a folder on the disk: a renamed file is there after a power cut only with its folder. */
export function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

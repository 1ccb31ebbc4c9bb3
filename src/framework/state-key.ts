/** The key that seals request states: made once, kept in the server's state directory, readable by it alone. */
import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readBytesBoundedSync } from '../host/bounded-file.ts'
import { nodeCrypto } from '../host/lazy.ts'

export const KEY_BYTES = 32
const FILE = 'request-state.key'
const MAX_BYTES = 1024

/**
 * The key of a state directory. Without a directory, or where none can be kept, it lives as long as the
 * process, and rounds that are open when that ends must be started again.
 */
export function stateKey(directory: string | undefined, onProblem: (error: unknown) => void): Buffer {
  if (directory === undefined) return nodeCrypto().randomBytes(KEY_BYTES)
  try {
    return keptKey(join(directory, FILE))
  } catch (error) {
    onProblem(error)
    return nodeCrypto().randomBytes(KEY_BYTES)
  }
}

function keptKey(path: string): Buffer {
  const kept = readBytesBoundedSync(path, MAX_BYTES)
  if (kept?.length === KEY_BYTES) return kept
  if (kept) rmSync(path, { force: true }) // torn or foreign; what it sealed can't be opened anyway
  const temporary = `${path}.${process.pid}`
  rmSync(temporary, { force: true })
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(file, nodeCrypto().randomBytes(KEY_BYTES))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(temporary, path) // unlike a rename, it leaves the key of a process that was faster
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  const key = readBytesBoundedSync(path, MAX_BYTES)
  if (!key) throw new Error(`${path} is gone again.`)
  return key
}

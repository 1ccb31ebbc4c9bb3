/** Finds descriptors in folders, and keeps finding them: added, changed and removed ones. */
import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readBytesBounded } from '../../host/bounded-file.ts'
import {
  DESCRIPTOR_SUFFIX,
  type Descriptor,
  descriptorProblem,
  MAX_DESCRIPTOR_BYTES,
} from '../../protocol/descriptor.ts'
import { MAX_DESCRIPTOR_DEPTH } from '../../protocol/limits.ts'
import { decodeMessage, isDeeperThan } from '../../protocol/message-text.ts'

/** A file is often written in several steps; the folder is read once they have ended. In milliseconds. */
const SETTLE_MS = 50
/** How often a folder that does not exist yet is looked for, in milliseconds. */
const LOOK_AGAIN_MS = 2000

export interface Found {
  descriptors: Map<string, Descriptor>
  /** What could not be used, and why, by path. */
  problems: Map<string, string>
}

/** Reads all descriptors. Where two folders describe one server, the first folder's wins. */
export async function scan(folders: readonly string[]): Promise<Found> {
  const found: Found = { descriptors: new Map(), problems: new Map() }
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    for (const file of names.filter((name) => name.endsWith(DESCRIPTOR_SUFFIX)).sort()) {
      const path = join(folder, file)
      const name = file.slice(0, -DESCRIPTOR_SUFFIX.length)
      const read = await readDescriptor(path, name)
      if ('problem' in read) found.problems.set(path, read.problem)
      else if (found.descriptors.has(name))
        found.problems.set(path, `the server "${name}" is described in an earlier folder`)
      else found.descriptors.set(name, read.descriptor)
    }
  }
  return found
}

async function readDescriptor(
  path: string,
  name: string,
): Promise<{ descriptor: Descriptor } | { problem: string }> {
  try {
    const bytes = await readBytesBounded(path, MAX_DESCRIPTOR_BYTES)
    if (!bytes) return { problem: 'it has gone' }
    if (isDeeperThan(bytes, MAX_DESCRIPTOR_DEPTH))
      return { problem: `it nests deeper than ${MAX_DESCRIPTOR_DEPTH} levels; make its schemas flatter` }
    const decoded = decodeMessage(bytes)
    if ('error' in decoded) return { problem: decoded.error.message }
    const value: unknown = JSON.parse(decoded.text)
    const problem = descriptorProblem(value, name)
    return problem === undefined ? { descriptor: value as Descriptor } : { problem }
  } catch (error) {
    return { problem: `it can't be read: ${(error as Error).message}` }
  }
}

/** Calls `onChange` some time after anything changed in the folders, those that appear later included. */
export function watchFolders(folders: readonly string[], onChange: () => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>()
  let settle: NodeJS.Timeout | undefined
  const changed = () => {
    clearTimeout(settle)
    settle = setTimeout(onChange, SETTLE_MS)
  }
  const open = (folder: string) => {
    try {
      const watcher = watch(folder, { persistent: false }, changed)
      const lost = () => {
        watcher.close()
        watchers.delete(folder)
        changed()
      }
      // The folder itself was removed or replaced: 'rename' comes with the folder's own name.
      watcher.on('error', lost)
      watchers.set(folder, watcher)
      return true
    } catch {
      return false
    }
  }
  for (const folder of folders) open(folder)
  const again = setInterval(() => {
    for (const folder of folders) if (!watchers.has(folder) && open(folder)) changed()
  }, LOOK_AGAIN_MS).unref()
  return {
    close() {
      clearTimeout(settle)
      clearInterval(again)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

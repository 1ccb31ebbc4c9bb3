/** Going through a folder and all below it, without following links. */
import { setImmediate } from 'node:timers/promises'
import { MAX_TRAVERSED_PER_FOLDER } from '../limits.ts'
import { type Held, hold } from './descriptors.ts'
import { entriesOf, type Kind, type RawEntry } from './entries.ts'
import { errnoOf } from './problems.ts'
import type { Root } from './root.ts'

/** How deep a traversal goes. It holds a descriptor for each level. */
const MAX_LEVELS = 64

export interface Descendant {
  /** From the folder where the traversal began, with slashes. */
  readonly path: string
  readonly name: string
  readonly kind: Kind
  /** 1 for what is directly in that folder. */
  readonly level: number
}

/** What a traversal left out, by number of folders. */
export interface LeftOut {
  /** Those that may not be read. */
  unreadable: number
  /** Those below the deepest level. */
  tooDeep: number
  /** Those with more entries than are considered. */
  tooLarge: number
}

export interface Traversal {
  /** Whether something is given and, if it is a folder, gone into. */
  wanted(path: string): boolean
  readonly leftOut: LeftOut
  readonly signal: AbortSignal
}

interface Level {
  readonly folder: Held
  readonly path: string
  readonly names: readonly string[]
  readonly entries: RawEntry[]
}

/** Every folder before what is in it, each folder in the order of names. */
export async function* traverse(
  root: Root,
  top: Held,
  names: readonly string[],
  traversal: Traversal,
): AsyncGenerator<Descendant> {
  const levels: Level[] = [
    { folder: top, path: '', names, entries: await sorted(root, top, names, traversal) },
  ]
  try {
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      traversal.signal.throwIfAborted()
      const entry = level.entries.pop()
      if (!entry) {
        levels.pop()
        if (levels.length > 0) level.folder[Symbol.dispose]()
        await setImmediate()
        continue
      }
      const path = level.path + entry.shown
      if (!traversal.wanted(path)) continue
      yield { path, name: entry.shown, kind: entry.kind, level: levels.length }
      if (entry.kind !== 'folder') continue
      if (levels.length === MAX_LEVELS) traversal.leftOut.tooDeep++
      else {
        const inner = await enter(root, level, entry, path, traversal)
        if (inner) levels.push(inner)
      }
    }
  } finally {
    for (const { folder } of levels.slice(1)) folder[Symbol.dispose]()
  }
}

/** The level below; undefined if it is gone, no folder any more, or may not be read. */
async function enter(
  root: Root,
  above: Level,
  entry: RawEntry,
  path: string,
  traversal: Traversal,
): Promise<Level | undefined> {
  let folder: Held | undefined
  let inner: Level | undefined
  try {
    folder = hold(above.folder, entry.name)
    if (!folder?.stats.isDirectory()) return undefined
    const names = [...above.names, entry.shown]
    inner = { folder, path: `${path}/`, names, entries: await sorted(root, folder, names, traversal) }
    return inner
  } catch (error) {
    if (traversal.signal.aborted) throw error
    if (errnoOf(error) !== 'ENOENT') traversal.leftOut.unreadable++
    return undefined
  } finally {
    if (!inner) folder?.[Symbol.dispose]()
  }
}

/** The entries of a folder, last name first, to be taken from the end. */
async function sorted(root: Root, folder: Held, names: readonly string[], { leftOut, signal }: Traversal) {
  const entries: RawEntry[] = []
  for await (const entry of entriesOf(root, folder, names)) {
    signal.throwIfAborted()
    if (entries.length === MAX_TRAVERSED_PER_FOLDER) {
      leftOut.tooLarge++
      break
    }
    entries.push(entry)
  }
  return entries.sort((a, b) => (a.shown < b.shown ? 1 : -1))
}

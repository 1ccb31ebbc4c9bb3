/** Going through a folder and all below it, without following links. */
import { MAX_TRAVERSED_AT_ONCE, MAX_TRAVERSED_PER_FOLDER } from '../limits.ts'
import { Slices } from '../slices.ts'
import { type Held, hold } from './descriptors.ts'
import { entriesOf, type Kind, type RawEntry } from './entries.ts'
import type { LeftOut } from './left-out.ts'
import { isShortage, patiently } from './patience.ts'
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
  const { leftOut, signal } = traversal
  const slices = new Slices(signal)
  const levels: Level[] = [
    {
      folder: top,
      path: '',
      names,
      entries: await patiently(signal, () => sorted(root, top, names, '', 0, traversal)),
    },
  ]
  try {
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      signal.throwIfAborted()
      if (slices.isOver) await slices.rest()
      const entry = level.entries.pop()
      if (!entry) {
        levels.pop()
        if (levels.length > 0) level.folder[Symbol.dispose]()
        continue
      }
      const path = level.path + entry.shown
      if (!traversal.wanted(path)) continue
      yield { path, name: entry.shown, kind: entry.kind, level: levels.length }
      if (entry.kind !== 'folder') continue
      if (levels.length === MAX_LEVELS) leftOut.add('too-deep', path)
      else {
        const waiting = levels.reduce((sum, { entries }) => sum + entries.length, 0)
        const above = level
        const inner = await patiently(signal, () => enter(root, above, entry, path, waiting, traversal))
        if (inner) levels.push(inner)
      }
    }
  } finally {
    for (const { folder } of levels.slice(1)) folder[Symbol.dispose]()
  }
}

/** Something has gone, or is no folder any more: it counts as what was not there. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE'])
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** The level below; undefined if it is gone, no folder any more, or can't be read. Throws where no descriptor is left. */
async function enter(
  root: Root,
  above: Level,
  entry: RawEntry,
  path: string,
  waiting: number,
  traversal: Traversal,
): Promise<Level | undefined> {
  let folder: Held | undefined
  let inner: Level | undefined
  try {
    folder = hold(above.folder, entry.name)
    if (!folder?.stats.isDirectory()) return undefined
    const names = [...above.names, entry.shown]
    const entries = await sorted(root, folder, names, path, waiting, traversal)
    inner = { folder, path: `${path}/`, names, entries }
    return inner
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (traversal.signal.aborted || isShortage(error) || errno === '') throw error
    if (!GONE.has(errno)) traversal.leftOut.add(DENIED.has(errno) ? 'denied' : 'failed', path)
    return undefined
  } finally {
    if (!inner) folder?.[Symbol.dispose]()
  }
}

/** The entries of a folder, last name first, to be taken from the end. `waiting` are those of the folders above. */
async function sorted(
  root: Root,
  folder: Held,
  names: readonly string[],
  path: string,
  waiting: number,
  { leftOut, signal }: Traversal,
) {
  const most = Math.min(MAX_TRAVERSED_PER_FOLDER, MAX_TRAVERSED_AT_ONCE - waiting)
  const entries: RawEntry[] = []
  for await (const entry of entriesOf(root, folder, names)) {
    signal.throwIfAborted()
    if (entries.length >= most) {
      leftOut.add('too-large', path)
      break
    }
    entries.push(entry)
  }
  return entries.sort((a, b) => (a.shown < b.shown ? 1 : -1))
}

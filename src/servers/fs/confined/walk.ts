/**
 * The walk from the root to a file, one name at a time, each held by descriptor without following links. Links
 * are followed by reading them here: within the root they may lead anywhere, out of it nowhere. Whatever is
 * swapped meanwhile, the walk only ever stands in folders that it came into from the root.
 */
import { mkdirSync, opendirSync } from 'node:fs'
import { suggestName } from '../../../host/suggest.ts'
import { MAX_DEPTH, MAX_LINKS, MAX_WALKED } from '../limits.ts'
import { alikes, told } from './alike.ts'
import { type Held, hold, inside, linkTarget } from './descriptors.ts'
import { type DiskName, escapedBytes, shownName } from './names.ts'
import { namesBelow, splitPath } from './paths.ts'
import { errnoOf, PathProblem } from './problems.ts'
import type { Root } from './root.ts'

export interface WalkOptions {
  /** Whether a link at the end is followed; if not, the walk ends at the link itself. Others always are. */
  follow: boolean
  /** Makes the folders that are not there. */
  makeFolders?: boolean
  /** Looks for no name that was probably meant: for callers that ask about many paths. */
  terse?: boolean
}

/** Where a walk ended. Dispose it to let go of its descriptors. */
export class Place implements Disposable {
  /** From the root, links resolved. */
  readonly names: readonly string[]
  /** The folder that it is in; undefined for the root. */
  readonly folder: Held | undefined
  readonly name: DiskName
  /** What is there; undefined where there is nothing. */
  readonly held: Held | undefined
  readonly #owned: readonly Held[]

  constructor(
    names: readonly string[],
    name: DiskName,
    folder: Held | undefined,
    held: Held | undefined,
    owned: Held[],
  ) {
    this.names = names
    this.name = name
    this.folder = folder
    this.held = held
    this.#owned = owned
  }

  [Symbol.dispose](): void {
    for (const held of this.#owned) held[Symbol.dispose]()
  }
}

interface Step {
  held: Held
  name: DiskName
}

/**
 * Walks along `names`. Throws PathProblem: `absent` or `not-folder` for a name on the way, `outside` for a link
 * that leads out, `links` for too many of them, `too-deep`, `reserved` for a hidden folder that was to be made.
 */
export function walk(root: Root, names: readonly string[], options: WalkOptions): Place {
  const steps: Step[] = []
  try {
    return step(root, names, options, steps)
  } catch (error) {
    for (const { held } of steps) held[Symbol.dispose]()
    throw error
  }
}

function step(
  root: Root,
  names: readonly string[],
  { follow, makeFolders, terse }: WalkOptions,
  steps: Step[],
): Place {
  const ahead = names.toReversed()
  let links = 0
  let walked = 0
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (++walked > MAX_WALKED) throw new PathProblem('links')
    if (name === '..') {
      leave(steps)
      continue
    }
    const folder = steps.at(-1)?.held ?? root.held
    if (!folder.stats.isDirectory()) throw new PathProblem('not-folder')
    if (steps.length === MAX_DEPTH) throw new PathProblem('too-deep')
    const found = find(folder, name)
    const path = [...steps.map(({ name }) => shown(name)), shown(found.name)]
    if (root.hidden.covers(path, found.held)) {
      found.held?.[Symbol.dispose]()
      if (makeFolders) throw new PathProblem('reserved')
      if (ahead.length === 0) return endedAt(root, steps, { name: found.name, held: undefined })
      throw new PathProblem('absent')
    }
    if (!found.held && makeFolders) {
      makeFolder(folder, name)
      ahead.push(name)
    } else if (!found.held) {
      if (ahead.length === 0) return endedAt(root, steps, found)
      throw terse ? new PathProblem('absent') : absent(root, path.slice(0, -1), folder, name)
    } else if (found.held.stats.isSymbolicLink() && (follow || ahead.length > 0)) {
      found.held[Symbol.dispose]()
      if (++links > MAX_LINKS) throw new PathProblem('links')
      const target = linkTarget(folder, found.name)
      if (target === undefined) ahead.push(name)
      else ahead.push(...namesOfTarget(root, target, steps).reverse())
    } else steps.push({ name: found.name, held: found.held })
  }
  const end = steps.pop()
  return end ? endedAt(root, steps, end) : new Place([], '', undefined, root.held, [])
}

/** Goes up, as the `..` of a link's target does: never above the root. */
function leave(steps: Step[]): void {
  const left = steps.pop()
  if (!left) throw new PathProblem('outside')
  left.held[Symbol.dispose]()
}

/** The names of a link's target. Where it is absolute, the walk begins at the root again. */
function namesOfTarget(root: Root, target: string, steps: Step[]): string[] {
  if (!target.startsWith('/')) return splitPath(target)
  for (const { held } of steps.splice(0)) held[Symbol.dispose]()
  for (const known of root.knownAs) {
    const names = namesBelow(known, target)
    if (names) return names
  }
  throw new PathProblem('outside')
}

/** A name with escapes may be that of a file whose name is not UTF-8; the name as it stands comes first. */
function find(folder: Held, name: string): { name: DiskName; held: Held | undefined } {
  const held = hold(folder, name)
  const bytes = held ? undefined : escapedBytes(name)
  const heldByBytes = bytes && hold(folder, bytes)
  return heldByBytes ? { name: bytes, held: heldByBytes } : { name, held }
}

function makeFolder(folder: Held, name: string): void {
  try {
    mkdirSync(inside(folder, name))
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

function endedAt(root: Root, steps: Step[], end: { name: DiskName; held: Held | undefined }): Place {
  const folder = steps.at(-1)?.held
  const names = [...steps.map(({ name }) => shown(name)), shown(end.name)]
  for (const { held } of steps.slice(0, -1)) held[Symbol.dispose]()
  const owned = [folder, end.held].filter((held) => held !== undefined)
  return new Place(names, end.name, folder ?? root.held, end.held, owned)
}

const shown = (name: DiskName): string => (typeof name === 'string' ? name : shownName(name))

/** How many names are looked at for one that was probably meant. */
const MAX_SIMILAR = 2000

/** The problem of a name that is not there, with the nearest one that is. */
export function absent(root: Root, path: readonly string[], folder: Held, name: string): PathProblem {
  const alike = alikes(root, path, folder, name)
  if (alike.length > 0) return new PathProblem('absent', { alike: alike.map((other) => told(other, name)) })
  const names: string[] = []
  try {
    using entries = opendirSync(folder.path)
    for (let entry = entries.readSync(); entry && names.length < MAX_SIMILAR; entry = entries.readSync()) {
      using held = root.hidden.any ? hold(folder, entry.name) : undefined
      if (!root.hidden.covers([...path, entry.name], held)) names.push(entry.name)
    }
  } catch {
    // A folder that can't be listed has no names to offer.
  }
  return new PathProblem('absent', { nearest: suggestName(name, names) })
}

/** What a place holds. Throws PathProblem `absent` where that is nothing. */
export function present(root: Root, place: Place): Held {
  if (place.held) return place.held
  throw absent(root, place.names.slice(0, -1), place.folder ?? root.held, place.names.at(-1) ?? '')
}

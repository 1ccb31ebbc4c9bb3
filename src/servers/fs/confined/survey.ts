/**
 * Going through all files below a folder with what tells whether each has changed, for who keeps track of them. Links are not
 * followed, and nothing is sorted: what it holds does not grow with the files of a folder.
 */
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs'
import { MAX_TRAVERSED_AT_ONCE, MAX_TRAVERSED_PER_FOLDER } from '../limits.ts'
import { Slices } from '../slices.ts'
import { type Held, hold, inside } from './descriptors.ts'
import { entriesOf, type RawEntry } from './entries.ts'
import type { LeftOut } from './left-out.ts'
import { isShortage, patiently } from './patience.ts'
import { errnoOf } from './problems.ts'
import type { Root } from './root.ts'

/** How deep it goes. It holds a descriptor for each level. */
const MAX_LEVELS = 64
/** How many files are given at once: one by one they would take half as long again. */
const GIVEN_AT_ONCE = 256

/** What changes when a file does. */
export interface Stamp {
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

export interface SurveyedFile {
  /** From the top folder of what is served, with "/" at its start. */
  readonly path: string
  readonly stamp: Stamp
}

/** A folder that is gone into, before what is in it. */
export interface SurveyedFolder {
  readonly path: string
  /** A path that leads to exactly this folder, as long as it is looked at; for a watch. */
  readonly heldPath: string
  /**
   * The content of a regular file in it; undefined where there is none. Throws for one that is longer, or can't be read.
   */
  read(name: string, maxBytes: number): Buffer | undefined
}

/** What belongs to it; R is what holds for a folder and all below it. */
export interface Survey<R> {
  /** What holds in a folder, from what holds in the one above it; undefined leaves it out. */
  enter(folder: SurveyedFolder, above: R): R | undefined
  /** `path` is that of the entry, from the top folder. Nothing but files and folders is asked about. */
  wanted(path: string, kind: 'file' | 'folder', rules: R): boolean
  readonly leftOut: LeftOut
  readonly signal: AbortSignal
  /** Whether folders below are gone into. */
  readonly isDeep: boolean
}

interface Level<R> {
  readonly folder: Held
  readonly path: string
  readonly names: readonly string[]
  readonly folders: RawEntry[]
  readonly rules: R
}

/** The files of the folder `top`, which `names` lead to, and of those below it, some at a time; `rules` is what holds above it. */
export async function* surveyed<R>(
  root: Root,
  top: Held,
  names: readonly string[],
  survey: Survey<R>,
  above: R,
): AsyncGenerator<SurveyedFile[]> {
  const { leftOut, signal } = survey
  const slices = new Slices(signal)
  const levels: Level<R>[] = []
  const first = enter(top, names, survey, above)
  if (first) levels.push(first)
  if (first) yield* filesOf(root, first, levels, survey, slices)
  try {
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      if (slices.isOver) await slices.rest()
      const entry = level.folders.pop()
      if (!entry) {
        levels.pop()
        if (levels.length > 0) level.folder[Symbol.dispose]()
        continue
      }
      const path = `${level.path}/${entry.shown}`
      if (levels.length === MAX_LEVELS) {
        leftOut.add('too-deep', path)
        continue
      }
      const { folder, rules, names } = level
      const held = await heldFolder(folder, entry, path, survey)
      const inner = held && enter(held, [...names, entry.shown], survey, rules)
      if (held && !inner) held[Symbol.dispose]()
      if (!inner) continue
      levels.push(inner)
      try {
        yield* filesOf(root, inner, levels, survey, slices)
      } catch (error) {
        if (!leaveOut(error, path, survey)) throw error
      }
    }
  } finally {
    for (const { folder } of levels) if (folder !== top) folder[Symbol.dispose]()
  }
}

/** The files right in a folder. Those folders in it that are wanted are noted, to be gone into. */
async function* filesOf<R>(
  root: Root,
  level: Level<R>,
  levels: readonly Level<R>[],
  survey: Survey<R>,
  slices: Slices,
): AsyncGenerator<SurveyedFile[]> {
  const waiting = levels.reduce((sum, { folders }) => sum + folders.length, 0)
  const most = Math.min(MAX_TRAVERSED_PER_FOLDER, MAX_TRAVERSED_AT_ONCE - waiting)
  let isFull = false
  let found: SurveyedFile[] = []
  for await (const entry of entriesOf(root, level.folder, level.names)) {
    if (slices.isOver) await slices.rest()
    const { kind } = entry
    if (kind !== 'file' && (kind !== 'folder' || !survey.isDeep)) continue
    const path = `${level.path}/${entry.shown}`
    if (!survey.wanted(path, kind, level.rules)) continue
    if (kind === 'folder') {
      if (level.folders.length < most) level.folders.push(entry)
      else if (!isFull) survey.leftOut.add('too-large', level.path)
      isFull = level.folders.length >= most
      continue
    }
    const stamp = stampIn(level.folder, entry)
    if (stamp) found.push({ path, stamp })
    if (found.length < GIVEN_AT_ONCE) continue
    yield found
    found = []
  }
  if (found.length > 0) yield found
}

function enter<R>(folder: Held, names: readonly string[], survey: Survey<R>, above: R): Level<R> | undefined {
  const path = names.map((name) => `/${name}`).join('')
  const rules = survey.enter(
    { path: path || '/', heldPath: folder.path, read: (name, maxBytes) => readIn(folder, name, maxBytes) },
    above,
  )
  return rules === undefined ? undefined : { folder, path, names, folders: [], rules }
}

async function heldFolder<R>(
  above: Held,
  { name }: RawEntry,
  path: string,
  survey: Survey<R>,
): Promise<Held | undefined> {
  try {
    const held = await patiently(survey.signal, () => hold(above, name))
    if (held?.stats.isDirectory()) return held
    held?.[Symbol.dispose]()
    return undefined
  } catch (error) {
    if (leaveOut(error, path, survey)) return undefined
    throw error
  }
}

/** Something has gone, or is no folder any more: it counts as what was not there. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE'])
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** Whether what went wrong with a folder concerns that alone; it is noted. */
function leaveOut<R>(error: unknown, path: string, { leftOut, signal }: Survey<R>): boolean {
  const errno = errnoOf(error)
  if (signal.aborted || errno === undefined || isShortage(error)) return false
  if (!GONE.has(errno)) leftOut.add(DENIED.has(errno) ? 'denied' : 'failed', path)
  return true
}

/** Undefined for what is gone by now, or no regular file any more. */
function stampIn(folder: Held, { name }: RawEntry): Stamp | undefined {
  try {
    const stats = lstatSync(inside(folder, name), { bigint: true })
    return stats.isFile() ? stats : undefined
  } catch (error) {
    if (errnoOf(error) === undefined || isShortage(error)) throw error
    return undefined
  }
}

function readIn(folder: Held, name: string, maxBytes: number): Buffer | undefined {
  using held = hold(folder, name)
  if (!held?.stats.isFile()) return undefined
  if (held.stats.size > maxBytes) throw new RangeError(`${name} is longer than ${maxBytes} bytes.`)
  const fd = openSync(held.path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(maxBytes)
    let length = 0
    for (let read = 1; read > 0 && length < maxBytes; length += read)
      read = readSync(fd, bytes, length, maxBytes - length, length)
    return bytes.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}

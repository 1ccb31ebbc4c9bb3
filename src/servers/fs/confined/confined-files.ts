/** The files of one folder, and of nothing else, whatever paths and links say and whoever swaps them meanwhile. */
import { rmdir, unlink } from 'node:fs/promises'
import { parse } from 'node:path/posix'
import { ToolError } from '../../../protocol/define.ts'
import type {
  Caller,
  Changing,
  Descendant,
  Entry,
  FileInfo,
  Files,
  LinkEnd,
  OpenFile,
  Traversal,
  Written,
} from '../files.ts'
import { MAX_NUMBERED } from '../limits.ts'
import { Saving } from '../saving.ts'
import { openWorkers } from '../work/workers.ts'
import { type Held, hold, inside } from './descriptors.ts'
import { detailsOf, entriesOf, type Kind, kindOf } from './entries.ts'
import { explained, quoted } from './explain.ts'
import { Locks } from './locks.ts'
import { move } from './move.ts'
import { type ClientPath, parsePath, splitPath } from './paths.ts'
import { errnoOf, PathProblem } from './problems.ts'
import { checkRegular, openFile } from './reading.ts'
import { removeFolder, type Work } from './remove.ts'
import { type Filling, replaceFile, syncFolder } from './replace.ts'
import type { Root } from './root.ts'
import { spelledAs } from './spelled.ts'
import { type Survey, type SurveyedFile, surveyed } from './survey.ts'
import { Temporaries } from './temporaries.ts'
import { traverse } from './traverse.ts'
import { type Place, present, type WalkOptions, walk } from './walk.ts'

export class ConfinedFiles implements Files, Disposable {
  readonly workers = openWorkers()
  readonly saving = new Saving()
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #temporaries: Temporaries

  /** Takes over the root, and lets go of it when it is disposed. `journals` is a folder for what it is writing. */
  constructor(root: Root, journals?: string) {
    this.#root = root
    this.#temporaries = new Temporaries(journals, root.path)
  }

  /** Removes what processes that are gone had not finished writing. */
  sweep(onProblem: (error: unknown) => void): Promise<void> {
    return this.#temporaries.sweep(({ folder, name }) => removeLeftover(this.#root, folder, name), onProblem)
  }

  get rootPath(): string {
    return this.#root.path
  }

  pathBelow(path: string, below: string): string {
    const { names, show } = this.#parse(path)
    return show([...names, ...splitPath(below)])
  }

  fromRoot(path: string): string {
    try {
      return this.#parse(path).names.join('/')
    } catch (error) {
      throw explained(error, path)
    }
  }

  spelled(path: string): string {
    try {
      const { names, show } = this.#parse(path)
      const found = spelledAs(this.#root, names)
      return found ? show(found) : path
    } catch {
      return path
    }
  }

  info(path: string): Promise<FileInfo> {
    return this.#at(path, FOLLOW, async (place) => {
      const { stats } = present(this.#root, place)
      return {
        kind: kindOf(stats),
        size: Number(stats.size),
        created: stats.birthtime,
        modified: stats.mtime,
        accessed: stats.atime,
        mode: Number(stats.mode & 0o7777n),
        uid: Number(stats.uid),
        gid: Number(stats.gid),
      }
    })
  }

  resolved(path: string): { path: string; kind: Kind } {
    try {
      using place = this.#walk(path, FOLLOW)
      return { path: `/${place.names.join('/')}`, kind: kindOf(present(this.#root, place).stats) }
    } catch (error) {
      throw explained(error, path)
    }
  }

  open(path: string): Promise<OpenFile> {
    return this.#at(path, FOLLOW, (place) => openFile(present(this.#root, place)))
  }

  openFound(path: string): Promise<OpenFile> {
    return this.#at(path, STAY, (place) => {
      // Where a link was followed on the way, the walk ended elsewhere.
      if (place.names.join('/') !== this.#parse(path).names.join('/')) throw new PathProblem('changed')
      return openFile(present(this.#root, place))
    })
  }

  async *entries(path: string): AsyncGenerator<Entry> {
    try {
      using place = this.#walk(path, FOLLOW)
      const folder = this.#folderAt(place)
      for await (const { name, shown, kind } of entriesOf(this.#root, folder, place.names))
        yield {
          name: shown,
          kind,
          details: () => detailsOf(folder, name),
          leadsTo: () => linkEnd(this.#root, [...place.names, shown]),
        }
    } catch (error) {
      throw explained(error, path)
    }
  }

  async *descendants(path: string, traversal: Traversal): AsyncGenerator<Descendant> {
    try {
      using place = this.#walk(path, FOLLOW)
      yield* traverse(this.#root, this.#folderAt(place), place.names, traversal)
    } catch (error) {
      throw explained(error, path)
    }
  }

  async *survey<R>(path: string, survey: Survey<R>, above: R): AsyncGenerator<SurveyedFile[]> {
    try {
      using place = this.#walk(path, FOLLOW)
      yield* surveyed(this.#root, this.#folderAt(place), place.names, survey, above)
    } catch (error) {
      throw explained(error, path)
    }
  }

  write(path: string, content: Uint8Array, caller: Caller): Promise<Written> {
    return this.#change(path, async (place, old) => {
      const { names } = place
      const check = (now: Held | undefined) => {
        if (now) caller.consent(`replace ${this.#named(path, names)} (${now.stats.size} bytes)`, stateOf(now))
        else if (caller.mustAsk) caller.consent(`create ${this.#named(path, names)}`, ABSENT)
      }
      // A caller who repeats a call that was cut off is not asked about what it has done already; one who may not read is: it would
      // learn whether the file holds what it guesses.
      if (old && caller.may('fs.read') && (await holds(old, content))) return
      check(old)
      await this.#replace(place, old, (handle) => handle.writeFile(content, caller), caller, check)
    })
  }

  async create(path: string, content: Uint8Array, { signal }: Pick<Caller, 'signal'>): Promise<string> {
    try {
      const { names, show } = this.#parse(path)
      const folder = names.slice(0, -1)
      if (folder.length > 0) await this.makeFolder(show(folder))
      for (let n = 1; n <= MAX_NUMBERED; n++) {
        const tried = n === 1 ? path : show([...folder, numbered(names.at(-1) ?? '', n)])
        if (await this.#createAt(tried, content, signal)) return tried
      }
      throw new PathProblem('exists')
    } catch (error) {
      throw explained(error, path)
    }
  }

  edit(path: string, maxBytes: number, change: Changing, caller: Caller): Promise<Written> {
    return this.#change(path, async (place, old) => {
      if (!old) {
        present(this.#root, place)
        throw new PathProblem('changed')
      }
      const after = await change(await readAll(old, path, maxBytes))
      if (after === undefined) return
      caller.consent(`change ${this.#named(path, place.names)} (${old.stats.size} bytes)`, stateOf(old))
      await this.#replace(
        place,
        old,
        (handle) => handle.writeFile(after, caller),
        caller,
        (now) => checkSame(old, now),
      )
    })
  }

  append(path: string, maxBytes: number, content: Uint8Array, caller: Caller): Promise<Written> {
    return this.#change(path, async (place, old) => {
      if (old && Number(old.stats.size) + content.length > maxBytes) throw tooLargeToChange(path, maxBytes)
      if (old)
        caller.consent(`add to ${this.#named(path, place.names)} (${old.stats.size} bytes)`, stateOf(old))
      else if (caller.mustAsk) caller.consent(`create ${this.#named(path, place.names)}`, ABSENT)
      await using before = old && (await openFile(old))
      const fill: Filling = async (handle) => {
        for (let at = 0; before; ) {
          const piece = await before.read(at, APPEND_CHUNK)
          if (piece.length === 0) break
          await handle.writeFile(piece, caller)
          at += piece.length
        }
        await handle.writeFile(content, caller)
      }
      await this.#replace(place, old, fill, caller, (now) => checkSame(old, now))
    })
  }

  makeFolder(path: string): Promise<void> {
    return this.#at(path, { follow: true, makeFolders: true }, async (place) => {
      this.#folderAt(place)
      if (place.folder) await syncFolder(place.folder)
    })
  }

  move(source: string, destination: string, caller: Caller): Promise<void> {
    return this.#at(source, STAY, async (from) => {
      present(this.#root, from)
      await this.#at(destination, STAY, (to) =>
        this.#locks.hold([lockKey(from), lockKey(to)], async () => {
          if (!to.held && this.#root.hidden.covers(to.names, undefined)) throw new PathProblem('reserved')
          try {
            await move(this.#root, this.#temporaries, from, to, workOf(caller), (moved) =>
              caller.consent(
                `move ${this.#named(source, from.names)} to ${this.#named(destination, to.names)}`,
                stateOf(moved),
              ),
            )
          } catch (error) {
            throw explained(error, isAboutSource(error) ? source : destination)
          }
        }),
      )
    })
  }

  remove(path: string, recursive: boolean, caller: Caller): Promise<void> {
    return this.#at(path, STAY, (place) =>
      this.#locks.hold([lockKey(place)], async () => {
        present(this.#root, place)
        const { folder, name, names } = place
        if (!folder) throw new PathProblem('root')
        using held = hold(folder, name)
        if (!held) throw new PathProblem('absent')
        if (this.#root.hidden.anyBelow(names)) throw new PathProblem('reserved')
        const isFolder = held.stats.isDirectory()
        if (isFolder && !recursive)
          for await (const _ of entriesOf(this.#root, held, names)) throw new PathProblem('not-empty')
        caller.consent(
          `delete ${this.#named(path, names)}${!isFolder ? '' : recursive ? ', a folder, with all in it' : ', an empty folder'}`,
          stateOf(held),
        )
        if (!isFolder) await unlink(inside(folder, name))
        else if (recursive) await removeFolder(this.#root, folder, name, names, held, workOf(caller))
        else await rmdir(inside(folder, name))
        await syncFolder(folder)
      }),
    )
  }

  /** Changes the regular file at a path, or makes it, while nothing else in this process does. */
  #change(
    path: string,
    work: (place: Place & { readonly folder: Held }, old: Held | undefined) => Promise<void>,
  ): Promise<Written> {
    return this.#at(path, FOLLOW, (place) =>
      this.#locks.hold([lockKey(place)], async () => {
        if (!inFolder(place)) throw new PathProblem('is-folder')
        for (let tries = 1; ; tries++)
          try {
            using old = hold(place.folder, place.name)
            if (this.#root.hidden.covers(place.names, old)) throw new PathProblem('reserved')
            if (old?.stats.isSymbolicLink()) throw new PathProblem('changed')
            if (old) checkRegular(old)
            await work(place, old)
            return { otherNames: old ? Number(old.stats.nlink) - 1 : 0 }
          } catch (error) {
            // What has come to be since is looked at as what was there from the start.
            if (!isAppeared(error) || tries === MAX_TRIES) throw error
          }
      }),
    )
  }

  /** False where there is something of that name, if only a link that leads nowhere. */
  #createAt(path: string, content: Uint8Array, signal: AbortSignal): Promise<boolean> {
    return this.#at(path, STAY, (place) =>
      this.#locks.hold([lockKey(place)], async () => {
        if (!inFolder(place)) throw new PathProblem('is-folder')
        if (this.#root.hidden.covers(place.names, place.held)) throw new PathProblem('reserved')
        if (place.held) return false
        const fill: Filling = (handle) => handle.writeFile(content, { signal })
        try {
          await replaceFile(this.#temporaries, place, undefined, fill, signal, () => {})
          return true
        } catch (error) {
          if (isAppeared(error)) return false
          throw error
        }
      }),
    )
  }

  #replace(
    place: Place & { readonly folder: Held },
    old: Held | undefined,
    fill: Filling,
    { signal }: Caller,
    check: (now: Held | undefined) => void,
  ): Promise<void> {
    return replaceFile(this.#temporaries, place, old, fill, signal, check)
  }

  [Symbol.dispose](): void {
    void this.workers.close()
    this.saving.close()
    this.#temporaries[Symbol.dispose]()
    this.#root[Symbol.dispose]()
  }

  #folderAt(place: Place): Held {
    const held = present(this.#root, place)
    if (!held.stats.isDirectory()) throw new PathProblem('not-folder')
    return held
  }

  #parse(path: string): ClientPath {
    return parsePath(path, this.#root.knownAs)
  }

  /** What a path led to, for a question: neither a long way there nor a link hides what is meant. */
  #named(path: string, names: readonly string[]): string {
    return quoted(this.#parse(path).show(names))
  }

  #walk(path: string, options: WalkOptions): Place {
    return walk(this.#root, this.#parse(path).names, options)
  }

  async #at<T>(path: string, options: WalkOptions, work: (place: Place) => Promise<T>): Promise<T> {
    try {
      using place = this.#walk(path, options)
      return await work(place)
    } catch (error) {
      throw explained(error, path)
    }
  }
}

/** What is at the end of the link that `names` lead to. */
function linkEnd(root: Root, names: readonly string[]): LinkEnd {
  try {
    using place = walk(root, names, { follow: true, terse: true })
    const kind = place.held && kindOf(place.held.stats)
    return kind === undefined || kind === 'link' ? 'nothing' : kind
  } catch (error) {
    if (error instanceof PathProblem) return error.reason === 'outside' ? 'outside' : 'nothing'
    const errno = errnoOf(error)
    if (errno === 'EACCES') return 'unknown'
    if (errno === 'ENAMETOOLONG') return 'nothing'
    throw error
  }
}

/** As programs of a desktop name a copy: `bill (2).pdf`. */
function numbered(name: string, n: number): string {
  const { name: stem, ext } = parse(name)
  return `${stem} (${n})${ext}`
}

const FOLLOW: WalkOptions = { follow: true }
const STAY: WalkOptions = { follow: false }

/** A file is locked by its name in its folder, since the file itself is a new one after each change. */
const lockKey = ({ folder, names }: Place): string => `${folder?.id ?? ''}/${names.at(-1) ?? ''}`

/** Throws if the file is another one than it was, or was changed by another program. */
function checkSame(old: Held | undefined, now: Held | undefined): void {
  if (
    old &&
    (now?.id !== old.id || now.stats.mtimeNs !== old.stats.mtimeNs || now.stats.size !== old.stats.size)
  )
    throw new PathProblem('changed')
}

/** Names a file as it is now: of its times the one that can't be set back. */
const stateOf = ({ id, stats }: Held): string => `${id} ${stats.ctimeNs}`

const isAppeared = (error: unknown): boolean => error instanceof PathProblem && error.reason === 'appeared'

/** How often a change begins anew since something came to be where nothing was. */
const MAX_TRIES = 3

const inFolder = (place: Place): place is Place & { readonly folder: Held } => place.folder !== undefined

/** The state of what is not there, for a consent. */
const ABSENT = 'absent'

const isAboutSource = (error: unknown): boolean => error instanceof PathProblem && error.reason !== 'exists'

function workOf(caller: Caller): Work {
  let count = 0
  return { signal: caller.signal, done: () => caller.progress(++count) }
}

async function readAll(held: Held, path: string, maxBytes: number): Promise<Buffer> {
  await using file = await openFile(held)
  const content = await file.read(0, maxBytes + 1)
  if (content.length > maxBytes) throw tooLargeToChange(path, maxBytes)
  return content
}

const tooLargeToChange = (path: string, maxBytes: number): ToolError =>
  new ToolError(`${JSON.stringify(path)} has more than ${maxBytes} bytes, the most that can be edited.`)

/** How much of a file is copied at once before something is added to it. */
const APPEND_CHUNK = 1024 * 1024

/** Removes a file that was not written to its end; false where its folder can't be found now. */
async function removeLeftover(root: Root, folder: readonly string[], name: string): Promise<boolean> {
  using place = walk(root, folder, { follow: false, terse: true })
  if (!place.held?.stats.isDirectory()) return false
  using left = hold(place.held, name)
  if (left?.stats.isDirectory())
    await removeFolder(root, place.held, name, [...folder, name], left, { signal: NEVER, done() {} })
  else if (left) await unlink(inside(place.held, name))
  return true
}

const NEVER = new AbortController().signal

/** Whether a file can be read and has this content, and no other. */
async function holds(held: Held, content: Uint8Array): Promise<boolean> {
  if (Number(held.stats.size) !== content.length) return false
  try {
    await using file = await openFile(held)
    return (await file.read(0, content.length + 1)).equals(content)
  } catch {
    return false // what can't be read may be written all the same
  }
}

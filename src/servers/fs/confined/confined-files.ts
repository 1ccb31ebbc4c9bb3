/** The files of one folder, and of nothing else, whatever paths and links say and whoever swaps them meanwhile. */
import { rmdir, unlink } from 'node:fs/promises'
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
} from '../files.ts'
import { type Held, hold, inside } from './descriptors.ts'
import { detailsOf, entriesOf, kindOf } from './entries.ts'
import { explained } from './explain.ts'
import { Locks } from './locks.ts'
import { move } from './move.ts'
import { type ClientPath, parsePath, splitPath } from './paths.ts'
import { PathProblem } from './problems.ts'
import { checkRegular, openFile } from './reading.ts'
import { removeFolder, type Work } from './remove.ts'
import { replaceFile, syncFolder } from './replace.ts'
import type { Root } from './root.ts'
import { traverse } from './traverse.ts'
import { type Place, present, type WalkOptions, walk } from './walk.ts'

export class ConfinedFiles implements Files, Disposable {
  readonly #root: Root
  readonly #locks = new Locks()

  /** Takes over the root, and lets go of it when it is disposed. */
  constructor(root: Root) {
    this.#root = root
  }

  get rootPath(): string {
    return this.#root.path
  }

  pathBelow(path: string, below: string): string {
    const { names, show } = this.#parse(path)
    return show([...names, ...splitPath(below)])
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

  open(path: string): Promise<OpenFile> {
    return this.#at(path, FOLLOW, (place) => openFile(present(this.#root, place)))
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

  write(path: string, content: Uint8Array, { signal }: Caller): Promise<void> {
    return this.#change(path, async (place, old) => {
      await replaceFile(place.folder, place.name, old, content, signal)
    })
  }

  edit(path: string, maxBytes: number, change: Changing, { signal }: Caller): Promise<void> {
    return this.#change(path, async (place, old) => {
      if (!old) {
        present(this.#root, place)
        throw new PathProblem('changed')
      }
      const after = await change(await readAll(old, path, maxBytes))
      if (after === undefined) return
      checkUnchanged(place, old)
      await replaceFile(place.folder, place.name, old, after, signal)
    })
  }

  append(path: string, maxBytes: number, content: Uint8Array, { signal }: Caller): Promise<void> {
    return this.#change(path, async (place, old) => {
      const before = old ? await readAll(old, path, maxBytes - content.length) : Buffer.alloc(0)
      if (old) checkUnchanged(place, old)
      await replaceFile(place.folder, place.name, old, Buffer.concat([before, content]), signal)
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
          try {
            await move(this.#root, from, to, workOf(caller))
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
        if (!held.stats.isDirectory()) await unlink(inside(folder, name))
        else if (recursive) await removeFolder(this.#root, folder, name, names, held, workOf(caller))
        else await rmdir(inside(folder, name))
        await syncFolder(folder)
      }),
    )
  }

  /** Changes the regular file at a path, or makes it, while nobody else in this process does. */
  #change(
    path: string,
    work: (place: Place & { readonly folder: Held }, old: Held | undefined) => Promise<void>,
  ): Promise<void> {
    return this.#at(path, FOLLOW, (place) =>
      this.#locks.hold([lockKey(place)], async () => {
        if (!inFolder(place)) throw new PathProblem('is-folder')
        using old = hold(place.folder, place.name)
        if (this.#root.hidden.covers(place.names, old)) throw new PathProblem('reserved')
        if (old?.stats.isSymbolicLink()) throw new PathProblem('changed')
        if (old) checkRegular(old)
        await work(place, old)
      }),
    )
  }

  [Symbol.dispose](): void {
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
    return error instanceof PathProblem && error.reason === 'outside' ? 'outside' : 'nothing'
  }
}

const FOLLOW: WalkOptions = { follow: true }
const STAY: WalkOptions = { follow: false }

/** A file is locked by its name in its folder, since the file itself is a new one after each change. */
const lockKey = ({ folder, names }: Place): string => `${folder?.id ?? ''}/${names.at(-1) ?? ''}`

/** Throws if the file has been changed since it was held, by another program. */
function checkUnchanged({ folder, name }: Place & { readonly folder: Held }, old: Held): void {
  using now = hold(folder, name)
  if (now?.id !== old.id || now.stats.mtimeNs !== old.stats.mtimeNs || now.stats.size !== old.stats.size)
    throw new PathProblem('changed')
}

const inFolder = (place: Place): place is Place & { readonly folder: Held } => place.folder !== undefined

const isAboutSource = (error: unknown): boolean => error instanceof PathProblem && error.reason !== 'exists'

function workOf(caller: Caller): Work {
  let count = 0
  return { signal: caller.signal, done: () => caller.progress(++count) }
}

async function readAll(held: Held, path: string, maxBytes: number): Promise<Buffer> {
  await using file = await openFile(held)
  const content = await file.read(0, maxBytes + 1)
  if (content.length > maxBytes)
    throw new ToolError(
      `${JSON.stringify(path)} has more than ${maxBytes} bytes, the most that can be edited.`,
    )
  return content
}

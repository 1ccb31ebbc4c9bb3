/** Reads the files that are to be read, the newest first, so that their words can be searched. */

import { formatOf } from '../../../documents/formats.ts'
import { type Clock, ToolError } from '../../../protocol/define.ts'
import type { Embedder } from '../../../search/embedding/embedder.ts'
import type { Begun, FinishedFile, Library, NewFile } from '../../../search/index/library.ts'
import { type Range, rangesOf, whyTooLong } from '../../../search/reading/parts.ts'
import type { FileBytes, NotRead, ReadFile } from '../../../search/reading/read.ts'
import { isShortage } from '../confined/patience.ts'
import type { Files, OpenFile, Stamp } from '../files.ts'
import { readFiles } from '../work/read-files.ts'
import type { Serial } from './serial.ts'
import { modifiedAt, versionOf } from './version.ts'
import type { UnreadFile, WorkList } from './work-list.ts'

/** How often a file may end the process, or what reads it, before it is left alone until it changes. */
const MOST_TRIES = 2
/** For how long a file that changed while it was read is left alone; longer each time. */
const RESTLESS_MS = 2000
const MOST_RESTLESS_MS = 5 * 60_000

/** How much is read in one go, in bytes; a file that is longer is read alone. */
const BATCH_BYTES = 2 * 1024 * 1024

/** A file as it is now. */
interface Unread extends NewFile {
  size: number
  /** What is read of it. */
  ranges: readonly Range[]
  waits: number
  /** Whether its reading was begun before, and not ended. */
  isSuspect: boolean
}

/** A file that is open, and its bytes. */
interface Opened {
  unread: Unread
  id: number
  file: OpenFile
  bytes: FileBytes
}

interface Read extends FinishedFile {
  path: string
}

/** Its jobs take turns with those of calls. */
const OWNER = 'search'

export interface ReadingOptions {
  files: Files
  library: Library
  workList: WorkList
  clock: Clock
  /** What else changes what is known of files has its turn with it. */
  serial: Serial
  /** By whose tokens pieces are measured; undefined where there is no model. */
  tokens(): Promise<Pick<Embedder, 'folder'> | undefined>
  /** Whether a path is in a folder that the user chose. */
  isChosen(path: string): boolean
}

export class Reading {
  readonly #options: ReadingOptions
  /** Files whose words can be searched since, as long as this process lives. */
  filesRead = 0

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  /**
   * Reads some files, at most so many, by which two at once are one after the other. Gives how many were dealt with: 0 where none is
   * left that can be read now.
   */
  readSome(count: number, signal: AbortSignal): Promise<number> {
    return this.#options.serial.run(async () => {
      const { workList, library, clock } = this.#options
      const unread = workList.next(count, clock.wall())
      const { batch, seen, done, gone } = await this.#batchOf(unread, signal)
      const begun = batch.length === 0 ? [] : await library.beginAll(batch)
      const read = await this.#readAll(batch, begun, gone, signal)
      if (read.length > 0) await library.finishAll(read)
      this.filesRead += read.length
      await library.removeFiles(gone.flatMap((path) => library.file(path)?.id ?? []))
      const all = [...done, ...gone, ...read.map(({ path }) => path)]
      if (all.length > 0) await workList.remove(all)
      return seen
    })
  }

  /**
   * Of these the first that are read in one go, and those before them that are known as they are, or are gone. One that may have ended
   * the process before is read alone, so that no other is taken for it.
   */
  async #batchOf(unread: readonly UnreadFile[], signal: AbortSignal) {
    const batch: Unread[] = []
    const done: string[] = []
    const gone: string[] = []
    let bytes = 0
    let seen = 0
    for (const one of unread) {
      signal.throwIfAborted()
      const file = await this.#check(one)
      const isToRead = file !== 'known' && file !== 'gone'
      if (isToRead && batch.length > 0 && (file.isSuspect || bytes + bytesOf(file) > BATCH_BYTES)) break
      seen++
      if (file === 'known') done.push(one.path)
      else if (file === 'gone') gone.push(one.path)
      else {
        batch.push(file)
        bytes += bytesOf(file)
        if (file.isSuspect) break
      }
    }
    return { batch, seen, done, gone }
  }

  /** What there is to read. What may not be searched any more is gone as well. */
  async #check({ path, waits }: UnreadFile): Promise<Unread | 'known' | 'gone'> {
    const { library, isChosen } = this.#options
    const format = formatOf(path)
    const stamp = format !== undefined && isChosen(path) ? await this.#stampOf(path) : undefined
    if (format === undefined || !stamp) return 'gone'
    const version = versionOf(stamp)
    const known = library.file(path)
    const isSame = known?.version === version
    if (isSame && (known.state === 'read' || known.state === 'left')) return 'known'
    const isSuspect = isSame && known.state === 'reading'
    const size = Number(stamp.size)
    const ranges = rangesOf(format, size)
    return { path, version, modifiedAt: modifiedAt(stamp), format, size, ranges, waits, isSuspect }
  }

  async #stampOf(path: string): Promise<Stamp | undefined> {
    await using open = await this.#open(path)
    return await open?.stamp()
  }

  /** Undefined for what is gone by now, may not be read, or is no file any more. */
  async #open(path: string): Promise<OpenFile | undefined> {
    try {
      return await this.#options.files.openFound(path)
    } catch (error) {
      if (!(error instanceof ToolError) || isShortage(error.cause)) throw error
      return undefined
    }
  }

  /** What is gone by now is added to `gone`. */
  async #readAll(
    batch: readonly Unread[],
    begun: readonly Begun[],
    gone: string[],
    signal: AbortSignal,
  ): Promise<Read[]> {
    const { files, tokens } = this.#options
    await using stack = new AsyncDisposableStack()
    const opened: Opened[] = []
    for (const [i, file] of batch.entries()) {
      signal.throwIfAborted()
      const one = await this.#bytesOf(file, begun[i] as Begun, stack)
      if (one === 'gone') gone.push(file.path)
      else if (one) opened.push(one)
    }
    const all = opened.map(({ bytes }) => bytes)
    const model = all.length === 0 ? undefined : (await tokens())?.folder
    const results = await readFiles(files.workers, { signal, caller: OWNER }, all, model)
    const read: Read[] = []
    for (const [i, one] of opened.entries()) {
      const kept = await this.#keep(one, results[i])
      if (kept) read.push(kept)
    }
    return read
  }

  /** Undefined where there is nothing to read of it, as yet or at all. */
  async #bytesOf(
    unread: Unread,
    { id, tries }: Begun,
    stack: AsyncDisposableStack,
  ): Promise<Opened | 'gone' | undefined> {
    const { path, version, size, ranges } = unread
    if (tries >= MOST_TRIES)
      return this.#leave(path, id, `What reads it ended ${tries} times; it is left alone until it changes.`)
    if (ranges.length === 0) return this.#leave(path, id, whyTooLong(size))
    const file = await this.#open(path)
    if (!file) return 'gone'
    stack.use(file)
    if (versionOf(await file.stamp()) !== version) return this.#postpone(unread)
    const parts: { start: number; bytes: Buffer }[] = []
    for (const { start, end } of ranges) parts.push({ start, bytes: await file.read(start, end - start) })
    return { unread, id, file, bytes: { name: path, size, parts } }
  }

  /** Undefined where there is nothing to keep of it, as yet or at all. */
  async #keep({ unread, id, file }: Opened, result?: ReadFile | NotRead): Promise<Read | undefined> {
    const { path, version } = unread
    if (versionOf(await file.stamp()) !== version) return this.#postpone(unread)
    if (result && 'pieces' in result) return { id, path, ...result }
    return this.#leave(path, id, result?.problem ?? 'It could not be read.')
  }

  async #leave(path: string, id: number, why: string): Promise<undefined> {
    await this.#options.library.leave(id, why)
    await this.#options.workList.remove([path])
  }

  /** It changes while it is read. */
  async #postpone({ path, waits }: Unread): Promise<undefined> {
    const { workList, clock } = this.#options
    await workList.postpone(path, clock.wall() + Math.min(RESTLESS_MS * 2 ** waits, MOST_RESTLESS_MS))
  }
}

const bytesOf = ({ ranges }: Unread): number => ranges.reduce((sum, { start, end }) => sum + end - start, 0)

/** Reads the files that are to be read, the newest first, so that their words can be searched. */

import { nodeCrypto } from '../../../host/lazy.ts'
import { type Clock, ToolError } from '../../../protocol/define.ts'
import type { Embedder } from '../../../search/embedding/embedder.ts'
import type { Begun, Library, NewFile, NewPiece } from '../../../search/index/library.ts'
import { cut, embeddedText } from '../../../search/reading/cut.ts'
import { formatOf } from '../../../search/reading/formats.ts'
import { MAX_FILE_BYTES, type ReadFile, readDocument } from '../../../search/reading/read.ts'
import { isShortage } from '../confined/patience.ts'
import type { Files, OpenFile, Stamp } from '../files.ts'
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
  waits: number
  /** Whether its reading was begun before, and not ended. */
  isSuspect: boolean
}

interface Read {
  id: number
  path: string
  language: string
  pieces: readonly NewPiece[]
}

type Tokens = Pick<Embedder, 'countTokens' | 'maxTokens'>
/** Where there is no model, pieces are as long as those of the one that ships. */
const WITHOUT_MODEL: Tokens = { maxTokens: 128, countTokens: (text) => Math.ceil(text.length / 4) }

export interface ReadingOptions {
  files: Files
  library: Library
  workList: WorkList
  clock: Clock
  /** What else changes what is known of files has its turn with it. */
  serial: Serial
  /** Undefined where there is no model. */
  tokens(): Promise<Tokens | undefined>
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
      const { workList, clock } = this.#options
      const unread = workList.next(count, clock.wall())
      const { batch, seen, done } = await this.#batchOf(unread, signal)
      const begun = batch.length === 0 ? [] : await this.#options.library.beginAll(batch)
      const read: Read[] = []
      for (const [i, file] of batch.entries()) {
        signal.throwIfAborted()
        const one = await this.#read(file, begun[i] as Begun)
        if (one) read.push(one)
      }
      if (read.length > 0) await this.#options.library.finishAll(read)
      this.filesRead += read.length
      const all = [...done, ...read.map(({ path }) => path)]
      if (all.length > 0) await workList.remove(all)
      return seen
    })
  }

  /**
   * Of these the first that are read in one go. One that may have ended the process before is read alone, so that no other is taken
   * for it.
   */
  async #batchOf(unread: readonly UnreadFile[], signal: AbortSignal) {
    const batch: Unread[] = []
    const done: string[] = []
    let bytes = 0
    let seen = 0
    for (const one of unread) {
      signal.throwIfAborted()
      const file = await this.#check(one)
      if (file && batch.length > 0 && (file.isSuspect || bytes + file.size > BATCH_BYTES)) break
      seen++
      if (!file) done.push(one.path)
      else {
        batch.push(file)
        bytes += file.size
        if (file.isSuspect) break
      }
    }
    return { batch, seen, done }
  }

  /** What there is to read; undefined for what is known as it is, or is gone. */
  async #check({ path, waits }: UnreadFile): Promise<Unread | undefined> {
    const { library, isChosen } = this.#options
    const format = formatOf(path)
    const stamp = format !== undefined && isChosen(path) ? await this.#stampOf(path) : undefined
    if (format === undefined || !stamp) return this.#drop(path)
    const version = versionOf(stamp)
    const known = library.file(path)
    const isSame = known?.version === version
    if (isSame && (known.state === 'read' || known.state === 'left')) return undefined
    const isSuspect = isSame && known.state === 'reading'
    const size = Math.min(Number(stamp.size), MAX_FILE_BYTES)
    return { path, version, modifiedAt: modifiedAt(stamp), format, size, waits, isSuspect }
  }

  async #stampOf(path: string): Promise<Stamp | undefined> {
    await using open = await this.#open(path)
    return await open?.stamp()
  }

  /** Undefined for what is gone by now, may not be read, or is no file any more. */
  async #open(path: string): Promise<OpenFile | undefined> {
    try {
      return await this.#options.files.open(path)
    } catch (error) {
      if (!(error instanceof ToolError) || isShortage(error.cause)) throw error
      return undefined
    }
  }

  /** Undefined where there is nothing to keep of it, as yet or at all. */
  async #read({ path, version, size, waits }: Unread, { id, tries }: Begun): Promise<Read | undefined> {
    const { library, workList, clock } = this.#options
    const leave = async (why: string) => {
      await library.leave(id, why)
      await workList.remove([path])
      return undefined
    }
    if (tries >= MOST_TRIES)
      return leave(`What reads it ended ${tries} times; it is left alone until it changes.`)
    await using open = await this.#open(path)
    if (!open) return this.#drop(path)
    const isSame = async () => versionOf(await open.stamp()) === version
    const bytes = (await isSame()) ? await open.read(0, size) : undefined
    const pieces = bytes && (await this.#piecesOf(path, bytes))
    if (pieces === undefined || !(await isSame())) {
      await workList.postpone(path, clock.wall() + Math.min(RESTLESS_MS * 2 ** waits, MOST_RESTLESS_MS))
      return undefined
    }
    return typeof pieces === 'string' ? leave(pieces) : { id, path, language: '', pieces }
  }

  /** Or why there are none, as a sentence. */
  async #piecesOf(path: string, bytes: Buffer): Promise<NewPiece[] | string> {
    const tokens = (await this.#options.tokens()) ?? WITHOUT_MODEL
    let read: ReadFile | undefined
    try {
      read = await readDocument(path, bytes)
    } catch (error) {
      return `It could not be read: ${error instanceof Error ? error.message : String(error)}`
    }
    if (!read) return 'It holds no text.'
    const { createHash } = nodeCrypto()
    return cut(read.source.text, read.blocks, {
      maxTokens: tokens.maxTokens,
      countTokens: (text) => tokens.countTokens(text),
    }).map((piece) => ({
      headings: piece.headings,
      content: piece.content,
      ...read.source.span(piece.start, piece.end),
      digest: createHash('sha256').update(embeddedText(piece)).digest(),
    }))
  }

  async #drop(path: string): Promise<undefined> {
    const { library, workList } = this.#options
    const known = library.file(path)
    if (known) await library.removeFiles([known.id])
    await workList.remove([path])
  }
}

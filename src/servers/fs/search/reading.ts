/** Reads the files that are to be read, the newest first, so that their words can be searched. */

import { nodeCrypto } from '../../../host/lazy.ts'
import { type Clock, ToolError } from '../../../protocol/define.ts'
import type { Embedder } from '../../../search/embedding/embedder.ts'
import type { Library, NewPiece } from '../../../search/index/library.ts'
import { cut, embeddedText } from '../../../search/reading/cut.ts'
import { formatOf } from '../../../search/reading/formats.ts'
import { MAX_FILE_BYTES, readDocument } from '../../../search/reading/read.ts'
import { isShortage } from '../confined/patience.ts'
import type { Files, OpenFile } from '../files.ts'
import type { Serial } from './serial.ts'
import { modifiedAt, versionOf } from './version.ts'
import type { UnreadFile, WorkList } from './work-list.ts'

/** How often a file may end the process, or what reads it, before it is left alone until it changes. */
const MOST_TRIES = 2
/** For how long a file that changed while it was read is left alone; longer each time. */
const RESTLESS_MS = 2000
const MOST_RESTLESS_MS = 5 * 60_000

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

  /** Reads a few files, by which two at once are one after the other. Gives how many were dealt with: 0 where none is left that can be read now. */
  readSome(count: number, signal: AbortSignal): Promise<number> {
    const { workList, clock, serial } = this.#options
    return serial.run(async () => {
      const some = workList.next(count, clock.wall())
      for (const file of some) {
        signal.throwIfAborted()
        await this.#read(file)
      }
      return some.length
    })
  }

  async #read({ path, waits }: UnreadFile): Promise<void> {
    const { files, library, workList } = this.#options
    if (!this.#options.isChosen(path)) return this.#drop(path)
    let file: OpenFile
    try {
      file = await files.open(path)
    } catch (error) {
      // What is gone by now, may not be read, or is no file any more.
      if (!(error instanceof ToolError) || isShortage(error.cause)) throw error
      return this.#drop(path)
    }
    await using open = file
    const stamp = await open.stamp()
    const version = versionOf(stamp)
    const known = library.file(path)
    const isSettled = known?.state === 'read' || known?.state === 'left'
    if (isSettled && known.version === version) return workList.remove([path])
    const format = formatOf(path)
    if (format === undefined) return this.#drop(path)
    const { id, tries } = await library.begin({ path, version, modifiedAt: modifiedAt(stamp), format })
    if (tries >= MOST_TRIES) {
      await library.leave(id, `What reads it ended ${tries} times; it is left alone until it changes.`)
      return workList.remove([path])
    }
    const bytes = await open.read(0, Math.min(Number(stamp.size), MAX_FILE_BYTES))
    const pieces = await this.#piecesOf(path, bytes)
    if (versionOf(await open.stamp()) !== version)
      return workList.postpone(
        path,
        this.#options.clock.wall() + Math.min(RESTLESS_MS * 2 ** waits, MOST_RESTLESS_MS),
      )
    if (typeof pieces === 'string') await library.leave(id, pieces)
    else {
      await library.finish(id, '', pieces)
      this.filesRead++
    }
    await workList.remove([path])
  }

  /** Or why there are none, as a sentence. */
  async #piecesOf(path: string, bytes: Buffer): Promise<NewPiece[] | string> {
    const tokens = (await this.#options.tokens()) ?? WITHOUT_MODEL
    const read = await readDocument(path, bytes)
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

  async #drop(path: string): Promise<void> {
    const { library, workList } = this.#options
    const known = library.file(path)
    if (known) await library.removeFiles([known.id])
    await workList.remove([path])
  }
}

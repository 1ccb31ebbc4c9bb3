/** Reads pages and pictures without text by OCR, one at a time: those of searched files, and what a call asks for. */
import { DocumentProblem } from '../../../documents/document.ts'
import { digestOf, OcrFailed, type OcrReader } from '../../../documents/ocr/reader.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { Embedder } from '../../../search/embedding/embedder.ts'
import type { Library } from '../../../search/index/library.ts'
import type { FileScans, Scan, ScanCounts, Scans } from '../../../search/index/scans.ts'
import { MAX_PIECES, MAX_WHOLE_BYTES } from '../../../search/reading/parts.ts'
import type { Files } from '../files.ts'
import type { Ocr } from './ocr.ts'
import { Serial } from './serial.ts'
import { versionOf } from './version.ts'

/** How often the reading of one may fail, or end the process, before it is left alone. */
const MOST_TRIES = 2
const OWNER = 'search'
/** What nothing was read by. */
const NO_OCR = 'none'

export interface ScanningOptions {
  files: Files
  library: Library
  scans: Scans
  ocr: Ocr
  /** By whose tokens pieces are measured; undefined where there is no model. */
  tokens(): Promise<Pick<Embedder, 'folder'> | undefined>
}

/** What there is to read them. */
interface Means {
  /** The languages that are read; undefined where there is no OCR. */
  readonly languages: readonly string[] | undefined
  /** What to do for more to be read, as a sentence. */
  readonly advice: string | undefined
}

export type ScanStatus = ScanCounts & Means
export type FileScanStatus = FileScans & Means

/** What is there of the pictures that a call asks for. */
export interface RecognisedTexts {
  /** By their parts. */
  readonly texts: ReadonlyMap<number, string>
  /** Why the others are not, as a sentence. */
  readonly why: string | undefined
}

export class Scanning {
  readonly #options: ScanningOptions
  /** Each takes much memory. */
  readonly #serial = new Serial()

  constructor(options: ScanningOptions) {
    this.#options = options
  }

  /** Whether there was one that can be read; it was dealt with then. */
  readOne(signal: AbortSignal): Promise<boolean> {
    const { ocr, scans } = this.#options
    return this.#serial.run(async () => {
      signal.throwIfAborted()
      const { reader } = await ocr.find()
      const scan = reader && scans.next(reader.how, reader.readsPdf)
      if (!reader || !scan) return false
      await this.#readScan(scan, reader, signal)
      return true
    })
  }

  /** How many can be read now, and were not. */
  async waiting(): Promise<number> {
    const { reader } = await this.#options.ocr.find()
    if (!reader) return 0
    const { pages, pictures } = this.#options.scans.counts(reader.how)
    return pictures + (reader.readsPdf ? pages : 0)
  }

  /** Undefined where no searched file has any. */
  async status(): Promise<ScanStatus | undefined> {
    const { ocr, scans } = this.#options
    const { reader, advice } = await ocr.find()
    const counts = scans.counts(reader?.how ?? NO_OCR)
    if (Object.values(counts).every((count) => count === 0)) return undefined
    return { ...counts, languages: reader?.languages, advice }
  }

  /** Of one file; undefined where it has none. */
  async statusOf(file: number): Promise<FileScanStatus | undefined> {
    const { ocr, scans } = this.#options
    const { reader, advice } = await ocr.find()
    const of = scans.ofFile(file, reader?.how ?? NO_OCR)
    return of && { ...of, languages: reader?.languages, advice }
  }

  /**
   * The texts of some parts of a document: those that were read before, and others as far as there is time. `isOver` ends with the
   * time, `signal` with the call.
   */
  async textsOf(
    bytes: Buffer,
    parts: readonly number[],
    signal: AbortSignal,
    isOver: AbortSignal,
  ): Promise<RecognisedTexts> {
    const { reader, advice } = await this.#options.ocr.find()
    const texts = new Map<number, string>()
    if (!reader) return { texts, why: advice }
    const digest = digestOf(bytes)
    let why: string | undefined
    for (const part of parts) {
      const text = this.#options.scans.kept(digest, part, reader.how)
      if (text !== undefined) texts.set(part, text)
    }
    const either = AbortSignal.any([signal, isOver])
    for (const part of parts) {
      if (texts.has(part)) continue
      try {
        texts.set(part, await this.#serial.run(() => this.#text(bytes, digest, part, reader, either)))
      } catch (error) {
        signal.throwIfAborted()
        if (isOver.aborted) return { texts, why: TIME_OVER }
        why = whyUnread(error)
      }
    }
    return { texts, why }
  }

  async #readScan(scan: Scan, reader: OcrReader, signal: AbortSignal): Promise<void> {
    const { library, scans, files, tokens } = this.#options
    const { part, tries } = scan
    if (tries >= MOST_TRIES) {
      const why = scan.problem ?? `What reads it ended ${tries} times.`
      return await scans.leave(scan, reader.how, why)
    }
    const bytes = await this.#bytesOf(scan)
    if (!bytes) return await scans.leave(scan, reader.how, 'It has changed, and is to be read again.')
    await scans.begin(scan)
    try {
      const text = await this.#text(bytes, digestOf(bytes), part, reader, signal)
      const owner = { signal, caller: OWNER }
      const model = (await tokens())?.folder
      const { language, pieces } = await files.workers.run(owner, 'readRecognised', [
        text,
        part,
        bytes.length,
        model,
      ])
      await library.addRecognised({ scan, how: reader.how, language, pieces }, MAX_PIECES)
    } catch (error) {
      if (signal.aborted) {
        await scans.release(scan)
        throw signal.reason
      }
      await scans.failed(scan, whyUnread(error))
    }
  }

  /** Undefined for a file that is not as it was any more. */
  async #bytesOf({ path, version }: Scan): Promise<Buffer | undefined> {
    try {
      await using file = await this.#options.files.openFound(path)
      const bytes = await file.read(0, MAX_WHOLE_BYTES)
      return versionOf(await file.stamp()) === version ? bytes : undefined
    } catch (error) {
      if (error instanceof ToolError) return undefined
      throw error
    }
  }

  /** That of before, where these bytes were read before. */
  async #text(bytes: Buffer, digest: Uint8Array, part: number, reader: OcrReader, signal: AbortSignal) {
    const { scans } = this.#options
    const known = scans.kept(digest, part, reader.how)
    if (known !== undefined) return known
    const text = await reader.read(bytes, part, signal)
    await scans.keep(digest, part, reader.how, text)
    return text
  }
}

const TIME_OVER = 'There was no time for the others: ask for them by their pages, one at a time.'

/** As a sentence. Rethrows what is no fault of the picture. */
function whyUnread(error: unknown): string {
  if (error instanceof OcrFailed || error instanceof DocumentProblem) return error.message
  if (error instanceof ToolError && error.kind === 'invalid') return error.message
  throw error
}

/** Bytes of a picture, or of a PDF and the number of a page → its text, by Tesseract. Hostile bytes reach the programs alone. */
import { hash } from 'node:crypto'
import { ProgramFailed, runProgram } from '../../host/bounded-program.ts'
import { documentProblem } from '../document.ts'
import { pictureHeader } from '../picture/header.ts'
import { whyPictureUnread } from '../picture/picture.ts'
import type { OcrPrograms } from './programs.ts'
import { textOfTsv } from './tsv.ts'

const MEGABYTE = 1024 * 1024
/** Of one page or picture. Most take some seconds. */
const READING = { ms: 90_000, megabytes: 420, outputBytes: 16 * MEGABYTE }
const DRAWING = { ms: 30_000, megabytes: 420, outputBytes: 26 * MEGABYTE }
/** What Tesseract was trained with, in dots per inch. */
const RESOLUTION = 300
/** The longer side of a page that is too large for that, in pixels. */
const LARGEST_SIDE = 5000
/** What is kept of one page: five times as much as it has in small print, in characters. */
const MAX_TEXT = 64 * 1024
/** How pages are taken apart (`--psm`): by themselves, and with what tells how they lie. */
const AUTOMATIC = '3'
const AUTOMATIC_TURNED = '1'

/** What can't be read, as a sentence for people. */
export class OcrFailed extends Error {
  override readonly name = 'OcrFailed'
}

export class OcrReader {
  readonly #programs: OcrPrograms
  readonly languages: readonly string[]
  /** What a text depends on besides the bytes. */
  readonly how: string

  /** `languages` are some of those that the programs have. */
  constructor(programs: OcrPrograms, languages: readonly string[]) {
    this.#programs = programs
    this.languages = languages
    this.how = `tesseract ${programs.version} ${languages.join('+')}`
  }

  /** Whether it can draw pages. */
  get readsPdf(): boolean {
    return this.#programs.pdftoppm !== undefined
  }

  /**
   * The text of a picture, or of a page of a PDF, counted from 1: paragraphs with an empty line between them, and empty where there is
   * none. Rejects with an OcrFailed, a DocumentProblem for what is no such picture, and the signal's reason.
   */
  async read(bytes: Buffer, page: number, signal: AbortSignal): Promise<string> {
    if (page > 0)
      return await this.#recognise(await this.#draw(bytes, page, signal), signal, ['--dpi', `${RESOLUTION}`])
    const header = pictureHeader(bytes)
    // Of other bytes Tesseract would take the lines for names of files.
    if (!header) throw documentProblem('picture', 'damaged', 'it is no picture')
    const why = whyPictureUnread(header)
    if (why !== undefined) throw new OcrFailed(why)
    return await this.#recognise(bytes, signal)
  }

  async #recognise(picture: Buffer, signal: AbortSignal, more: readonly string[] = []): Promise<string> {
    const { tesseract, canTurn } = this.#programs
    const args = ['stdin', 'stdout', '-l', this.languages.join('+')]
    const layout = ['--psm', canTurn ? AUTOMATIC_TURNED : AUTOMATIC]
    const tsv = await this.#run(tesseract, [...args, ...layout, ...more, '-c', 'tessedit_create_tsv=1'], {
      input: picture,
      bounds: READING,
      signal,
      // The machine is for others.
      env: { OMP_THREAD_LIMIT: '1' },
    })
    return textOfTsv(tsv.toString()).slice(0, MAX_TEXT).toWellFormed()
  }

  async #draw(pdf: Buffer, page: number, signal: AbortSignal): Promise<Buffer> {
    const { pdftoppm } = this.#programs
    if (pdftoppm === undefined) throw new OcrFailed('pdftoppm, which draws pages of PDF, is not installed.')
    const draw = (...size: string[]) =>
      this.#run(pdftoppm, ['-f', `${page}`, '-l', `${page}`, '-gray', ...size, '-'], {
        input: pdf,
        bounds: DRAWING,
        signal,
      })
    try {
      return await draw('-r', `${RESOLUTION}`)
    } catch (error) {
      // A page as large as a wall.
      if (!(error instanceof OcrFailed)) throw error
      return await draw('-scale-to', `${LARGEST_SIDE}`)
    }
  }

  async #run(...call: Parameters<typeof runProgram>): Promise<Buffer> {
    try {
      return await runProgram(...call)
    } catch (cause) {
      if (!(cause instanceof ProgramFailed)) throw cause
      throw new OcrFailed(`OCR ${cause.message}.`, { cause })
    }
  }
}

/** By which a result is kept. */
export const digestOf = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(hash('sha256', bytes, 'buffer').subarray(0, 16))

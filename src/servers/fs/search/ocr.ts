/** What reads pictures of text on this machine: looked for when it is needed, and again from time to time, since it may be installed. */
import { findOcrPrograms, type OcrPrograms } from '../../../documents/ocr/programs.ts'
import { OcrReader } from '../../../documents/ocr/reader.ts'
import type { Clock } from '../../../protocol/define.ts'

/** For how long it is taken as it was found, in milliseconds. */
const KNOWN_MS = 60_000
/** With more languages than this at once a page takes too long, and its letters are taken for those of others. */
const MOST_LANGUAGES = 4
const ENGLISH = 'eng'

export interface FoundOcr {
  /** Undefined where there is none. */
  readonly reader: OcrReader | undefined
  /** What to do for it to read more, as a sentence. */
  readonly advice: string | undefined
}

export interface OcrOptions {
  readonly clock: Clock
  /** The languages that the user wants, by their codes; empty for all that are there. */
  languages(): Promise<readonly string[]>
}

export class Ocr {
  readonly #options: OcrOptions
  #found: Promise<FoundOcr> | undefined
  #foundAt = 0

  constructor(options: OcrOptions) {
    this.#options = options
  }

  async find(): Promise<FoundOcr> {
    const now = this.#options.clock.monotonic()
    if (!this.#found || now - this.#foundAt > KNOWN_MS) {
      this.#foundAt = now
      this.#found = this.#find()
    }
    return await this.#found
  }

  async #find(): Promise<FoundOcr> {
    const programs = await findOcrPrograms()
    if (!programs) return { reader: undefined, advice: installOcr() }
    const { languages, advice } = chosen(programs, await this.#options.languages())
    const noPages = programs.pdftoppm === undefined ? installPoppler : undefined
    return { reader: new OcrReader(programs, languages), advice: advice ?? noPages }
  }
}

/** Which languages are read, of those that are there. */
function chosen(
  { languages: there }: OcrPrograms,
  wanted: readonly string[],
): { languages: readonly string[]; advice: string | undefined } {
  const languages = wanted.filter((one) => there.includes(one))
  const lacking = wanted.filter((one) => !there.includes(one))
  const advice =
    lacking.length === 0
      ? undefined
      : `OCR lacks languages that fs.yaml names: ${lacking.join(', ')}. Install ${packagesOf(lacking)}.`
  if (languages.length > 0) return { languages, advice }
  // English first: of letters that are the same in both, the first language decides.
  const all = there.toSorted((a, b) => Number(b === ENGLISH) - Number(a === ENGLISH))
  if (all.length <= MOST_LANGUAGES) return { languages: all, advice }
  const first = all.slice(0, 1)
  return {
    languages: first,
    advice: `OCR has ${all.length} languages and reads ${first.join()} alone, since each takes time; name up to ${MOST_LANGUAGES} as ocrLanguages in fs.yaml.`,
  }
}

const packagesOf = (languages: readonly string[]): string =>
  languages.map((one) => `tesseract-ocr-${one.toLowerCase().replaceAll(/[_/]/g, '-')}`).join(' ')

const installOcr = (): string =>
  'To have them read, install tesseract-ocr and poppler-utils, and of each language such as tesseract-ocr-deu; on Arch tesseract, tesseract-data-eng and poppler. In the image they are there if it was built with OCR=1.'

const installPoppler = 'To have pages of PDF read, install poppler-utils; on Arch poppler.'

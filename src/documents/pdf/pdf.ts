/** PDF, read by pdf.js: its text in reading order, page by page. */
import { type Block, type Document, type DocumentReader, documentProblem } from '../document.ts'
import { plainText } from '../text.ts'
import { acrossColumns } from './across-columns.ts'
import { annotationsOf } from './annotations.ts'
import { isBlank } from './blank.ts'
import { columnsOf } from './columns.ts'
import { hyphenated } from './hyphens.ts'
import { linesOf, textOfLine } from './lines.ts'
import { about } from './outline.ts'
import type { PageBlock } from './page-block.ts'
import { blocksOf } from './paragraphs.ts'
import { openPdf, type PDFDocumentProxy, type PDFPageProxy } from './pdfjs.ts'
import { type Edge, edgesOf, withoutRunning } from './running.ts'
import { type PageText, type TextRest, textOf } from './runs.ts'
import { Typography } from './typography.ts'

/** More pages than people have; a file may claim any number. */
const MAX_PAGES = 20_000
/** After so many pages one after the other that are damaged, the rest is not tried. */
const MAX_DAMAGED = 20
/** Headings are told by so many pages, from all over the document. */
const SAMPLED = 8
/** Headers and footers are told by so many pages before and after. */
const NEAR = 2

interface Page {
  text: PageText
  edges: readonly Edge[]
  /** What was written on it: fields and comments. */
  annotations: readonly PageBlock[]
  /** Whether there is nothing on it to be read, but something to be seen. */
  isPicture: boolean
}

/** Reads PDF. A document that is damaged in part has a remark where a page is missing. */
export const readPdf: DocumentReader = async (bytes, { name, parts, signal }) => {
  const opened = await openPdf(bytes, name)
  const { title, language, outline, remarks } = await about(opened)
  const count = Math.min(opened.numPages, MAX_PAGES)
  let unused: PDFDocumentProxy | undefined = opened
  const first = Math.max(1, parts?.first ?? 1)
  const last = Math.min(count, parts?.last ?? count)

  async function* blocks(): AsyncGenerator<Block> {
    const pdf = unused ?? (await openPdf(bytes, name))
    unused = undefined
    const pages = new Pages(pdf, signal)
    try {
      const typography = new Typography(await pages.sample(count), outline)
      if (first === 1) {
        for (const text of remarks) yield { kind: 'remark', text, place: {} }
        if (pdf.numPages > MAX_PAGES)
          yield {
            kind: 'remark',
            text: `Of its ${pdf.numPages} pages the first ${MAX_PAGES} are read.`,
            place: {},
          }
      }
      let damaged = 0
      for (let part = first; part <= last; part++) {
        signal?.throwIfAborted()
        const page = await pages.get(part)
        damaged = page ? 0 : damaged + 1
        for (const block of page ? await readPage(page, part, pages, typography) : [DAMAGED])
          yield { ...block, ...(language === undefined ? {} : { language }), place: { part } }
        if (damaged === MAX_DAMAGED && part < last)
          throw documentProblem(name, 'damaged', `from page ${part - damaged + 1} on it is damaged`)
      }
    } finally {
      await pages.close()
    }
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(language === undefined ? {} : { language }),
    parts: { kind: 'page', count },
    blocks,
  } satisfies Document
}

const DAMAGED: PageBlock = { kind: 'remark', text: 'This page is damaged and could not be read.' }
export const NO_TEXT = 'This page has no text. It may be a picture, such as a scan.'

async function readPage(
  { text, edges, annotations, isPicture }: Page,
  part: number,
  pages: Pages,
  typography: Typography,
): Promise<PageBlock[]> {
  if (isPicture) return [{ kind: 'remark', text: NO_TEXT, isPicture: true }]
  const runs = withoutRunning({ runs: text.runs, edges, part }, await pages.edgesNear(part))
  const columns = columnsOf(runs).map(linesOf)
  const words = hyphenated(columns.flat().map(textOfLine))
  const turned = plainText(text.turned.join(' ')).replace(/\s+/g, ' ').trim()
  return [
    ...acrossColumns(
      columns.map((lines) => blocksOf(lines, typography, words)),
      words,
    ),
    ...(turned === '' ? [] : [{ kind: 'note', text: turned } as const]),
    ...annotations,
    ...(text.rest ? [{ kind: 'remark', text: 'This page has more text than is read.' } as const] : []),
  ]
}

/** The pages that were read last, so that each is read once where all are read. */
class Pages {
  readonly #pdf: PDFDocumentProxy
  readonly #signal: AbortSignal | undefined
  readonly #recent = new Map<number, Promise<Page | undefined>>()
  readonly #rests: TextRest[] = []

  constructor(pdf: PDFDocumentProxy, signal: AbortSignal | undefined) {
    this.#pdf = pdf
    this.#signal = signal
  }

  /** Undefined for one that is damaged. */
  get(number: number): Promise<Page | undefined> {
    const known = this.#recent.get(number)
    if (known) return known
    const page = this.#read(number)
    this.#recent.set(number, page)
    for (const [oldest] of this.#recent) {
      if (this.#recent.size <= 2 * NEAR + 2) break
      this.#recent.delete(oldest)
    }
    return page
  }

  async edgesNear(number: number): Promise<(readonly Edge[])[]> {
    const near: (readonly Edge[])[] = []
    for (
      let other = Math.max(1, number - NEAR);
      other <= number + NEAR && other <= this.#pdf.numPages;
      other++
    )
      if (other !== number) near.push((await this.get(other))?.edges ?? [])
    return near
  }

  /** Lines of some pages, from all over the document. */
  async sample(count: number) {
    const numbers = Array.from(
      { length: Math.min(count, SAMPLED) },
      (_, i) => Math.floor((i * count) / Math.min(count, SAMPLED)) + 1,
    )
    const lines = []
    for (const number of numbers) lines.push(...linesOf((await this.get(number))?.text.runs ?? []))
    return lines
  }

  async close(): Promise<void> {
    const closing = this.#pdf.loadingTask.destroy()
    // It waits for what is being read.
    for (const rest of this.#rests) rest.cancel(new Error('The document is closed.')).catch(() => {})
    await closing
  }

  async #read(number: number): Promise<Page | undefined> {
    this.#signal?.throwIfAborted()
    let page: PDFPageProxy | undefined
    try {
      page = await this.#pdf.getPage(number)
      const text = await textOf(page)
      if (text.rest) this.#rests.push(text.rest)
      const annotations = await annotationsOf(page)
      const hasText = text.runs.length > 0 || text.turned.length > 0 || annotations.length > 0
      return { text, edges: edgesOf(text), annotations, isPicture: !hasText && !(await isBlank(page)) }
    } catch {
      return undefined
    } finally {
      page?.cleanup()
    }
  }
}

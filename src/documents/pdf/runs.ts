/** What stands on a page: pieces of text with their places. */
import type { PDFPageProxy } from './pdfjs.ts'

/** Text of one font on one line. Lengths are in points; y grows downwards. */
export interface Run {
  text: string
  left: number
  right: number
  /** The line that letters stand on. */
  base: number
  size: number
  /** A name of its own for each font of the document. */
  font: string
  isMonospaced: boolean
}

export interface PageText {
  width: number
  height: number
  runs: Run[]
  /** What does not run from left to right, such as text along a margin, in the order of the file. */
  turned: string[]
  /** What is not read, where there is more than is: to be let go of once the document is closed. */
  rest: TextRest | undefined
}

export interface TextRest {
  cancel(reason: Error): Promise<void>
}

/** Of one page: more than people could read, and little enough to be put in order at once. */
const MAX_RUNS = 50_000
const MAX_CHARS = 1_000_000
/** pdf.js gives ten texts or more at once, but for those of forms, each of which costs more time than its text. */
const MAX_CHUNKS = 5_000
/** Text that is drawn twice to look bold lies closer than this. */
const DOUBLED = 0.2

interface TextItem {
  str: string
  transform: readonly number[]
  width: number
  height: number
  fontName: string
}

/**
 * The rest of what is too long is neither read nor cancelled: pdf.js would go on with it, where it otherwise waits for whoever reads.
 */
export async function textOf(page: PDFPageProxy): Promise<PageText> {
  const { width, height, transform } = page.getViewport({ scale: 1 })
  const found: PageText = { width, height, runs: [], turned: [], rest: undefined }
  const seen = new Set<string>()
  let chars = 0
  let items = 0
  let count = 0
  const chunks = page.streamTextContent().getReader() as ReadableStreamDefaultReader<{
    items: readonly object[]
    styles: Readonly<Record<string, { fontFamily: string }>>
  }>
  const monospaced = new Map<string, boolean>()
  for (;;) {
    const { done, value } = await chunks.read()
    if (done) break
    for (const [font, { fontFamily }] of Object.entries(value.styles))
      monospaced.set(font, fontFamily === 'monospace')
    for (const item of value.items) {
      if (!isText(item)) continue
      items++
      chars += item.str.length
      if (item.str.trim() === '') continue
      const place = placed(item, transform)
      if (!place) {
        found.turned.push(item.str)
        continue
      }
      if (place.right < 0 || place.left > width || place.base < 0 || place.base > height + place.size)
        continue
      const key = `${Math.round(place.left / DOUBLED / place.size)} ${Math.round(place.base / DOUBLED / place.size)} ${item.str}`
      if (seen.has(key)) continue
      seen.add(key)
      found.runs.push({
        text: item.str,
        ...place,
        font: item.fontName,
        isMonospaced: monospaced.get(item.fontName) ?? false,
      })
    }
    if (items > MAX_RUNS || chars > MAX_CHARS || ++count > MAX_CHUNKS) {
      found.rest = chunks
      break
    }
  }
  return found
}

const isText = (item: object): item is TextItem => 'str' in item

/** Undefined for what does not run from left to right. */
function placed(
  { transform, width }: TextItem,
  view: readonly number[],
): Pick<Run, 'left' | 'right' | 'base' | 'size'> | undefined {
  const [a, b, c, d, e, f] = transform as [number, number, number, number, number, number]
  const [va, vb, vc, vd, ve, vf] = view as [number, number, number, number, number, number]
  const along = [va * a + vc * b, vb * a + vd * b] as const
  const up = Math.hypot(va * c + vc * d, vb * c + vd * d)
  const size = up || Math.hypot(...along)
  if (!(size > 0) || !Number.isFinite(size) || along[0] < 0 || Math.abs(along[1]) > 0.1 * Math.abs(along[0]))
    return undefined
  const left = va * e + vc * f + ve
  return { left, right: left + Math.max(0, width), base: vb * e + vd * f + vf, size }
}

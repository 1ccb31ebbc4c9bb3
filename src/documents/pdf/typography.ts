/** What the fonts and sizes of a document mean: which lines are headings, and of which level. */
import { type Line, textOfLine } from './lines.ts'

/** What the outline of a document says is a heading, by its text as `outlineKey` has it, with its level. */
export type Outline = ReadonlyMap<string, number>

/** Larger than the body by so much is a heading. */
const LARGER = 1.12
/** Sizes that differ less are the same. */
const SAME_SIZE = 0.4
const MAX_LEVEL = 6
const MAX_CHARS = 120
const MAX_WORDS = 14

export const outlineKey = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^[\d.\s§]+/, '')
    .replace(/[^\p{L}\p{N}]+/gu, '')

export class Typography {
  readonly #bodySize: number
  readonly #bodyFont: string
  /** Of headings, the largest first. */
  readonly #sizes: readonly number[]
  readonly #outline: Outline

  /** By some pages of a document. */
  constructor(lines: readonly Line[], outline: Outline) {
    this.#outline = outline
    const letters = new Map<string, number>()
    const fonts = new Map<string, number>()
    for (const line of lines) {
      const count = textOfLine(line).length
      const size = line.size.toFixed(1)
      letters.set(size, (letters.get(size) ?? 0) + count)
      if (!line.isMonospaced) fonts.set(line.font, (fonts.get(line.font) ?? 0) + count)
    }
    this.#bodySize = Number(mostOf(letters) ?? 0)
    this.#bodyFont = mostOf(fonts) ?? ''
    const sizes: number[] = []
    for (const { size } of lines.filter((line) => this.#isLarger(line)).sort((a, b) => b.size - a.size))
      if (!sizes.some((one) => Math.abs(one - size) < SAME_SIZE)) sizes.push(size)
    this.#sizes = sizes
  }

  /** Undefined for what is no heading. */
  headingLevel(line: Line, above: Line | undefined, below: Line | undefined): number | undefined {
    const text = textOfLine(line)
    if (text.length > MAX_CHARS || !/\p{L}{2}/u.test(text)) return undefined
    if (line.cells.length > 1 && !/^[\dA-Z]+(?:\.\d+)*\.?$/.test(line.cells[0]?.text ?? '')) return undefined
    const told = this.#outline.get(outlineKey(text))
    const stands = this.#isLarger(line) || line.font !== this.#bodyFont
    if (told !== undefined && stands) return Math.min(told, MAX_LEVEL)
    if (this.#isLarger(line))
      return Math.min(1 + this.#sizes.filter((size) => size - line.size >= SAME_SIZE).length, MAX_LEVEL)
    return this.#isSetApart(line, text, above, below)
      ? Math.min(this.#sizes.length + 1, MAX_LEVEL)
      : undefined
  }

  #isLarger(line: Line): boolean {
    return line.size > LARGER * this.#bodySize && !line.isMonospaced
  }

  /** In another font than the text that follows, with room above, and no sentence. */
  #isSetApart(line: Line, text: string, above: Line | undefined, below: Line | undefined): boolean {
    if (line.font === this.#bodyFont || line.isMonospaced || !below) return false
    if (/^\p{Lu}[\p{Lu} \d-]{2,}$/u.test(text)) return true
    if (line.size < 0.95 * this.#bodySize) return false
    if (below.font === line.font || Math.abs(below.size - this.#bodySize) > 0.1 * this.#bodySize) return false
    if (!/^[\p{Lu}\d]/u.test(text) || /[.,;:!?]$/.test(text) || text.split(' ').length > MAX_WORDS)
      return false
    if (!above || line.base < above.base) return true
    return line.base - above.base > 1.1 * (below.base - line.base) || line.base - above.base > 1.5 * line.size
  }
}

function mostOf(counts: ReadonlyMap<string, number>): string | undefined {
  let most: [string, number] | undefined
  for (const one of counts) if (!most || one[1] > most[1]) most = one
  return most?.[0]
}

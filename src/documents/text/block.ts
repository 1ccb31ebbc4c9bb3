/** Blocks of formats that are text: each knows where it lies there. */
import type { Block, BlockKind, Place } from '../document.ts'
import { plainText, rowText } from '../text.ts'

/** A block as a text has it: control characters may be left in it. */
export interface TextBlock extends Omit<Block, 'place'> {
  /** Where it lies in the text of the file, in UTF-16 units. */
  start: number
  end: number
}

/** The block that it is in a document; undefined for one without text. */
export function placed({ start: _, end: __, ...block }: TextBlock, place: Place): Block | undefined {
  const cells = block.cells?.map(plainText)
  const text = cells ? rowText(cells) : plainText(block.text)
  return text.trim() === '' ? undefined : { ...block, text, ...(cells && { cells }), place }
}

/**
 * Reads one format: blocks in the order in which they lie. Linear in the length of the text, whatever it is, and one after the other,
 * so that whoever has enough of them need not have them all.
 */
export type ReadText = (text: string) => Iterable<TextBlock>

/** How much of a heading is kept, in characters. */
export const MAX_HEADING = 200

export interface Line {
  /** Without what ends it. */
  line: string
  start: number
  end: number
}

/** The lines of a text with where they start; the last one may be empty. */
export function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    yield { line: text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end), start, end }
    start = end + 1
  }
}

/** Puts lines together to blocks. */
export class BlockBuilder {
  readonly #text: string
  /** Of the block that is open, and of those that follow. */
  below: readonly string[] = []
  #start: number | undefined
  #end = 0

  constructor(text: string) {
    this.#text = text
  }

  get isOpen(): boolean {
    return this.#start !== undefined
  }

  add(line: { start: number; end: number }): void {
    this.#start ??= line.start
    this.#end = line.end
  }

  /** The block that was open, if there is one; `more` says what is otherwise than its text. */
  *close(kind: BlockKind = 'paragraph', more: Partial<TextBlock> = {}): Generator<TextBlock> {
    const start = this.#start
    this.#start = undefined
    if (start === undefined) return
    const below = this.below.length > 0 && { below: this.below }
    yield { kind, text: this.#text.slice(start, this.#end), ...below, start, end: this.#end, ...more }
  }
}

/** A heading as it is kept: in one line, and not too long. */
export const headingOf = (text: string): string =>
  text
    .slice(0, MAX_HEADING * 2)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_HEADING)
    .toWellFormed()

/** What every format becomes before it is cut: the parts that belong together, such as a paragraph or a function. */
export interface Block {
  /** The headings that it stands below, the outermost first. */
  headings: readonly string[]
  /** Where it lies in the text of the file, in UTF-16 units. */
  start: number
  end: number
  /** What is searched and shown, where that is not the text of the file itself. */
  content?: string
}

/**
 * Reads one format: blocks in the order in which they lie. Linear in the length of the text, whatever it is, and one after the other,
 * so that whoever has enough of them need not have them all.
 */
export type ReadBlocks = (text: string) => Iterable<Block>

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
  /** Of the block that is open, and of those that follow. */
  headings: readonly string[] = []
  #start: number | undefined
  #end = 0

  get isOpen(): boolean {
    return this.#start !== undefined
  }

  add(line: { start: number; end: number }): void {
    this.#start ??= line.start
    this.#end = line.end
  }

  /** The block that was open, if there is one. */
  *close(): Generator<Block> {
    const start = this.#start
    this.#start = undefined
    if (start !== undefined) yield { headings: this.headings, start, end: this.#end }
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

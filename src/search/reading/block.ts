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

/** Reads one format. Linear in the length of the text, whatever it is. */
export type ReadBlocks = (text: string) => Block[]

/** The lines of a text with where they start; the last one may be empty. */
export function* linesOf(text: string): Generator<{ line: string; start: number; end: number }> {
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    yield { line: text.slice(start, end).replace(/\r$/, ''), start, end }
    start = end + 1
  }
}

/** Gathers lines into blocks, which blank ones end. */
export class BlockBuilder {
  readonly blocks: Block[] = []
  readonly #text: string
  /** Of the block that is open, and of those that follow. */
  headings: readonly string[] = []
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

  close(): void {
    if (this.#start !== undefined && this.#text.slice(this.#start, this.#end).trim() !== '')
      this.blocks.push({ headings: this.headings, start: this.#start, end: this.#end })
    this.#start = undefined
  }
}

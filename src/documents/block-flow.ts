/** Puts the blocks of a document together as its elements open and close, whatever names they have. */
import type { Block } from './document.ts'
import { plainText, rowText } from './text.ts'

/** A block whose place is known to whoever reads the document. */
export type PlacelessBlock = Omit<Block, 'place'> & {
  /** Where it begins, counted from 1, where that is known. */
  page?: number
}

export type ParagraphKind = Pick<Block, 'kind' | 'level'>

/** Takes what is finished within what it stands for. */
type Sink = (block: PlacelessBlock) => void

interface Paragraph {
  text: string
  /** Where its text begins. */
  page: number | undefined
  /** What stands within it and is no part of its text, such as notes and text boxes. */
  within: PlacelessBlock[]
}

interface Row {
  cells: string[]
  /** Of its cells, those that say nothing, or what the one before says. */
  spare: number
  /** Where the first of its cells begins that says something. */
  page: number | undefined
  /** Notes of its cells. */
  notes: PlacelessBlock[]
}

/**
 * Of one row: no page is wider. What a cell claims to span or to repeat costs a file nothing; without a bound it would fill memory. Beyond
 * it such cells are passed over, and those that say something move up.
 */
const MAX_SPARE = 256

/**
 * A paragraph comes before what stands within it, and a row before the notes of its cells. What has no text is left out. Each `open…`
 * has its `close…`.
 */
export class BlockFlow {
  readonly #sinks: Sink[]
  readonly #pages: { readonly page: number } | undefined
  readonly #paragraphs: Paragraph[] = []
  readonly #rows: Row[] = []
  readonly #notes: string[][] = []
  readonly #cells: string[][] = []

  /** `pages` is on which page whatever comes next stands, where that is known. */
  constructor(emit: Sink, pages?: { readonly page: number }) {
    this.#sinks = [emit]
    this.#pages = pages
  }

  /** Whether text has a paragraph to stand in. */
  get isInParagraph(): boolean {
    return this.#paragraphs.length > 0
  }

  text(text: string): void {
    const paragraph = this.#paragraphs.at(-1)
    if (!paragraph) return
    if (text.trim() !== '') paragraph.page ??= this.#pages?.page
    paragraph.text += text
  }

  openParagraph(): void {
    const within: PlacelessBlock[] = []
    this.#paragraphs.push({ text: '', page: undefined, within })
    this.#sinks.push((block) => within.push(block))
  }

  closeParagraph(kind: ParagraphKind): void {
    const paragraph = this.#paragraphs.pop()
    this.#sinks.pop()
    if (!paragraph) return
    const text = plainText(paragraph.text)
    this.give({ ...kind, text: kind.kind === 'code' ? text.trimEnd() : text.trim() }, paragraph.page)
    for (const one of paragraph.within) this.give(one)
  }

  /** Leaves out the paragraph that is open, with what stands within it. */
  dropParagraph(): void {
    this.#paragraphs.pop()
    this.#sinks.pop()
  }

  openNote(): void {
    const texts: string[] = []
    this.#notes.push(texts)
    this.#sinks.push(({ text }) => texts.push(text))
  }

  closeNote(): void {
    this.#sinks.pop()
    this.give({ kind: 'note', text: (this.#notes.pop() ?? []).join('\n') })
  }

  openRow(): void {
    this.#rows.push({ cells: [], spare: 0, page: undefined, notes: [] })
  }

  /** Columns of the row that have no cell. */
  skipColumns(columns: number): void {
    const row = this.#rows.at(-1)
    if (row) spare(row, '', columns)
  }

  openCell(): void {
    const texts: string[] = []
    this.#cells.push(texts)
    const row = this.#rows.at(-1)
    this.#sinks.push((block) => {
      if (row) row.page ??= block.page
      if (block.kind === 'note') row?.notes.push(block)
      else texts.push(block.text)
    })
  }

  /** As many columns with the same text, and behind them empty ones. */
  closeCell(columns = 1, empty = 0): void {
    this.#sinks.pop()
    const text = (this.#cells.pop() ?? []).join(' ').replace(/\s+/g, ' ').trim()
    const row = this.#rows.at(-1)
    if (!row) return
    if (text !== '') row.cells.push(text)
    spare(row, text, text === '' ? columns : columns - 1)
    spare(row, '', empty)
  }

  /** `isHeader` says that its cells are the names of columns. */
  closeRow(isHeader = false): void {
    const row = this.#rows.pop()
    if (!row) return
    for (const block of asRow(row.cells, isHeader)) this.give(block, row.page)
    for (const note of row.notes) this.give(note)
  }

  /** A block that is complete, and where it begins if not here. */
  give(block: PlacelessBlock, page = block.page ?? this.#pages?.page): void {
    if (block.text.trim() !== '') this.#sinks.at(-1)?.(page === undefined ? block : { ...block, page })
  }
}

function spare(row: Row, text: string, columns: number): void {
  for (let i = 0; i < columns && row.spare < MAX_SPARE; i++, row.spare++) row.cells.push(text)
}

/** One cell alone is no row, but what it says. */
function asRow(all: readonly string[], isHeader: boolean): PlacelessBlock[] {
  const cells = all.slice(0, all.findLastIndex((cell) => cell !== '') + 1)
  if (cells.filter((cell) => cell !== '').length > 1)
    return [{ kind: 'row', text: rowText(cells), cells, ...(isHeader && { isHeader }) }]
  return cells.filter((cell) => cell !== '').map((text) => ({ kind: 'paragraph', text }))
}

/** Lines of code that follow each other, as one block: programs make a paragraph of each. */
export async function* joinCode(blocks: AsyncIterable<PlacelessBlock>): AsyncGenerator<PlacelessBlock> {
  let lines: PlacelessBlock[] = []
  for await (const block of blocks) {
    if (block.kind === 'code') {
      lines.push(block)
      continue
    }
    yield* joined(lines)
    lines = []
    yield block
  }
  yield* joined(lines)
}

const joined = (lines: readonly PlacelessBlock[]): PlacelessBlock[] =>
  lines[0] ? [{ ...lines[0], text: lines.map(({ text }) => text).join('\n') }] : []

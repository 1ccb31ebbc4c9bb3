/** A sheet as blocks: its name, what is to be said of it, its rows, and its comments. */
import type { Block, Place } from '../document.ts'
import { headingOf } from '../text/block.ts'
import { plainText, rowText } from '../text.ts'
import { addressOf, MAX_COLUMNS } from './address.ts'

export interface Cell {
  /** Counted from 1. */
  readonly column: number
  readonly text: string
  /** Whether it is text, and no number or date. */
  readonly isText: boolean
  /** In how many columns it is, this one included. */
  readonly columns: number
}

interface RowCells {
  /** Those that have something in them, in the order of columns. */
  readonly cells: readonly Cell[]
  /** How many have something in them, and a column that there can't be. */
  readonly beyond: number
  /** How many have more text than is read. */
  readonly cut: number
}

export interface SheetRow extends RowCells {
  /** Counted from 1. */
  readonly row: number
  readonly isHidden: boolean
  /** How many rows are like it, this one included. */
  readonly rows: number
}

/** A part of a sheet that has a name. */
export interface Table {
  readonly name: string
  readonly firstRow: number
  readonly hasHeader: boolean
}

export interface Comment {
  readonly address: string
  readonly text: string
}

export interface Sheet {
  /** Counted from 1. */
  readonly part: number
  readonly name: string
  readonly isHidden: boolean
  readonly tables: readonly Table[]
  readonly rows: AsyncIterable<SheetRow>
  /** Asked for after the rows. */
  comments(): Iterable<Comment>
}

/** Of one document, empty ones between others included: 16 000 columns of a million rows take a few bytes. */
export const MAX_CELLS = 4_000_000
/** Of one cell, in characters; Excel takes no more. */
export const MAX_CELL_TEXT = 32_767
/** Where the names of columns are, below titles and what else is above a table. */
const MAX_ROWS_ABOVE = 20
/** Something that has a name: letters, and no number alone. */
const NAME = /\p{L}/u

/** How many cells may still be read of a document. */
export interface CellBudget {
  left: number
}

export async function* sheetBlocks(sheet: Sheet, budget: CellBudget): AsyncGenerator<Block> {
  const { part, name } = sheet
  const place: Place = { part, name }
  const heading = plainText(name).trim()
  if (heading !== '') yield { kind: 'heading', text: heading, level: 1, place }
  if (sheet.isHidden) yield { kind: 'remark', text: 'This sheet is hidden.', place }
  yield* rowBlocks(sheet, place, budget)
  for (const { address, text } of sheet.comments()) {
    const note = plainText(text).trim()
    if (note !== '') yield { kind: 'note', text: note, place: { ...place, cell: address } }
  }
}

async function* rowBlocks({ rows, tables }: Sheet, place: Place, budget: CellBudget): AsyncGenerator<Block> {
  const header = new HeaderFinder(tables)
  const seen = { hidden: 0, beyond: 0, cut: 0 }
  let below: readonly string[] = []
  for await (const { row: first, isHidden, cells, rows: count, beyond, cut } of rows) {
    seen.beyond += beyond
    seen.cut += cut
    const [firstCell] = cells
    const last = cells.at(-1)
    if (!firstCell || !last) continue
    for (let row = first; row < first + count; row++) {
      budget.left -= last.column + last.columns - 1
      if (budget.left < 0) {
        yield { kind: 'remark', text: `Only the first ${MAX_CELLS} cells of this document are read.`, place }
        return
      }
      for (const text of header.namesAt(row)) yield { kind: 'heading', text, level: 2, place }
      const texts = fromFirstColumn(cells)
      const text = rowText(texts)
      if (text === '') continue
      const isHeader = header.isHeader(row, cells)
      if (isHeader) below = [headingOf(texts.filter((name) => name !== '').join(', '))]
      const cell = addressOf(firstCell.column, row)
      yield { kind: 'row', text, cells: texts, isHeader, below, place: { ...place, cell } }
      if (isHidden) seen.hidden++
    }
  }
  for (const text of remarksOn(seen)) yield { kind: 'remark', text, place }
}

function remarksOn({ hidden, beyond, cut }: Readonly<Record<'hidden' | 'beyond' | 'cut', number>>): string[] {
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
  return [
    hidden > 0 && `Hidden in this sheet: ${many(hidden, 'row')}.`,
    beyond > 0 && `Left out of this sheet: ${many(beyond, 'cell')} in no column from A to XFD.`,
    cut > 0 && `Cut in this sheet after ${MAX_CELL_TEXT} characters: ${many(cut, 'cell')}.`,
  ].filter((remark) => remark !== false)
}

/** Finds the rows that name columns: those of tables, or else the first row that is no title, where all of it is names. */
class HeaderFinder {
  readonly #tables: Table[]
  readonly #headers: ReadonlySet<number>
  #rowsAbove: number

  constructor(tables: readonly Table[]) {
    this.#tables = tables.toSorted((a, b) => a.firstRow - b.firstRow)
    this.#headers = new Set(tables.filter(({ hasHeader }) => hasHeader).map(({ firstRow }) => firstRow))
    this.#rowsAbove = tables.length === 0 ? MAX_ROWS_ABOVE : 0
  }

  /** The names of tables that begin before a row, each once. */
  *namesAt(row: number): Generator<string> {
    for (let table = this.#tables[0]; table && table.firstRow <= row; table = this.#tables[0]) {
      this.#tables.shift()
      const name = plainText(table.name).trim()
      if (name !== '') yield name
    }
  }

  isHeader(row: number, cells: readonly Cell[]): boolean {
    if (this.#rowsAbove === 0) return this.#headers.has(row)
    const isTitle = cells.length === 1
    this.#rowsAbove = isTitle ? this.#rowsAbove - 1 : 0
    return !isTitle && cells.every(({ text, isText }) => isText && NAME.test(text))
  }
}

function fromFirstColumn(cells: readonly Cell[]): string[] {
  const texts: string[] = []
  for (const { column, columns, text } of cells) {
    while (texts.length < column - 1) texts.push('')
    const plain = plainText(text).trim()
    for (let i = 0; i < columns; i++) texts.push(plain)
  }
  return texts
}

/** Puts together the cells of a row, whose addresses may be missing, out of order, or beyond all columns. */
export class RowBuilder {
  #cells: Cell[] = []
  #isSorted = true
  #beyond = 0
  #cut = 0

  add(column: number, text: string, isText: boolean, columns = 1): void {
    if (text.trim() === '') return
    if (column < 1 || column > MAX_COLUMNS) {
      this.#beyond++
      return
    }
    if (text.length > MAX_CELL_TEXT) this.#cut++
    this.#isSorted &&= column > (this.#cells.at(-1)?.column ?? 0)
    this.#cells.push({
      column,
      text: text.slice(0, MAX_CELL_TEXT),
      isText,
      columns: Math.min(columns, MAX_COLUMNS - column + 1),
    })
  }

  take(): RowCells {
    const row = {
      cells: this.#isSorted ? this.#cells : sorted(this.#cells),
      beyond: this.#beyond,
      cut: this.#cut,
    }
    this.#cells = []
    this.#isSorted = true
    this.#beyond = 0
    this.#cut = 0
    return row
  }
}

/** The last one of each column counts. */
const sorted = (cells: readonly Cell[]): Cell[] =>
  [...new Map(cells.map((cell) => [cell.column, cell])).values()].sort((a, b) => a.column - b.column)

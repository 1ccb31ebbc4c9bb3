/** What a screen shows, cell by cell. */
import { cellsOf } from '../text/cells.ts'
import { GROUNDS, type Line, ROLES } from '../text/lines.ts'

/** The looks of a cell: its role, and what lies behind it. */
const looksOf = (role: number, ground: number): number => ground * ROLES.length + role
export const PLAIN_LOOKS = 0

const ROLE_INDEX = new Map(ROLES.map((role, i) => [role, i]))
const GROUND_INDEX = new Map(GROUNDS.map((ground, i) => [ground, i]))

/** The second column of a wide character holds no text of its own. */
export const CONTINUED = ''

export class Grid {
  readonly columns: number
  readonly rows: number
  /** Row by row. */
  readonly text: string[]
  readonly looks: Uint16Array
  /** Cells whose width terminals disagree on. */
  readonly unsure: Uint8Array

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.text = new Array(columns * rows).fill(' ')
    this.looks = new Uint16Array(columns * rows)
    this.unsure = new Uint8Array(columns * rows)
  }

  /** Puts a line into a row; what does not fit is left out, what is left of the row is blank. */
  put(row: number, line: Line): void {
    const ground = GROUND_INDEX.get(line.ground ?? 'plain') ?? 0
    const start = row * this.columns
    let column = 0
    for (const span of line.spans) {
      const own = span.ground === undefined ? ground : (GROUND_INDEX.get(span.ground) ?? 0)
      const looks = looksOf(ROLE_INDEX.get(span.role) ?? 0, own)
      for (const cell of cellsOf(span.text)) {
        if (column + cell.width > this.columns) break
        this.#set(start + column, cell.text, looks, cell.unsure)
        if (cell.width === 2) this.#set(start + column + 1, CONTINUED, looks, false)
        column += cell.width
      }
    }
    const blank = looksOf(0, ground)
    for (; column < this.columns; column++) this.#set(start + column, ' ', blank, false)
  }

  #set(at: number, text: string, looks: number, unsure: boolean): void {
    this.text[at] = text
    this.looks[at] = looks
    this.unsure[at] = unsure ? 1 : 0
  }

  /** Whether two cells, here and there, show the same. */
  same(at: number, other: Grid, otherAt: number): boolean {
    return this.text[at] === other.text[otherAt] && this.looks[at] === other.looks[otherAt]
  }

  sameRow(row: number, other: Grid, otherRow: number): boolean {
    const a = row * this.columns
    const b = otherRow * this.columns
    for (let column = 0; column < this.columns; column++)
      if (!this.same(a + column, other, b + column)) return false
    return true
  }

  isBlankRow(row: number): boolean {
    const start = row * this.columns
    for (let at = start; at < start + this.columns; at++)
      if (this.text[at] !== ' ' || this.looks[at] !== PLAIN_LOOKS) return false
    return true
  }

  /** Moves the rows of a range up by so many (down where negative), as a terminal's scroll region does. */
  scroll(top: number, bottom: number, by: number): void {
    const { columns } = this
    const from = by > 0 ? top + by : top
    const to = by > 0 ? top : top - by
    const count = bottom - top + 1 - Math.abs(by)
    const moved = this.text.slice(from * columns, (from + count) * columns)
    for (const [i, text] of moved.entries()) this.text[to * columns + i] = text
    this.looks.copyWithin(to * columns, from * columns, (from + count) * columns)
    this.unsure.copyWithin(to * columns, from * columns, (from + count) * columns)
    const blankTop = by > 0 ? bottom - by + 1 : top
    for (let at = blankTop * columns; at < (blankTop + Math.abs(by)) * columns; at++)
      this.#set(at, ' ', PLAIN_LOOKS, false)
  }
}

/** The difference between two grids as the fewest bytes that a terminal needs. */
import { CONTINUED, Grid, PLAIN_LOOKS } from './grid.ts'
import { findScroll, type Scroll } from './scrolling.ts'
import type { Theme } from './theme.ts'

export interface Cursor {
  row: number
  column: number
}

export interface PaintOptions {
  theme: Theme
  /** What is sent in place of a text that the terminal can't show. */
  encode(text: string): string
  /** Whether the terminal can move a part of its lines. */
  canScroll: boolean
  /** Begin and end of what is shown at once; undefined where the terminal has no such thing. */
  synchronised: boolean
}

/** So many unchanged cells are sent again rather than skipped: that is how long skipping is. */
const SKIP_COSTS = 4
/** Shorter frames are not torn apart by any terminal. */
const WORTH_SYNCHRONISING = 400

export class Painter {
  readonly #options: PaintOptions
  #shown: Grid
  #looks = PLAIN_LOOKS
  /** Where the terminal's cursor is; undefined where that is not known. */
  #at: Cursor | undefined
  #cursorShown = false
  #out = ''

  constructor(columns: number, rows: number, options: PaintOptions) {
    this.#options = options
    this.#shown = new Grid(columns, rows)
  }

  /** Whether it paints a screen of this size. */
  fits(columns: number, rows: number): boolean {
    return this.#shown.columns === columns && this.#shown.rows === rows
  }

  /** What clears the screen, as after a change of its size. */
  reset(): string {
    this.#shown = new Grid(this.#shown.columns, this.#shown.rows)
    this.#looks = PLAIN_LOOKS
    this.#at = { row: 0, column: 0 }
    this.#cursorShown = false
    return '\x1b[?25l\x1b[r\x1b[0m\x1b[2J\x1b[H'
  }

  /** What makes the screen show the grid, which has the painter's size, with the cursor there or hidden. */
  paint(wanted: Grid, cursor: Cursor | undefined): string {
    this.#out = ''
    const scroll = this.#options.canScroll ? findScroll(this.#shown, wanted) : undefined
    if (scroll) this.#scroll(scroll)
    for (let row = 0; row < wanted.rows; row++) this.#paintRow(wanted, row)
    this.#shown = wanted
    if (cursor) {
      this.#goTo(cursor.row, cursor.column)
      if (!this.#cursorShown) this.#out += '\x1b[?25h'
    } else if (this.#cursorShown) this.#out += '\x1b[?25l'
    this.#cursorShown = cursor !== undefined
    if (!this.#options.synchronised || this.#out.length < WORTH_SYNCHRONISING) return this.#out
    return `\x1b[?2026h${this.#out}\x1b[?2026l`
  }

  #scroll({ top, bottom, by }: Scroll): void {
    this.#setLooks(PLAIN_LOOKS)
    this.#out += `\x1b[${top + 1};${bottom + 1}r`
    if (by > 0) this.#out += `\x1b[${bottom + 1};1H${'\n'.repeat(by)}`
    else this.#out += `\x1b[${top + 1};1H${'\x1bM'.repeat(-by)}`
    this.#out += '\x1b[r'
    this.#at = undefined
    this.#shown.scroll(top, bottom, by)
  }

  #paintRow(wanted: Grid, row: number): void {
    const { columns } = wanted
    const start = row * columns
    const blankFrom = blankTail(wanted, start)
    let column = 0
    while (column < columns) {
      if (wanted.same(start + column, this.#shown, start + column)) {
        column++
        continue
      }
      if (column >= blankFrom && columns - column > SKIP_COSTS) {
        this.#goTo(row, column)
        this.#setLooks(PLAIN_LOOKS)
        this.#out += '\x1b[K'
        return
      }
      column = this.#paintRun(wanted, row, column, blankFrom)
    }
  }

  /** Writes from a changed cell on to the end of what has changed; gives the column after it. */
  #paintRun(wanted: Grid, row: number, from: number, blankFrom: number): number {
    const { columns } = wanted
    const start = row * columns
    // Half of a wide character can't be written.
    let column = wanted.text[start + from] === CONTINUED && from > 0 ? from - 1 : from
    this.#goTo(row, column)
    let unchanged = 0
    while (column < columns) {
      if (column >= blankFrom && columns - column > SKIP_COSTS) break
      const at = start + column
      const same = wanted.same(at, this.#shown, at)
      unchanged = same ? unchanged + 1 : 0
      if (unchanged > SKIP_COSTS || (same && this.#restIsSame(wanted, start, column))) break
      column += this.#write(wanted, row, column)
    }
    return Math.max(column, from + 1)
  }

  #restIsSame(wanted: Grid, start: number, column: number): boolean {
    const end = Math.min(wanted.columns, column + SKIP_COSTS + 1)
    for (let at = column; at < end; at++) if (!wanted.same(start + at, this.#shown, start + at)) return false
    return true
  }

  #write(wanted: Grid, row: number, column: number): number {
    const at = row * wanted.columns + column
    const text = wanted.text[at] as string
    const width = wanted.text[at + 1] === CONTINUED && column + 1 < wanted.columns ? 2 : 1
    this.#setLooks(wanted.looks[at] as number)
    if (wanted.unsure[at]) {
      // However wide the terminal takes it for, what comes after stands where it should.
      this.#out += ' '.repeat(width)
      this.#at = undefined
      this.#goTo(row, column)
      this.#out += this.#options.encode(text)
      this.#at = undefined
      if (column + width < wanted.columns) this.#goTo(row, column + width)
      return width
    }
    this.#out += this.#options.encode(text)
    // In the last column terminals wait for what comes next; where the cursor is then differs.
    this.#at = column + width < wanted.columns ? { row, column: column + width } : undefined
    return width
  }

  #setLooks(looks: number): void {
    if (looks === this.#looks) return
    this.#out += this.#options.theme.sgr(looks)
    this.#looks = looks
  }

  #goTo(row: number, column: number): void {
    if (this.#at?.row === row && this.#at.column === column) return
    this.#out += this.#shortest(row, column)
    this.#at = { row, column }
  }

  #shortest(row: number, column: number): string {
    const absolute = `\x1b[${row + 1}${column === 0 ? '' : `;${column + 1}`}H`
    if (this.#at === undefined) return absolute
    if (this.#at.row === row) {
      const by = column - this.#at.column
      const relative = by > 0 ? (by === 1 ? '\x1b[C' : `\x1b[${by}C`) : '\b'.repeat(-by)
      const shorter = column === 0 ? '\r' : relative
      return shorter.length < absolute.length ? shorter : absolute
    }
    return row === this.#at.row + 1 && column === 0 ? '\r\n' : absolute
  }
}

/** From which column on a row is blank. */
function blankTail(grid: Grid, start: number): number {
  let column = grid.columns
  while (
    column > 0 &&
    grid.text[start + column - 1] === ' ' &&
    grid.looks[start + column - 1] === PLAIN_LOOKS
  )
    column--
  return column
}

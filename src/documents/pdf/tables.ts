/** Which lines are rows of a table, and what stands in which of its columns. */
import type { Cell, Line } from './lines.ts'

export interface Table {
  /** Each has all columns; empty ones are empty. */
  rows: string[][]
  /** Whether the first row is set in another font than the others. */
  hasHeader: boolean
  /** Which lines they are, of those that were given. */
  first: number
  last: number
}

/** Rows of a table are no farther from each other, in the size of their letters. */
const MAX_ROW_GAP = 3.5
/** A line that goes on with the cell above is no farther. */
const MAX_WRAP_GAP = 1.6
/** What begins, ends or has its middle within so much is in line, in the size of the letters. */
const IN_LINE = 0.7

interface Column {
  left: number
  right: number
}

/** The table that begins at this line; undefined where none does. */
export function tableAt(lines: readonly Line[], first: number): Table | undefined {
  const top = lines[first]
  if (!top || top.cells.length < 2) return undefined
  let last = first
  const full = [top]
  for (let i = first + 1; i < lines.length; i++) {
    const line = lines[i] as Line
    const gap = (line.base - (lines[i - 1] as Line).base) / top.size
    if (gap < 0 || gap > MAX_ROW_GAP) break
    if (line.cells.length > 1 && full.some((row) => areInLine(row, line))) {
      full.push(line)
      last = i
    } else if (!(gap < MAX_WRAP_GAP && isWithin(line, columnsIn(full)) && i < lines.length)) break
    else if (isWrap(line, columnsIn(full))) last = i
    // Otherwise it may be a row with its first cell alone, if another row follows.
  }
  if (full.length < 2) return undefined
  const columns = columnsIn(full)
  const [header, ...others] = full.map(({ font }) => font)
  return {
    rows: rowsIn(lines.slice(first, last + 1), columns),
    hasHeader: others.every((font) => font !== header),
    first,
    last,
  }
}

/** Whether two cells of one stand over two cells of the other, or all of three or more stand in the same columns. */
function areInLine(above: Line, below: Line): boolean {
  if (below.cells.length > 2 && areApart(above.cells, below.cells)) return true
  const tolerance = IN_LINE * Math.max(above.size, below.size)
  const shared = below.cells.filter((cell) => above.cells.some((other) => isInLine(cell, other, tolerance)))
  return shared.length >= 2
}

/** Whether room runs down between them from each cell to the next. */
const areApart = (above: readonly Cell[], below: readonly Cell[]): boolean =>
  above.length === below.length &&
  above.every((cell, i) => {
    const [next, other, nextOther] = [above[i + 1], below[i], below[i + 1]]
    return (
      !next || !other || !nextOther || Math.max(cell.right, other.right) < Math.min(next.left, nextOther.left)
    )
  })

const isInLine = (a: Cell, b: Cell, tolerance: number): boolean =>
  [a.left - b.left, a.right - b.right, (a.left + a.right - b.left - b.right) / 2].some(
    (off) => Math.abs(off) < tolerance,
  )

/** By the lines that have most cells: what overlaps there is one column. */
function columnsIn(rows: readonly Line[]): Column[] {
  const most = Math.max(...rows.map(({ cells }) => cells.length))
  const columns: Column[] = []
  for (const cell of rows.filter(({ cells }) => cells.length === most).flatMap(({ cells }) => cells)) {
    const over = columns.filter((column) => overlap(column, cell) > 0)
    const [column] = over
    if (!column) columns.push({ left: cell.left, right: cell.right })
    else if (over.length === 1) {
      column.left = Math.min(column.left, cell.left)
      column.right = Math.max(column.right, cell.right)
    }
  }
  return columns.sort((a, b) => a.left - b.left)
}

const overlap = (a: Column, b: Column): number => Math.min(a.right, b.right) - Math.max(a.left, b.left)

/** Whether it is one cell that stays in its column. */
const isWithin = ({ cells, size }: Line, columns: readonly Column[]): boolean =>
  cells.every((cell) => {
    const i = columnOf(cell, columns)
    const next = columns[i + 1]
    return (
      Math.abs(cell.left - (columns[i] as Column).left) < 2 * IN_LINE * size &&
      (!next || cell.right < next.left)
    )
  })

/** Whether it goes on with the row above: nothing stands in the first column. */
const isWrap = ({ cells }: Line, columns: readonly Column[]): boolean =>
  cells.every((cell) => columnOf(cell, columns) > 0)

/** The one that it overlaps most, or the nearest. */
function columnOf(cell: Column, columns: readonly Column[]): number {
  let best = 0
  columns.forEach((column, i) => {
    if (overlap(column, cell) > overlap(columns[best] as Column, cell)) best = i
  })
  return best
}

function rowsIn(lines: readonly Line[], columns: readonly Column[]): string[][] {
  const rows: string[][] = []
  for (const line of lines) {
    const cells = columns.map(() => '')
    for (const cell of line.cells) {
      const i = columnOf(cell, columns)
      cells[i] = joined(cells[i] as string, cell.text)
    }
    const above = rows.at(-1)
    if (above && isWrap(line, columns) && line.cells.length < columns.length)
      cells.forEach((text, i) => {
        above[i] = joined(above[i] as string, text)
      })
    else rows.push(cells)
  }
  return rows
}

const joined = (a: string, b: string): string => (a === '' || b === '' ? a + b : `${a} ${b}`)

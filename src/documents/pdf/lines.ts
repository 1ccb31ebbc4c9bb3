/** Runs → lines of cells. */
import type { Run } from './runs.ts'

/** What stands together on a line, with no wide gap in it. */
export interface Cell {
  text: string
  left: number
  right: number
}

export interface Line {
  cells: Cell[]
  left: number
  right: number
  base: number
  /** Of most of its letters. */
  size: number
  font: string
  isMonospaced: boolean
}

/** Measured in the size of the letters: what is on one line, what is one word, and what is another cell. */
const SAME_LINE = 0.4
const SPACE = 0.15
const WIDE = 1.1
/** Of one line that are compared. */
const MAX_FONTS = 20
/** Dots that lead the eye from a title to its page. */
const LEADERS = /(?:\s*\.){4,}\s*/g
/** What a list begins an item with. */
export const MARK = /^(?:[•◦▪▫■□●○‣⁃∙·–—*-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\(?[A-Z]\))$/u

/** From above to below. */
export const linesOf = (runs: readonly Run[]): Line[] => rowsOf(runs).map(lineOf)

/** Runs by the line that they stand on. Small ones, such as the number of a note, may stand a little higher or lower. */
export function rowsOf(runs: readonly Run[]): Run[][] {
  const rows: Run[][] = []
  for (const run of [...runs].sort((a, b) => a.base - b.base || a.left - b.left)) {
    const row = rows.at(-1)
    const [first] = row ?? []
    if (first && run.base - first.base < SAME_LINE * Math.max(run.size, first.size)) row?.push(run)
    else rows.push([run])
  }
  return rows
}

export function lineOf(row: readonly Run[]): Line {
  const runs = [...row].sort((a, b) => a.left - b.left)
  const most = mostOf(runs)
  const cells: Cell[] = []
  for (const run of runs) {
    const last = cells.at(-1)
    const gap = last ? (run.left - last.right) / most.size : Number.POSITIVE_INFINITY
    if (last && (gap < WIDE || (MARK.test(last.text.trim()) && cells.length === 1 && gap < 4))) {
      const isApart = gap > SPACE && !last.text.endsWith(' ') && !run.text.startsWith(' ')
      last.text += (isApart ? ' ' : '') + run.text
      last.right = Math.max(last.right, run.right)
    } else cells.push({ text: run.text, left: run.left, right: run.right })
  }
  const clean = cells.flatMap(withoutLeaders)
  return {
    cells: clean,
    left: Math.min(...clean.map(({ left }) => left)),
    right: Math.max(...clean.map(({ right }) => right)),
    base: most.base,
    size: most.size,
    font: most.font,
    isMonospaced: runs.every((run) => run.isMonospaced),
  }
}

/** A title and its page are two cells. */
function withoutLeaders(cell: Cell): Cell[] {
  const texts = cell.text.split(LEADERS).map((text) => text.replace(/\s+/g, ' ').trim())
  if (texts.length === 1) return [{ ...cell, text: texts[0] as string }]
  const width = (cell.right - cell.left) / Math.max(1, cell.text.length)
  return texts.flatMap((text, i) => {
    if (text === '') return []
    const length = text.length * width
    return i === texts.length - 1
      ? { text, left: Math.max(cell.left, cell.right - length), right: cell.right }
      : { text, left: cell.left, right: Math.min(cell.right, cell.left + length) }
  })
}

/** The run whose font has most of the letters. */
function mostOf(runs: readonly Run[]): Run {
  const [first] = runs as [Run, ...Run[]]
  if (runs.every((run) => isSameFont(run, first))) return first
  const fonts: { run: Run; letters: number }[] = []
  for (const run of runs) {
    const known = fonts.find((one) => isSameFont(one.run, run))
    if (known) known.letters += run.text.trim().length
    else if (fonts.length < MAX_FONTS) fonts.push({ run, letters: run.text.trim().length })
  }
  return fonts.reduce((most, one) => (one.letters > most.letters ? one : most)).run
}

const isSameFont = (a: Run, b: Run): boolean => a.font === b.font && Math.abs(a.size - b.size) < 0.05

export const textOfLine = ({ cells }: Line): string => cells.map(({ text }) => text).join(' ')

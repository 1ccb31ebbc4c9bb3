/** Runs of a page → its columns, in the order in which people read them. */
import { linesOf, rowsOf } from './lines.ts'
import type { Run } from './runs.ts'

/** One of two columns has at least so many lines (the last one of a page may have a few), */
const MIN_LINES = 6
/** so much of the width of their part of the page, */
const MIN_SHARE = 0.15
/** so many letters in most of their lines, */
const MIN_LETTERS = 12
/** and lines that fill them by so much: what is shorter is cells of a table. */
const MIN_FILLED = 0.6
/** Between them is so much space at least, in the size of their letters. */
const MIN_GUTTER = 0.7
const MAX_CANDIDATES = 40
const MAX_DEPTH = 4

/** Each list is the runs of one column, or of what stands across columns. */
export function columnsOf(runs: readonly Run[], depth = 0): Run[][] {
  if (runs.length <= MIN_LINES || depth === MAX_DEPTH) return [[...runs]]
  const rows = rowsOf(runs)
  const split = bestSplit(rows)
  if (!split) return [[...runs]]
  const { at, first, last } = split
  const band = rows.slice(first, last + 1).flat()
  return [
    rows.slice(0, first).flat(),
    band.filter((run) => run.right <= at),
    band.filter((run) => run.right > at),
    rows.slice(last + 1).flat(),
  ]
    .filter((part) => part.length > 0)
    .flatMap((part) => columnsOf(part, depth + 1))
}

interface Split {
  at: number
  first: number
  last: number
}

/** Where a gutter runs past most lines. */
function bestSplit(rows: readonly (readonly Run[])[]): Split | undefined {
  const all = rows.flat()
  const size = middle(all.map((run) => run.size))
  const gutter = MIN_GUTTER * size
  let best: (Split & { lines: number }) | undefined
  for (const at of candidates(all, size)) {
    let first = -1
    for (let i = 0; i <= rows.length; i++) {
      const row = rows[i]
      const isPassed = row?.every((run) => run.right <= at - gutter || run.left >= at)
      if (isPassed) {
        if (first === -1) first = i
        continue
      }
      if (first !== -1 && i - first > (best?.lines ?? 0)) {
        const band = trimmed(rows, { at, first, last: i - 1 }, 1.5 * size)
        const lines = band.last - band.first + 1
        if (lines > (best?.lines ?? 0) && areColumns(rows.slice(band.first, band.last + 1), at))
          best = { ...band, lines }
      }
      first = -1
    }
  }
  return best
}

/** Without what stands above and below columns, such as names in the middle: its beginning is far from where lines begin. */
function trimmed(rows: readonly (readonly Run[])[], { at, first, last }: Split, tolerance: number): Split {
  const sides = [(run: Run) => run.right <= at, (run: Run) => run.right > at]
  const lefts = sides.map((isOn) => {
    const begins = rows.slice(first, last + 1).flatMap((row) => row.filter(isOn).slice(0, 1))
    return mostOf(begins.map((run) => Math.round(run.left)))
  })
  const isIn = (row: readonly Run[] = []) =>
    row.some((run) => lefts.some((left) => Math.abs(run.left - left) < tolerance))
  while (first < last && !isIn(rows[first])) first++
  while (last > first && !isIn(rows[last])) last--
  return { at, first, last }
}

function mostOf(numbers: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  let most = Number.NaN
  for (const [number, count] of counts) if (count > (counts.get(most) ?? 0)) most = number
  return most
}

/** A column begins where many runs do. */
function candidates(runs: readonly Run[], size: number): number[] {
  const starts = new Map<number, number>()
  for (const { left } of runs) {
    const x = Math.round(left)
    starts.set(x, (starts.get(x) ?? 0) + 1)
  }
  return [...starts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_CANDIDATES)
    .map(([x]) => x - 1 - 0.1 * size)
}

/** Whether what stands on both sides is text that runs down, and not cells that belong together. */
function areColumns(rows: readonly (readonly Run[])[], at: number): boolean {
  const runs = rows.flat()
  const sides = [runs.filter((run) => run.right <= at), runs.filter((run) => run.right > at)] as const
  const left = Math.min(...runs.map((run) => run.left))
  const right = Math.max(...runs.map((run) => run.right))
  const both = sides.map(linesOf)
  if (!both.some((lines) => lines.length >= MIN_LINES)) return false
  return both.every((lines) => {
    if (lines.length === 0) return false
    const [from, to] = [Math.min(...lines.map((l) => l.left)), Math.max(...lines.map((l) => l.right))]
    const letters = lines.map(({ cells }) => cells.reduce((sum, { text }) => sum + text.length, 0))
    return (
      to - from >= MIN_SHARE * (right - left) &&
      middle(letters) >= MIN_LETTERS &&
      middle(lines.map((line) => line.right - line.left)) >= MIN_FILLED * (to - from)
    )
  })
}

export function middle(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

/** Finds that rows have moved up or down, so that the terminal can move them itself instead of being sent them again. */
import type { Grid } from './grid.ts'

export interface Scroll {
  top: number
  bottom: number
  /** How many rows the content goes up; negative for down. */
  by: number
}

/** Fewer moved rows than this are cheaper sent again. */
const LEAST_ROWS = 3

/** The scroll that saves most; undefined where none saves enough. */
export function findScroll(shown: Grid, wanted: Grid): Scroll | undefined {
  let first = 0
  while (first < wanted.rows && wanted.sameRow(first, shown, first)) first++
  let last = wanted.rows - 1
  while (last > first && wanted.sameRow(last, shown, last)) last--
  if (last - first + 1 <= LEAST_ROWS) return undefined
  let best: Scroll | undefined
  let most = LEAST_ROWS - 1
  for (const top of [first, first + 1])
    for (let by = 1; by < last - top; by++)
      for (const sign of [1, -1]) {
        const saved = savedRows(shown, wanted, top, last, by * sign)
        if (saved - by / 4 > most) {
          most = saved - by / 4
          best = { top, bottom: last, by: by * sign }
        }
      }
  return best
}

/** How many rows with something in them would be right after the scroll, less those that it makes wrong. */
function savedRows(shown: Grid, wanted: Grid, top: number, bottom: number, by: number): number {
  let saved = 0
  for (let row = top; row <= bottom; row++) {
    const from = row + by
    const isRight = wanted.sameRow(row, shown, row)
    const becomesRight = from >= top && from <= bottom && wanted.sameRow(row, shown, from)
    if (becomesRight && !isRight && !wanted.isBlankRow(row)) saved++
    else if (isRight && !becomesRight && !wanted.isBlankRow(row)) saved--
  }
  return saved
}

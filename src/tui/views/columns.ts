/** A list with what is chosen in it beside it. */
import type { Area } from '../model/view.ts'
import { beside, fitHeight, type Line, span } from '../text/lines.ts'

/** Narrower windows show the list alone. */
const BESIDE = 72
const LIST_SHARE = 0.42

export function listAndChosen(
  { columns, rows }: Area,
  list: (columns: number) => readonly Line[],
  chosen: (columns: number) => readonly Line[],
): Line[] {
  if (columns < BESIDE) return fitHeight(list(columns), rows)
  const left = Math.floor(columns * LIST_SHARE)
  const right = columns - left - 3
  return beside(
    [
      { lines: fitHeight(list(left), rows), width: left },
      { lines: fitHeight(chosen(right), rows), width: right },
    ],
    span(' │ ', 'border'),
  )
}

/** How the view says what it knows, and what it does not. */
import type { Area } from '../../model/view.ts'
import { clip } from '../../text/cells.ts'
import { type Line, paragraph, styled } from '../../text/lines.ts'
import type { Known } from './model.ts'

/** Stands for what an answer does not tell. */
const NOT_TOLD = '–'
export const shown = (value: number | string | undefined): string =>
  value === undefined ? NOT_TOLD : String(value)
export const oneOf = (value: boolean | undefined, yes: string, no: string): string =>
  value === undefined ? NOT_TOLD : value ? yes : no

/** What is shown of an answer, or what stands in its place. */
export function when<T>(known: Known<T>, { columns }: Area, show: (value: T) => Line[]): Line[] {
  if (known.is === 'known') return show(known.value)
  return known.is === 'asked' ? [styled('asking …', 'dim')] : paragraph(known.why, columns, 'warning')
}

/** So many lines of a text; the last one says where there are more. */
export function atMost(lines: readonly Line[], most: number, where: string, columns: number): Line[] {
  if (lines.length <= most) return [...lines]
  const more = `… and ${lines.length - most + 1} more lines: ${where}`
  return [...lines.slice(0, most - 1), styled(clip(more, columns), 'dim')]
}

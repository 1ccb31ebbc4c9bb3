/** Lists in columns: each is as wide as what is in it, as far as there is view, and none touches the next. */

import { showList } from '../model/selection.ts'
import type { Area } from '../model/view.ts'
import { clip, widthOf } from '../text/cells.ts'
import { type Line, type Role, span } from '../text/lines.ts'

export interface Column<T> {
  head: string
  text(item: T): string
  role?: Role | ((item: T) => Role)
}

/** Between two columns. */
const GAP = 2
/** No column is made narrower for the others. */
const LEAST = 6

/** The rows in sight, below the heads of the columns. */
export function showTable<T>(
  { columns: total, rows }: Area,
  columns: readonly Column<T>[],
  items: readonly T[],
  selected: number,
): Line[] {
  const widths = columnWidths(columns, items, total)
  const put = (texts: readonly string[], roleOf: (i: number) => Role): Line => ({
    spans: texts.flatMap((text, i) => [
      ...(i > 0 ? [span(' '.repeat(GAP))] : []),
      span(filled(text, widths[i] ?? 0), roleOf(i)),
    ]),
  })
  const roleOf = (item: T, i: number): Role => {
    const role = columns[i]?.role ?? 'text'
    return typeof role === 'function' ? role(item) : role
  }
  const heads = put(
    columns.map(({ head }) => head),
    () => 'dim',
  )
  const list = showList(items.length, selected, Math.max(0, rows - 1), (i) => {
    const item = items[i] as T
    return put(
      columns.map(({ text }) => text(item)),
      (column) => roleOf(item, column),
    )
  })
  return [heads, ...list]
}

/** As wide as what is in them; where that is too much, the widest are narrowed. The last one takes what is left. */
function columnWidths<T>(columns: readonly Column<T>[], items: readonly T[], total: number): number[] {
  const view = total - GAP * (columns.length - 1)
  const widths = columns.map(({ head, text }) =>
    // No more of a long text is looked at than there is room for.
    Math.max(widthOf(head), ...items.map((item) => widthOf(text(item).slice(0, view)))),
  )
  const sum = () => widths.reduce((all, width) => all + width, 0)
  for (let over = sum() - view; over > 0; over--) {
    const widest = Math.max(...widths)
    if (widest <= LEAST) break
    widths[widths.indexOf(widest)] = widest - 1
  }
  widths[widths.length - 1] = Math.max(0, (widths.at(-1) ?? 0) + view - sum())
  return widths
}

function filled(text: string, width: number): string {
  const shown = clip(text, width)
  return shown + ' '.repeat(Math.max(0, width - widthOf(shown)))
}

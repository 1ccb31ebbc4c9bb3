import { type JsonRow, JsonRows, type Tree } from '../model/json-tree.ts'
import { showList } from '../model/selection.ts'
import { fit, type Line, line, type Role, span } from '../text/lines.ts'

const ROLE: Readonly<Record<JsonRow['kind'], Role>> = {
  string: 'string',
  number: 'number',
  word: 'keyword',
  branch: 'dim',
}

/** The part of a tree around the selected row. */
export function showJson({ value, open, selected }: Tree, columns: number, height: number): Line[] {
  const rows = new JsonRows(value, open)
  return showList(rows.count, selected, height, (i) => {
    const { depth, label, text, kind, isOpen } = rows.at(i) as JsonRow
    const mark = kind === 'branch' ? (isOpen ? '▾ ' : '▸ ') : '  '
    // What is nested deeply would leave the screen to the right.
    const indent = depth > 16 ? `${'  '.repeat(16)}·${depth}· ` : '  '.repeat(depth)
    return fit(
      line(
        span(indent + mark, 'dim'),
        span(label === '' ? '' : `${label}: `, 'accent'),
        span(text, ROLE[kind]),
      ),
      columns,
    )
  })
}

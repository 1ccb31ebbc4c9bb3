import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellsOf } from '../text/cells.ts'
import { lineWidth, plainText } from '../text/lines.ts'
import { showTable } from './table.ts'

const COLUMNS = [
  { head: 'NAME', text: (row: readonly string[]) => row[0] as string },
  { head: 'STATE', text: (row: readonly string[]) => row[1] as string },
  { head: 'WHAT', text: (row: readonly string[]) => row[2] as string },
]
const show = (rows: readonly (readonly string[])[], columns: number) =>
  showTable({ columns, rows: 10 }, COLUMNS, rows, 0)

test('a column is as wide as its longest text, and the last has what is left', () => {
  assert.deepEqual(
    show([['server-of-a-long-name-abc', 'awake', 'x']], 60)
      .slice(0, 2)
      .map(plainText),
    [
      'NAME                       STATE  WHAT                      ',
      'server-of-a-long-name-abc  awake  x                         ',
    ],
  )
})

test('where there is no room for all, the widest are cut, and say so', () => {
  const [, row = ''] = show([['short', 'awake', 'what is long '.repeat(20)]], 40).map(plainText)
  assert.match(row, /^short {2}awake {2}what is long .*…$/)
})

test('whatever is in a table, no column touches the next, and every row has the same width', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, text, text), { maxLength: 6 }),
      fc.integer({ min: 30, max: 120 }),
      (rows, columns) => {
        const [heads, ...lines] = show(rows, columns)
        const head = plainText(heads ?? { spans: [] })
        const starts = ['STATE', 'WHAT'].map((name) => head.indexOf(name))
        for (const line of [heads, ...lines.slice(0, rows.length)]) {
          if (!line) continue
          assert.equal(lineWidth(line), columns)
          const cells = line.spans.flatMap((span) =>
            cellsOf(span.text).flatMap(({ text, width }) => (width === 2 ? [text, ''] : [text])),
          )
          for (const start of starts) assert.deepEqual(cells.slice(start - 2, start), [' ', ' '])
        }
      },
    ),
  )
})

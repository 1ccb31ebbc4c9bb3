import assert from 'node:assert/strict'
import { test } from 'node:test'
import xterm from '@xterm/headless'
import fc from 'fast-check'
import { GROUNDS, type Line, ROLES } from '../text/lines.ts'
import { Grid } from './grid.ts'
import { Painter } from './painter.ts'
import { themeOf } from './theme.ts'

const COLUMNS = 24
const ROWS = 8
const OPTIONS = {
  theme: themeOf('dark', 256),
  encode: (text: string) => text,
  canScroll: true,
  synchronised: false,
}

const gridOf = (lines: readonly Line[]): Grid => {
  const grid = new Grid(COLUMNS, ROWS)
  for (let row = 0; row < ROWS; row++) grid.put(row, lines[row] ?? { spans: [] })
  return grid
}

/** What a terminal shows after these bytes: texts and colours of all cells. */
async function screenAfter(bytes: string): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, scrollback: 0 })
  await new Promise<void>((written) => terminal.write(bytes, written))
  const { active } = terminal.buffer
  const rows = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) => {
      const cell = active.getLine(row)?.getCell(column)
      return `${cell?.getChars() || ' '}${cell?.getFgColor()},${cell?.getBgColor()},${cell?.isBold()},${cell?.isUnderline()}`
    }).join('|'),
  )
  terminal.dispose()
  return rows
}

const spans = fc.array(
  fc.record({
    text: fc.string({ unit: fc.constantFrom('a', 'b', ' ', ' ', '漢', 'é', '─'), maxLength: 12 }),
    role: fc.constantFrom(...ROLES),
    ground: fc.constantFrom(...GROUNDS),
  }),
  { maxLength: 4 },
)
const picture = fc.array(fc.record({ spans }), { maxLength: ROWS })

test('painting changes gives the same screen as painting all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(picture, { minLength: 1, maxLength: 5 }), async (pictures) => {
      const painter = new Painter(COLUMNS, ROWS, OPTIONS)
      let bytes = painter.reset()
      for (const lines of pictures) bytes += painter.paint(gridOf(lines), { row: 1, column: 2 })
      const fresh = new Painter(COLUMNS, ROWS, OPTIONS)
      const last = pictures.at(-1) ?? []
      const all = fresh.reset() + fresh.paint(gridOf(last), { row: 1, column: 2 })
      assert.deepEqual(await screenAfter(bytes), await screenAfter(all))
    }),
    { numRuns: 150 },
  )
})

test('lines that move up or down give the same screen, and few bytes', async () => {
  const lines = Array.from(
    { length: 30 },
    (_, i): Line => ({ spans: [{ text: `line number ${i}`, role: 'text' }] }),
  )
  for (const starts of [
    [0, 1, 2, 3, 5, 9],
    [9, 8, 6, 3],
  ]) {
    const painter = new Painter(COLUMNS, ROWS, OPTIONS)
    let bytes = painter.reset()
    let most = 0
    for (const [i, start] of starts.entries()) {
      const painted = painter.paint(gridOf(lines.slice(start, start + ROWS)), undefined)
      if (i > 0 && Math.abs(start - (starts[i - 1] as number)) === 1) most = Math.max(most, painted.length)
      bytes += painted
    }
    const last = starts.at(-1) as number
    const fresh = new Painter(COLUMNS, ROWS, OPTIONS)
    assert.deepEqual(
      await screenAfter(bytes),
      await screenAfter(fresh.reset() + fresh.paint(gridOf(lines.slice(last, last + ROWS)), undefined)),
    )
    assert.ok(most < 60, String(most))
  }
})

test('a picture that has not changed costs nothing', () => {
  const painter = new Painter(COLUMNS, ROWS, OPTIONS)
  const lines: Line[] = [{ spans: [{ text: 'same', role: 'text' }] }]
  painter.paint(gridOf(lines), { row: 0, column: 0 })
  assert.equal(painter.paint(gridOf(lines), { row: 0, column: 0 }), '')
})

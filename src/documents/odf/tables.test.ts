import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { all } from '../testing/all.ts'
import { readAndTold } from '../testing/told.ts'
import { odtOf } from './testing/odt.ts'
import { readOdt } from './text.ts'

const cell = (text: string, repeated = 1) =>
  `<table:table-cell table:number-columns-repeated="${repeated}"><text:p>${text}</text:p></table:table-cell>`
const row = (...cells: string[]) => `<table:table-row>${cells.join('')}</table:table-row>`
const table = (rows: string) => odtOf(`<table:table>${rows}</table:table>`)

describe('a row of a text of OpenDocument', () => {
  test('has all that its cells say, however often those before are repeated', async () => {
    const bytes = table(row(cell('', 100_000), cell('a', 1_000_000), cell('b'), cell('', 999), cell('c', 2)))
    const [block] = await all((await readOdt(bytes, { name: 'a.odt' })).blocks())
    assert.deepEqual(
      [...new Set(block?.cells)].filter((one) => one !== ''),
      ['a', 'b', 'c'],
    )
    assert.ok((block?.cells?.length ?? 0) < 300)
  })

  test('names the columns where it is among those that do', async () => {
    const bytes = table(
      `<table:table-header-rows>${row(cell('Name'), cell('Town'))}</table:table-header-rows>${row(cell('Ada'), cell('Paris', 2))}`,
    )
    assert.deepEqual(await readAndTold(readOdt, bytes), [
      'header: ["Name","Town"]',
      'row: ["Ada","Paris","Paris"]',
    ])
  })
})

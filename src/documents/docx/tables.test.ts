import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { all } from '../testing/all.ts'
import { readAndTold } from '../testing/told.ts'
import { readDocx } from './reader.ts'
import { cell, docxOf, p, row, table } from './testing/docx.ts'

const read = (...rows: string[]) => readAndTold(readDocx, docxOf(table(...rows)))
const spanning = (text: string, columns: number) => cell(p(text), `<w:gridSpan w:val="${columns}"/>`)

describe('a row of a Word document', () => {
  test('has all that its cells say, however many columns they claim to span', async () => {
    const wide = [100, 256, 100_000].map((columns) => spanning(`over ${columns}`, columns)).join('')
    const [block] = await all(
      (await readDocx(docxOf(table(row(wide + spanning('last', 9)))), { name: 'a.docx' })).blocks(),
    )
    assert.deepEqual(
      block?.cells?.filter((one) => one !== ''),
      ['over 100', 'over 256', 'over 100000', 'last'],
    )
    assert.ok((block?.cells?.length ?? 0) < 300)
  })

  test('has more cells than 256 where each says something', async () => {
    const names = Array.from({ length: 400 }, (_, i) => `column ${i}`)
    const [block] = await all(
      (
        await readDocx(docxOf(table(row(names.map((name) => cell(p(name))).join('')))), { name: 'a.docx' })
      ).blocks(),
    )
    assert.deepEqual(block?.cells, names)
  })

  test('begins in the column that it says, and each cell is in its own', async () => {
    assert.deepEqual(
      await read(
        row(['a', 'b', 'c', 'd'].map((name) => cell(p(name))).join('')),
        row(cell(p('3')) + cell(p('4')), '<w:gridBefore w:val="2"/>'),
        row(spanning('1 and 2', 2) + cell(p('3')), '<w:gridAfter w:val="1"/>'),
      ),
      ['row: ["a","b","c","d"]', 'row: ["","","3","4"]', 'row: ["1 and 2","","3"]'],
    )
  })

  test('that goes on below keeps its column, and what is written there', async () => {
    const merged = (text: string, value: string) => cell(p(text), `<w:vMerge${value}/>`)
    assert.deepEqual(
      await read(
        row(merged('both', ' w:val="restart"') + cell(p('1'))),
        row(merged('', '') + cell(p('2')) + cell(p('3'))),
        row(merged('left over', ' w:val="continue"') + cell(p('4'))),
      ),
      ['row: ["both","1"]', 'row: ["","2","3"]', 'row: ["left over","4"]'],
    )
  })

  test('names the columns where the document says so', async () => {
    assert.deepEqual(
      await read(
        row(cell(p('Name')) + cell(p('Town')), '<w:tblHeader/>'),
        row(cell(p('Ada')) + cell(p('Paris')), '<w:tblHeader w:val="0"/>'),
      ),
      ['header: ["Name","Town"]', 'row: ["Ada","Paris"]'],
    )
  })

  test('has what a table within it says, once', async () => {
    assert.deepEqual(
      await read(row(cell(table(row(cell(p('a')) + cell(p('b')), '<w:tblHeader/>')) + p('')) + cell(p('c')))),
      ['row: ["a | b","c"]'],
    )
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCsv } from './csv.ts'
import { told } from './testing/blocks.ts'

const blocks = (text: string) => told(readCsv(text))

describe('a table', () => {
  for (const [what, delimiter] of Object.entries({ commas: ',', semicolons: ';', tabs: '\t', bars: '|' }))
    test(`is records below the names of its columns, with ${what} between`, () => {
      const text = [
        ['name', 'town'],
        ['Ada', 'London'],
        ['Blaise', 'Paris'],
      ]
        .map((row) => row.join(delimiter))
        .join('\r\n')
      assert.deepEqual(blocks(text), [
        ['name, town', 'name | town'],
        ['name, town', 'Ada | London'],
        ['name, town', 'Blaise | Paris'],
      ])
    })

  test('has records that go on over lines between quotes', () => {
    assert.deepEqual(blocks('name,note\nAda,"first\nsecond ""quoted""\nthird"\nBob,"x"'), [
      ['name, note', 'name | note'],
      ['name, note', 'Ada | first\nsecond "quoted"\nthird'],
      ['name, note', 'Bob | x'],
    ])
  })

  test('has no names where its first line has numbers', () => {
    assert.deepEqual(blocks('1,2\n3,4'), [
      ['', '1 | 2'],
      ['', '3 | 4'],
    ])
  })

  test('is read on where a quote means inches, or is never closed', () => {
    assert.deepEqual(blocks('item,size\npipe,5" long\nrod,7'), [
      ['item, size', 'item | size'],
      ['item, size', 'pipe | 5" long'],
      ['item, size', 'rod | 7'],
    ])
    const text = `item,size\nrod,"7\n${'pipe,3\n'.repeat(100_000)}`
    const all = blocks(text)
    assert.ok(all.length > 80_000, `${all.length} records`)
  })
})

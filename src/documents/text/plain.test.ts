import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPlain } from './plain.ts'
import { told } from './testing/blocks.ts'

test('a text is paragraphs, with blank lines between, however lines end', () => {
  for (const end of ['\n', '\r\n']) {
    const text = ['', 'one', 'two', '  ', '', 'three', ''].join(end)
    assert.deepEqual(told(readPlain(text)), [
      ['', `one${end}two`],
      ['', 'three'],
    ])
  }
  assert.deepEqual(told(readPlain('')), [])
})

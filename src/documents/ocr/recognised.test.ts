import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block, Document } from '../document.ts'
import { all } from '../testing/all.ts'
import { withRecognised } from './recognised.ts'

const picture = (part: number): Block => ({
  kind: 'remark',
  text: 'No text.',
  isPicture: true,
  place: { part },
})
const written: Block = { kind: 'paragraph', text: 'written', place: { part: 1 } }
const document: Document = {
  parts: { kind: 'page', count: 4 },
  async *blocks() {
    yield* [written, picture(2), picture(3), picture(4)]
  },
}

test('what was read of a page takes the place of the remark that it has no text, below one that says how', async () => {
  const { blocks, parts } = withRecognised(
    document,
    new Map([
      [1, 'no'],
      [2, 'one\n\ntwo'],
      [3, ''],
    ]),
  )
  assert.equal(parts?.count, 4)
  assert.deepEqual(await all(blocks()), [
    written,
    { kind: 'remark', text: 'Read from a picture by OCR, so it may have mistakes.', place: { part: 2 } },
    { kind: 'paragraph', text: 'one', isRecognised: true, place: { part: 2 } },
    { kind: 'paragraph', text: 'two', isRecognised: true, place: { part: 2 } },
    picture(4),
  ])
})

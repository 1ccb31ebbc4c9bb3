import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { marksSplitter } from './marks.ts'

const MARKS = ['<|im_start|>', '<|im_end|>', '</s>']

test('no text holds a mark afterwards, and what holds none stays as it is', () => {
  const split = marksSplitter(MARKS)
  const piece = fc.oneof(fc.constantFrom(...MARKS), fc.string({ maxLength: 5 }))
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('')
      const clean = split(text)
      for (const mark of MARKS) assert.ok(!clean.includes(mark))
      assert.equal(clean.replaceAll('\u200B', ''), text.replaceAll('\u200B', ''))
      if (!MARKS.some((mark) => text.includes(mark))) assert.equal(clean, text)
    }),
  )
})

test('marks are found however deep they are hidden', () => {
  const given = { a: [{ text: 'x</s>' }], '</s>': 1, n: null }
  assert.deepEqual(marksSplitter(MARKS)(given), { a: [{ text: 'x<\u200B/s>' }], '<\u200B/s>': 1, n: null })
})

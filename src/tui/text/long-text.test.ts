import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lastTop, linesOf } from './long-text.ts'

test('a text is cut into lines that are not long, and none of it is lost', () => {
  const part = fc.oneof(
    fc.constantFrom('\n', '\r\n', ' ', 'word', '漢'),
    fc.constantFrom('x'.repeat(700), 'some words '.repeat(90), '👍'.repeat(400)),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const text = parts.join('')
      const lines = linesOf(text)
      assert.equal(lines.join(''), text.replace(/\r?\n/g, ''))
      for (const line of lines) {
        assert.ok(line.length <= 500)
        assert.ok(line.isWellFormed())
      }
    }),
  )
  assert.deepEqual(linesOf('a\r\nb\n'), ['a', 'b', ''])
})

test('the end of a text fills what is seen, and a line that is higher than that is seen from its beginning', () => {
  assert.equal(
    lastTop(100, 10, () => 1),
    90,
  )
  assert.equal(
    lastTop(100, 10, () => 3),
    97,
  )
  assert.equal(
    lastTop(5, 10, () => 1),
    0,
  )
  assert.equal(
    lastTop(100, 10, () => 30),
    99,
  )
})

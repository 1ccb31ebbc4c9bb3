import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstLine } from './first-line.ts'

test('a text that begins with line breaks is shown by its first line that says something', () => {
  for (const [text, line] of [
    ['Reads a file.\nMore.', 'Reads a file.'],
    ['\n\n    Reads a file.\n    More.\n', 'Reads a file.'],
    ['\r\n\t\r\nReads a file.\r\nMore.', 'Reads a file.'],
    ['\u200B\n\uFEFF\u0007\n漢字\u2028rest', '漢字'],
    ['', ''],
    [' \n\t\n', ''],
  ] as const)
    assert.equal(firstLine(text), line)
})

test('whatever a text is, its first line is one line of it, and blank only where all of it is', () => {
  const pieces = fc.constantFrom('\n', '\r\n', ' ', '\t', '\u200B', 'a', 'é', '漢', '\u2029')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (all) => {
      const text = all.join('')
      const line = firstLine(text)
      assert.doesNotMatch(line, /[\n\r\u2028\u2029]/)
      assert.ok(text.includes(line))
      assert.equal(line === '', !/[aé漢]/u.test(text))
    }),
  )
})

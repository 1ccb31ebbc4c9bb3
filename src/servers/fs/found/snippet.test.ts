import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { snippetOf } from './snippet.ts'

const filler = 'nothing of interest stands here at all '.repeat(30)
const shownMatches = ({ text, matches }: ReturnType<typeof snippetOf>) =>
  matches.map(({ start, end }) => text.slice(start, end))

test('a snippet is around the words of the question, and says where they stand', () => {
  const snippet = snippetOf(
    `${filler}The lease of the flat ends in May. ${filler}`,
    { words: ['lease', 'end'], exact: [] },
    120,
  )
  assert.deepEqual(shownMatches(snippet), ['lease', 'ends'])
  assert.ok(snippet.text.startsWith('…') && snippet.text.endsWith('…'), snippet.text)
  assert.ok(snippet.text.length <= 120)
})

test('what stands there as it was written is shown before single words', () => {
  const content = `the error error error. ${filler} See E-1042 in the table.`
  const snippet = snippetOf(content, { words: ['error'], exact: ['e-1042'] }, 80)
  assert.deepEqual(shownMatches(snippet), ['E-1042'])
})

test('a short passage is shown whole, as one line, without invisible characters', () => {
  const { text, matches } = snippetOf('a\n\n b\u200b\u202e c\u001b[31m', { words: [], exact: [] }, 300)
  assert.equal(text, 'a b c')
  assert.deepEqual(matches, [])
})

test('forms of a word, accents and letters without spaces between are found', () => {
  assert.deepEqual(shownMatches(snippetOf('Rental contracts', { words: ['contract'], exact: [] }, 99)), [
    'contracts',
  ])
  assert.deepEqual(shownMatches(snippetOf('Das Café', { words: ['cafe'], exact: [] }, 99)), ['Café'])
  assert.deepEqual(shownMatches(snippetOf('東京都', { words: ['京'], exact: [] }, 99)), ['京'])
})

test('whatever a passage says, a snippet is short, whole characters and one line, and its matches lie in it in order', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc
      .array(fc.constantFrom('Lease', 'end', ' ', '\n', '😀', 'e-1', '…', 'ǆ', 'İ'), { maxLength: 400 })
      .map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, fc.integer({ min: 40, max: 200 }), (content, most) => {
      const snippet = snippetOf(content, { words: ['lease', 'end'], exact: ['e-1'] }, most)
      assert.ok(snippet.text.length <= most)
      assert.ok(snippet.text.isWellFormed())
      assert.doesNotMatch(snippet.text, /[\n\r\u2028]/)
      let last = 0
      for (const { start, end } of snippet.matches) {
        assert.ok(start >= last && end > start && end <= snippet.text.length)
        last = end
      }
    }),
  )
})

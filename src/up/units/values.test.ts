import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseTimeSpan, splitWords } from './values.ts'

test('reads time spans in milliseconds', () => {
  for (const [text, ms] of [
    ['100ms', 100],
    ['5', 5000],
    ['5s', 5000],
    ['1min 30s', 90_000],
    ['1.5h', 5_400_000],
    ['0', 0],
  ] as const)
    assert.equal(parseTimeSpan(text, 'here'), ms, text)
})

test('refuses what is no time span, and says where', () => {
  for (const text of ['', 'soon', '5 parsecs', '-1s', '5s!', 's'])
    assert.throws(() => parseTimeSpan(text, 'file:3'), /^UnitError: file:3: /, text)
})

test('divides words by white space, except within quotes', () => {
  assert.deepEqual(splitWords(`a  "b c" 'd "e"' f"g h"i "" x\\ y`, 'here'), [
    'a',
    'b c',
    'd "e"',
    'fg hi',
    '',
    'x y',
  ])
  assert.throws(() => splitWords('a "b', 'file:3'), /file:3: a quote is not closed/)
  assert.throws(() => splitWords('a\\', 'file:3'), /backslash/)
})

test('gives back any words that were quoted', () => {
  const quoted = (word: string) => `"${word.replace(/[\\"]/g, '\\$&')}"`
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      assert.deepEqual(splitWords(words.map(quoted).join(' '), 'here'), words)
    }),
  )
})

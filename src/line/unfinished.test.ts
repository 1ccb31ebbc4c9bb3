import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unfinishedWord } from './unfinished.ts'
import { parseLine } from './words.ts'

const seen = (text: string) => {
  const word = unfinishedWord(text)
  return word && { before: word.before, typed: word.typed, value: word.value }
}

const LINES: [text: string, before: string[], typed: string, value: string][] = [
  ['', [], '', ''],
  ['ca', [], 'ca', 'ca'],
  ['cat ', ['cat'], '', ''],
  ["cat 'b c", ['cat'], "'b c", 'b c'],
  ['cat "b c', ['cat'], '"b c', 'b c'],
  ['cat b\\ c', ['cat'], 'b\\ c', 'b c'],
  ["cat 'a b'/c", ['cat'], "'a b'/c", 'a b/c'],
  ["cat 'a b' c", ['cat', 'a b'], 'c', 'c'],
  ['x {"a": 1} y', ['x', '{"a": 1}'], 'y', 'y'],
]
for (const [text, before, typed, value] of LINES)
  test(`the word at the end of ${JSON.stringify(text)} is found`, () =>
    assert.deepEqual(seen(text), { before, typed, value }))

for (const text of ['ls | gr', 'ls > fi', 'ls >', 'ls &', 'ls & x'])
  test(`there is no word of a command at the end of ${JSON.stringify(text)}`, () =>
    assert.equal(unfinishedWord(text), undefined))

test('a value is written so that it is read as it was, in the quotes that were opened', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(20), fc.constantFrom('', "'", '"'), (value, length, quote) => {
      fc.pre(value !== '')
      const begun = unfinishedWord(`cat ${quote}`)
      assert.ok(begun)
      const half = unfinishedWord(`cat ${begun.write(value.slice(0, length), false)}`)
      assert.ok(half)
      assert.deepEqual(half.before, ['cat'])
      assert.equal(half.value, value.slice(0, length))
      assert.deepEqual(parseLine(`cat ${half.write(value, true)}`).words, ['cat', value])
    }),
  )
})

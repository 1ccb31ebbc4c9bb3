import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Line, LineError, parseLine, quote } from './words.ts'

const LINES: [text: string, line: Partial<Line>][] = [
  ['', { words: [] }],
  ['ls /a  b', { words: ['ls', '/a', 'b'] }],
  [`cat 'a b' "c \\"d" e\\ f`, { words: ['cat', 'a b', 'c "d', 'e f'] }],
  ['mcp.fs.list ["/"]', { words: ['mcp.fs.list', '["/"]'] }],
  ['x {"a": "}]", "b": [1, {"c": 2}]} y', { words: ['x', '{"a": "}]", "b": [1, {"c": 2}]}', 'y'] }],
  ['ls | grep "a | b" | wc -l', { words: ['ls'], pipe: 'grep "a | b" | wc -l' }],
  ['cat a > out.txt', { words: ['cat', 'a'], file: { path: 'out.txt', append: false } }],
  ['cat a >> "o t"', { words: ['cat', 'a'], file: { path: 'o t', append: true } }],
  ['slow &', { words: ['slow'], background: true }],
  ['ls | wc &', { words: ['ls'], pipe: 'wc', background: true }],
  ["a''b ''", { words: ['ab', ''] }],
  ['# a comment | x', { words: [] }],
  ['ls a#b', { words: ['ls', 'a#b'] }],
  ['x [1]{"a":2}', { words: ['x', '[1]', '{"a":2}'] }],
  ['ls | a && b', { words: ['ls'], pipe: 'a && b' }],
]
for (const [text, line] of LINES)
  test(`${JSON.stringify(text)} is read`, () =>
    assert.deepEqual(parseLine(text), { background: false, ...line }))

for (const text of [
  "cat 'a",
  'cat "a',
  'a \\',
  'x [1, 2',
  'x {"a": ]',
  'ls |',
  'ls >',
  'ls > a > b',
  'ls > a | wc',
  'x [}',
  '& ls',
  '| wc',
  '> x',
])
  test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseLine(text), LineError))

test('any text is read or refused, and quoted words are read as they were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseLine(text)
      } catch (error) {
        assert.ok(error instanceof LineError)
      }
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
      assert.deepEqual(parseLine(words.map(quote).join(' ')).words, words)
    }),
  )
})

test('JSON is read as it was, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())), (value) => {
      const text = JSON.stringify(value)
      assert.deepEqual(parseLine(`x ${text} y`).words, ['x', text, 'y'])
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { speakable } from './speakable.ts'

for (const [text, spoken] of [
  ['It rains. Take a coat. There is more.', 'It rains. Take a coat.'],
  ['**Yes**, at `9:30`.', 'Yes, at 9:30.'],
  ['# Plan\n\n- buy milk\n- buy eggs\n', 'Plan buy milk buy eggs'],
  ['See [the page](https://example.org/a) or https://example.org/b now.', 'See the page or now.'],
  ['Use this:\n```js\nlet a = 1.5\n```\nIt works.', 'Use this: It works.'],
  ['It costs 3.50 euros! Really?', 'It costs 3.50 euros! Really?'],
  ['', ''],
] as const)
  test(`${JSON.stringify(text)} is spoken as ${JSON.stringify(spoken)}`, () =>
    assert.equal(speakable(text), spoken))

test('whatever the text, it is short, one line, and has no marks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      const spoken = speakable(text)
      assert.ok(spoken.length <= 400)
      assert.doesNotMatch(spoken, /[\n*_`~|]/)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { blocksOf, EMPTY_FLOW, type Flow, grow } from './flow.ts'

const grown = (pieces: readonly string[]): Flow => pieces.reduce(grow, EMPTY_FLOW)
const shown = (flow: Flow) => blocksOf(flow).map(({ text, language }) => ({ text: text.trimEnd(), language }))

test('paragraphs and code become blocks as soon as they are whole', () => {
  const flow = grown(['One.\n\nTwo\n', '```js\nconst', ' a\n\nb\n```\nThree'])
  assert.deepEqual(shown(flow), [
    { text: 'One.', language: undefined },
    { text: 'Two', language: undefined },
    { text: 'const a\n\nb', language: 'js' },
    { text: 'Three', language: undefined },
  ])
})

test('however a text is cut on its way, the same is shown', () => {
  const parts = fc.constantFrom(
    'word ',
    '\n',
    '\n\n',
    '```',
    '```\n',
    '~~~~\n',
    '- item\n',
    '1. x\n',
    '  ',
    '`',
    'é漢',
  )
  fc.assert(
    fc.property(
      fc.array(parts, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 }),
      (all, cuts) => {
        const text = all.join('')
        const pieces: string[] = []
        let at = 0
        for (const cut of cuts) {
          pieces.push(text.slice(at, at + cut))
          at += cut
        }
        pieces.push(text.slice(at))
        assert.deepEqual(shown(grown(pieces)), shown(grown([text])))
      },
    ),
  )
})

test('a block that never ends is cut at lines, and a line that never ends is cut too', () => {
  const lines = grown(['```\n', ...Array.from({ length: 3000 }, (_, i) => `line ${i}\n`)])
  assert.ok(lines.tail.text.length < 5000)
  assert.ok(lines.blocks.slice(1).every(({ joins, language }) => joins && language === ''))
  assert.ok(grown(['x'.repeat(100_000)]).tail.text.length <= 16_000)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Block, blocksOf, EMPTY_FLOW, type Flow, grow, latestBlocks, sourceOf } from './flow.ts'

const grown = (pieces: readonly string[]): Flow => pieces.reduce(grow, EMPTY_FLOW)
const all = (flow: Flow): Block[] => [...flow.pages.flatMap(blocksOf), ...latestBlocks(flow)]
const shown = (flow: Flow) => all(flow).map(({ text, language }) => ({ text: text.trimEnd(), language }))

test('paragraphs and code become blocks as soon as they are whole', () => {
  const flow = grown(['One.\n\nTwo\n', '```js\nconst', ' a\n\nb\n```\nThree'])
  assert.deepEqual(shown(flow), [
    { text: 'One.', language: undefined },
    { text: 'Two', language: undefined },
    { text: 'const a\n\nb', language: 'js' },
    { text: 'Three', language: undefined },
  ])
})

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
const long = fc.constantFrom(
  'word '.repeat(900),
  'x'.repeat(17_000),
  'line\n'.repeat(1000),
  'p\n\n'.repeat(3000),
)

function cutAt(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return [...pieces, text.slice(at)]
}

test('however a text is cut on its way, the same is shown', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 })
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), lengths, (all, cuts) => {
      const text = all.join('')
      assert.deepEqual(shown(grown(cutAt(text, cuts))), shown(grown([text])))
    }),
  )
})

test('a long text becomes pages on its way; it stays whole, and the same is shown', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, long), { maxLength: 30 }), lengths, (all, cuts) => {
      const text = all.join('')
      const flow = grown(cutAt(text, cuts))
      assert.equal(sourceOf(flow), text)
      assert.deepEqual(shown(flow), shown(grown([text])))
      assert.ok(flow.settled.length + flow.tail.text.length < 24_000)
    }),
  )
})

test('a block that never ends is cut at lines, and a line that never ends is cut too', () => {
  const lines = grown(['```\n', ...Array.from({ length: 3000 }, (_, i) => `line ${i}\n`)])
  assert.ok(lines.tail.text.length < 5000)
  assert.ok(
    all(lines)
      .slice(1)
      .every(({ joins, language }) => joins && language === ''),
  )
  assert.ok(grown(['x'.repeat(100_000)]).tail.text.length <= 16_000)
})

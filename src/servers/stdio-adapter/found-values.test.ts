import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FoundValues } from './found-values.ts'

const message = fc.record({ jsonrpc: fc.constant('2.0'), id: fc.integer(), result: fc.jsonValue() })
const indents = fc.constantFrom(0, 1, 2, '\t')

test('whatever prints it, in one line or in several, is found again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(message, indents), { minLength: 1, maxLength: 5 }),
      fc.string(),
      (all, between) => {
        const found = new FoundValues()
        const words = between.replace(/["{]/g, '')
        const lines = all
          .map(([value, indent]) => JSON.stringify(value, undefined, indent))
          .join(words)
          .split('\n')
        const texts = lines.flatMap((line) => found.add(line)).map(({ text }) => JSON.parse(text))
        assert.deepEqual(
          texts,
          all.map(([value]) => JSON.parse(JSON.stringify(value))),
        )
        assert.equal(found.isOpen, false)
      },
    ),
  )
})

test('a text that does not end with its line ends what has begun', () => {
  const found = new FoundValues()
  assert.deepEqual(found.add('{'), [])
  assert.deepEqual(found.add('  "a": "b'), [{ text: '{\n  "a": "b', isWhole: false, isBehindWords: false }])
  assert.equal(found.isOpen, false)
})

test('words of any kind are passed over, and take time that grows with their length alone', () => {
  const found = new FoundValues()
  assert.deepEqual(found.add(`loading ${'{"id": '.repeat(10)}`).length, 0)
  found.giveUp()
  for (const words of ['"\\'.repeat(500_000), '\ufeff '.repeat(200_000), '}]'.repeat(500_000)])
    assert.deepEqual(found.add(words), [])
})

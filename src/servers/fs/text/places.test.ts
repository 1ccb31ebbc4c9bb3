import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { charactersOf, placesOf, type Sequence } from './places.ts'

/** Counts how often an item is looked at. */
function counted(text: string) {
  const sequence = {
    looks: 0,
    length: text.length,
    at: (index: number) => {
      sequence.looks++
      return text.charCodeAt(index)
    },
  }
  return sequence satisfies Sequence<number>
}

test('a passage is found wherever it begins', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 })
  const passage = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(text, passage, (text, passage) => {
      const places = [...text].flatMap((_, index) => (text.startsWith(passage, index) ? [index] : []))
      assert.deepEqual(placesOf(charactersOf(text), charactersOf(passage), 1000), places)
    }),
  )
})

for (const [what, text, passage] of [
  ['at its end', 'a'.repeat(20_000), `${'a'.repeat(9999)}b`],
  ['at its start', 'a'.repeat(20_000), `b${'a'.repeat(9999)}`],
  ['in its middle', 'a'.repeat(20_000), `${'a'.repeat(5000)}b${'a'.repeat(5000)}`],
  ['nowhere', 'ab'.repeat(10_000), 'ab'.repeat(5000)],
] as const)
  test(`a passage that differs ${what} is looked for in linear work`, () => {
    const [in_, of] = [counted(text), counted(passage)]
    placesOf(in_, of, 1000)
    assert.ok(in_.looks + of.looks < 6 * (text.length + passage.length), `${in_.looks + of.looks} looks`)
  })

test('the search ends with as many places as are wanted', () => {
  const text = counted('a'.repeat(10_000))
  assert.equal(placesOf(text, charactersOf('a'), 3).length, 3)
  assert.ok(text.looks < 10)
})

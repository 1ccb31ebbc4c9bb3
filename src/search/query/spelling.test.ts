import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distance, nearestTerm } from './spelling.ts'
import { stem } from './words.ts'

const vocabulary = (words: readonly string[]) => {
  const terms = new Map(words.map((word, i) => [stem(word), words.length - i]))
  return {
    frequencies: (some: readonly string[]) =>
      new Map(some.flatMap((term) => (terms.has(term) ? [[term, terms.get(term) ?? 0] as const] : []))),
    beginningWith: (beginning: string, count: number) =>
      [...terms]
        .filter(([term]) => term.startsWith(beginning))
        .slice(0, count)
        .map(([term, frequency]) => ({ term, frequency })),
  }
}
const known = vocabulary([
  'boiler',
  'photographs',
  'train',
  'guitar',
  'winter',
  'replace',
  'квартира',
  'trail',
])

for (const [typed, meant] of [
  ['boiller', 'boiler'],
  ['trian', 'train'],
  ['wintr', 'winter'],
  ['guittar', 'guitar'],
  ['photografs', 'photographs'],
  ['квартитра', 'квартира'],
] as const)
  test(`${typed} was meant to be ${meant}`, () => assert.equal(nearestTerm(typed, known)?.term, stem(meant)))

test('of two that are as near the one that is in more texts is meant', () => {
  assert.equal(nearestTerm('trais', vocabulary(['trail', 'train']))?.term, 'trail')
  assert.equal(nearestTerm('trais', vocabulary(['train', 'trail']))?.term, 'train')
})

test('what is short, far off, or has digits was meant as it is', () => {
  for (const typed of ['trn', 'elephant', 'e4711', '東京', 'a'.repeat(2000), ''])
    assert.equal(nearestTerm(typed, known), undefined)
})

test('a word whose stem is short is near to too many others', () => {
  for (const typed of ['viking', 'roses'])
    assert.equal(nearestTerm(typed, vocabulary(['like', 'rows', 'boss'])), undefined)
})

test('the distance is how many letters were changed at most, and the same both ways', () => {
  assert.equal(distance('photograf', 'photograph'), 2)
  const word = fc.stringMatching(/^[a-z]{0,12}$/)
  fc.assert(
    fc.property(word, word, (one, other) => {
      assert.equal(distance(one, other), distance(other, one))
      assert.ok(distance(one, other) <= Math.max(one.length, other.length))
      assert.equal(distance(one, other) === 0, one === other)
    }),
  )
})

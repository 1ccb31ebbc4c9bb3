import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { SearchedTexts } from '../testing/searched-texts.ts'
import { matchFor, matchForAll } from './match.ts'
import { readQuestion } from './question.ts'
import { stem } from './words.ts'

let texts: SearchedTexts
before(async () => {
  texts = await SearchedTexts.of([
    { path: '/near.txt', text: 'The near OR far NOT here' },
    { path: '/code.txt', text: 'The printer shows E-4711 today.' },
  ])
})
after(() => texts.close())
const found = (question: string) => {
  const { words, exact } = readQuestion(question)
  const match = matchFor({ terms: words.map(stem), exact })
  return match === undefined ? [] : texts.library.withWords(match, {}, 10)
}

test('words that are operators of FTS5 are words', () => {
  for (const question of [
    'NOT',
    'OR',
    'NEAR',
    'near NOT far',
    'NEAR(near far, 2)',
    'text : near',
    '^near',
    'far*',
  ])
    assert.equal(found(question).length > 0, true, question)
  assert.deepEqual(found('AND'), [])
})

test('words that are asked for together are found where a text has all of them', () => {
  const together = (...words: string[]) => texts.library.withWords(matchForAll(words) ?? '""', {}, 10).length
  assert.equal(together('near', 'not'), 1)
  assert.equal(together('near', 'printer'), 0)
})

test('forms of a word find each other', () => {
  assert.equal(found('printers showing').length, 1)
})

test('an identifier is found with its parts joined in another way', () => {
  for (const question of ['E-4711', 'e4711', 'E_4711']) assert.equal(found(question).length, 1, question)
})

test('no question whatever is an error of FTS5', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (question) => void found(question)),
    {
      examples: [
        ['"'],
        ['""""'],
        ['" OR 1'],
        ['col:"x'],
        ['{a b}: c'],
        ['\0"\0'],
        ['\ud800*'],
        ['(((('],
        ['+ - ^ *'],
      ],
    },
  )
})

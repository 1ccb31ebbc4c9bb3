import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, type Candidate, rank } from './rank.ts'
import { stem } from './words.ts'

const weights = {
  words: 0.4,
  crowding: 0.5,
  usualCrowding: 0.5,
  brevity: 0,
  close: 0.4,
  isParticular: true,
  threshold: 0.4,
  presentWords: 0.1,
  manyTexts: 0.01,
  absentName: 0.1,
  absentExact: 0.2,
}
const asked = (words: Readonly<Record<string, number>>, more: Partial<Asked> = {}): Asked => ({
  words: Object.entries(words).map(([word, weight]) => ({
    word,
    term: stem(word),
    weight,
    counts: weight,
    isSmall: word === 'the',
  })),
  exact: [],
  absentNames: 0,
  absentExact: 0,
  presentWords: 0,
  texts: 50,
  ...more,
})
const candidates = (texts: readonly (readonly [text: string, meaning?: number])[]): Candidate[] =>
  texts.map(([text, meaning], piece) => ({ piece, text, meaning }))
const order = (question: Asked, texts: readonly (readonly [string, number?])[]) =>
  rank(question, candidates(texts), weights).map(({ piece }) => piece)

test('a rare word counts more than a common one', () => {
  assert.deepEqual(
    order(asked({ pump: 0.9, house: 0.2 }), [
      ['a house', 0.5],
      ['a pump', 0.5],
    ]),
    [1, 0],
  )
})

test('a text that has more of the question comes before one that has less', () => {
  const texts = [
    ['pump', 0.5],
    ['pump and boiler', 0.5],
  ] as const
  assert.deepEqual(order(asked({ pump: 0.5, boiler: 0.5 }), texts), [1, 0])
})

test('what must stand there beats any meaning and all other words', () => {
  const question = asked({ printer: 0.9, code: 0.9, e: 0.9, '4711': 0.9 }, { exact: ['e-4711'] })
  assert.deepEqual(
    order(question, [
      ['printer code E 47 11', 0.99],
      ['E-4711', 0],
    ]),
    [1, 0],
  )
})

test('of several identifiers a text that has more comes before one that has fewer', () => {
  const question = asked({ a1: 1, b2: 1 }, { exact: ['a1', 'b2'] })
  assert.deepEqual(
    order(question, [
      ['a1', 0.9],
      ['a1 b2', 0.1],
    ]),
    [1, 0],
  )
})

test('below the threshold nothing is found', () => {
  assert.deepEqual(order(asked({ pump: 1 }), [['something else', 0.39]]), [])
  assert.deepEqual(order(asked({ pump: 1 }), [['something else', 0.4]]), [0])
})

test('once something is found, what is hardly worse is shown after it', () => {
  assert.deepEqual(
    order(asked({ pump: 1 }), [
      ['one', 0.35],
      ['two', 0.45],
      ['three', 0.1],
    ]),
    [1, 0],
  )
})

test('what is far worse than the best is not shown, however low the threshold', () => {
  const low = { ...weights, threshold: 0.1, close: 0.1 }
  const found = rank(
    asked({ pump: 1 }),
    candidates([
      ['one', 0.5],
      ['two', 0.26],
      ['three', 0.24],
    ]),
    low,
  )
  assert.deepEqual(
    found.map(({ piece }) => piece),
    [0, 1],
  )
})

test('meaning is named where it is close enough, or is all there is; small words are not', () => {
  const question = asked({ the: 0.1, pump: 0.9 })
  const found = rank(
    question,
    candidates([
      ['the pump', 0.4],
      ['the pumps', 0.3],
      ['the other', 0.398],
    ]),
    weights,
  )
  assert.deepEqual(
    found.map(({ meaning, words }) => [meaning, words]),
    [
      [0.4, ['pump']],
      [undefined, ['pumps']],
      [0.398, []],
    ],
  )
})

test('a name or an identifier that is in no text asks for more', () => {
  const texts = [['something', 0.45]] as const
  assert.deepEqual(order(asked({ brazil: 1 }), texts), [0])
  assert.deepEqual(order(asked({ brazil: 1 }, { absentNames: 1 }), texts), [])
  assert.deepEqual(order(asked({ e: 1 }, { absentExact: 1 }), texts), [])
})

test('less is asked for where texts have the words of the question, more where there are many texts', () => {
  const texts = [['something', 0.35]] as const
  assert.deepEqual(order(asked({ pump: 1 }), texts), [])
  assert.deepEqual(order(asked({ pump: 1 }, { presentWords: 1 }), texts), [0])
  assert.deepEqual(order(asked({ pump: 1 }, { presentWords: 1, texts: 50_000 }), texts), [])
})

test('whether something answers is judged by what is particular about a question, and the order is not', () => {
  const candidate = { piece: 0, text: 'one', meaning: 0.5, particular: 0.3 }
  const other = { piece: 1, text: 'other', meaning: 0.4, particular: 0.39 }
  assert.deepEqual(rank(asked({ pump: 1 }), [candidate, other], weights), [])
  assert.deepEqual(
    rank(asked({ pump: 1 }), [candidate, { ...other, particular: 0.41 }], weights).map(({ piece }) => piece),
    [0, 1],
  )
})

test('of two that are as close, the one comes first that says enough, and a bare title answers nothing', () => {
  const brief = { ...weights, brevity: 0.04 }
  const long =
    'The lessons cost 38 euros for 45 minutes, and those that are cancelled on the same day are charged in full.'
  const both = candidates([
    ['Prices', 0.5],
    [long, 0.45],
  ])
  assert.deepEqual(
    rank(asked({ pump: 1 }), both, brief).map(({ piece }) => piece),
    [1, 0],
  )
  assert.deepEqual(rank(asked({ pump: 1 }), both.slice(0, 1), brief), [])
})

test('of two that are as close, the one comes first that is close to fewer others', () => {
  const one = { piece: 0, text: 'one', meaning: 0.5, crowding: 0.8 }
  const other = { piece: 1, text: 'other', meaning: 0.5, crowding: 0.6 }
  assert.deepEqual(
    rank(asked({ pump: 1 }), [one, other], weights).map(({ piece }) => piece),
    [1, 0],
  )
})

test('one word of many says less for a text than its share of them', () => {
  const question = asked({ pump: 1, boiler: 1, engineer: 1, pressure: 1 })
  const texts = [
    ['a pump', 0.5],
    ['another', 0.54],
  ] as const
  assert.deepEqual(order(question, texts), [1, 0])
})

test('half of the words make a hit where no meaning is known', () => {
  assert.deepEqual(order(asked({ pump: 1, boiler: 1 }), [['pump'], ['neither']]), [0])
})

test('a question without a word that counts does not divide by nothing', () => {
  const [hit] = rank(asked({}), candidates([['one', 0.9]]), weights)
  assert.equal(hit?.score, 0.9)
})

test('equals keep the order of their numbers', () => {
  assert.deepEqual(
    order(asked({ x: 1 }), [
      ['x', 0.5],
      ['x', 0.5],
      ['x', 0.5],
    ]),
    [0, 1, 2],
  )
})

test('meaning counts only where a text is written in letters that the model knows', () => {
  const latin = { ...weights, letters: /\p{Script=Latin}/gu }
  const found = rank(
    asked({ pump: 1 }),
    candidates([
      ['東京タワー', 0.9],
      ['tower', 0.5],
      ['42', 0.5],
    ]),
    latin,
  )
  assert.deepEqual(
    found.map(({ piece }) => piece),
    [1, 2],
  )
})

test('the words of a hit are those of its text', () => {
  const [hit] = rank(
    asked({ replacing: 1, pump: 1 }),
    candidates([['He replaced a pump, and replaces more.']]),
    weights,
  )
  assert.deepEqual(hit?.words, ['replaced', 'pump'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutCopies } from './copies.ts'

const LETTER =
  'Dear Mrs Miller, we ordered forty chairs from you in spring, of which three came with a broken leg; please send others before the summer party.'
type Sample = readonly [text: string, found?: { words?: string[]; exact?: string[] }]
const hits = (texts: readonly Sample[]) =>
  texts.map(([text, { words = [], exact = [] } = {}], piece) => ({
    piece,
    text,
    words,
    exact,
    score: 1,
    evidence: 1,
    meaning: 1,
    coverage: 0,
  }))
const groups = (...given: readonly Sample[]) =>
  withoutCopies(hits(given), ({ text }) => ({ text, digest: text })).map(({ hit, copies }) =>
    [hit, ...copies].map(({ piece }) => piece),
  )

test('the same text is one hit, with all its places', () => {
  assert.deepEqual(groups(['short'], ['another'], ['short'], ['short']), [[0, 2, 3], [1]])
})

test('two versions of a letter are one hit', () => {
  assert.deepEqual(groups([LETTER], [LETTER.replace('forty', 'fifty')]), [[0, 1]])
})

test('what differs in more than a few words, or is short, is not the same', () => {
  assert.deepEqual(groups([LETTER], [LETTER.slice(0, 90)]), [[0], [1]])
  assert.deepEqual(groups(['pay 40 euros'], ['pay 50 euros']), [[0], [1]])
})

test('versions of which one has more of what was asked stay apart', () => {
  const fifty = LETTER.replace('forty', 'fifty')
  assert.deepEqual(groups([LETTER, { words: ['forty'] }], [fifty]), [[0], [1]])
  assert.deepEqual(groups([LETTER, { exact: ['forty chairs'] }], [fifty]), [[0], [1]])
})

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIBRARY_STEPS } from '../index/library.ts'
import { searchable, stem, termsOf, wordsOf } from './words.ts'

const cases: readonly [what: string, text: string, words: readonly string[]][] = [
  ['case and accents matter not', 'Ägypten, CAFÉ naïve Ёлка', ['agypten', 'cafe', 'naive', 'елка']],
  ['compatible letters are the same', 'ﬁle ２０２４ Ⅳ', ['file', '2024', 'iv']],
  [
    'names of programs are their parts, and themselves',
    'parseConfig HTTPServer',
    [...['parse', 'config', 'parseconfig'], ...['http', 'server', 'httpserver']],
  ],
  ['codes stay whole', 'QX7TRL B200 E-4711', ['qx7trl', 'b200', 'e', '4711']],
  [
    'underscores and dots part words',
    'worker_connections nginx.conf',
    ['worker', 'connections', 'nginx', 'conf'],
  ],
  ['each letter of a script without spaces is a word', '東京タワー', ['東', '京', 'タ', 'ワ', 'ー']],
  ['vowel signs stay in their words', 'हिन्दी', ['हिन्दी']],
  ['emoji and signs are none', '🎉 — !?', []],
]
for (const [what, text, words] of cases) test(`words: ${what}`, () => assert.deepEqual(wordsOf(text), words))

test('forms of a word have one stem', () => {
  for (const [one, other] of [
    ['replaced', 'replace'],
    ['batteries', 'battery'],
    ['heating', 'heated'],
    ['payments', 'pay'],
    ['Tomaten', 'Tomate'],
    ['contracts', 'contract'],
  ] as const)
    assert.equal(termsOf(one)[0], termsOf(other)[0])
})

test('what has a digit, or is short, is its own stem', () => {
  for (const word of ['4711e', 'e24', '0x80ed', 'is', 'bus', 'red']) assert.equal(stem(word), word)
})

test('the index of words cuts a text into the terms that a question is cut into', () => {
  const database = new DatabaseSync(':memory:')
  for (const step of LIBRARY_STEPS) database.exec(step)
  const add = database.prepare('INSERT INTO word (rowid, text) VALUES (1, ?)')
  const terms = database.prepare('SELECT term FROM vocabulary ORDER BY term')
  // Letters that Unicode got after the version that SQLite knows would part words for it.
  const letter = fc.constantFrom(...'aZéßİǅŉﬁ½²7_-.\'" \n€😀Ωяй\u0301שָكِهिन्त東ター')
  fc.assert(
    fc.property(fc.string({ unit: letter, maxLength: 40 }), (text) => {
      database.exec('BEGIN')
      add.run(searchable(text))
      const found = terms.all().map(({ term }) => term)
      database.exec('ROLLBACK')
      assert.deepEqual(found.toSorted(), [...new Set(termsOf(text))].toSorted())
    }),
    {
      numRuns: 300,
      examples: [
        ['Ünïcödé ñandú İstanbul ẞ ŉ ǅ'],
        ['हिन्दी كِتَاب שָׁלוֹם'],
        ['東京 タワー 2024年'],
        ['E-4711 parseConfig ½ ²'],
      ],
    },
  )
  database.close()
})

test('no text whatever makes it throw, and a term is never empty', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const term of termsOf(text)) assert.notEqual(term, '')
    }),
  )
})

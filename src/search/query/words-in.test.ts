import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stem, termsOf, wordsOf } from './words.ts'
import { wordsIn } from './words-in.ts'

/** By cutting all of the text. */
function cut(text: string, stems: readonly string[]): Map<string, string> {
  const words = wordsOf(text)
  const first = (one: string) => words.find((word) => stem(word) === one)
  return new Map(stems.flatMap((one) => (first(one) === undefined ? [] : [[one, first(one) as string]])))
}

test('a word is found whichever form of it the text has, and not within another', () => {
  assert.deepEqual(
    [...wordsIn('He REPLACED the pump.', ['replac', 'pump', 'ump'])],
    [
      ['replac', 'replaced'],
      ['pump', 'pump'],
    ],
  )
})

test('parts of names, accents and scripts without spaces are found', () => {
  const text = 'parseConfigFile in the Café, XMLParser, 東京タワー'
  const stems = termsOf('parse config parseConfigFile cafe 京 arser')
  assert.deepEqual([...wordsIn(text, stems).values()].toSorted(), [
    'cafe',
    'config',
    'file',
    'parse',
    'parseconfigfile',
    '京',
  ])
})

test('whatever the text, it has the words that are cut out of it', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'pump',
      'Pumps',
      'replacing',
      'fooBar',
      'XMLParser',
      'Straße',
      'Ärger',
      'İstanbul',
      'ﬁle',
      '½',
      'e\u0301té',
      '東京',
      ' ',
      '-',
      '.',
      '𝔸bc',
      '42',
      'ͅ',
      'Ά',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, texts, (text, asked) => {
      const stems = [...new Set([...termsOf(asked), ...termsOf(text).slice(0, 5)])]
      assert.deepEqual(new Map(wordsIn(text, stems)), cut(text, stems))
    }),
    { numRuns: 2000 },
  )
})

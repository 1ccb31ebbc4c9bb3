import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { textOfTsv } from './tsv.ts'

/** As Tesseract writes it: paragraphs of lines of words, all of them as sure. */
const tsv = (paragraphs: string[][], sure = 95) =>
  [
    'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext',
    ...paragraphs.flatMap((lines, p) => [
      `3\t1\t1\t${p + 1}\t0\t0\t0\t0\t10\t10\t-1\t`,
      ...lines.flatMap((line, l) =>
        line
          .split(' ')
          .map((word, w) => `5\t1\t1\t${p + 1}\t${l + 1}\t${w + 1}\t0\t0\t9\t9\t${sure}\t${word}`),
      ),
    ]),
    '',
  ].join('\n')

test('lines become paragraphs, with divided words put together', () => {
  assert.equal(
    textOfTsv(tsv([['The expan-', 'sion vessel.'], ['Second one.']])),
    'The expansion vessel.\n\nSecond one.',
  )
})

test('what goes on in the middle of a sentence is one paragraph', () => {
  assert.equal(
    textOfTsv(tsv([['Dear customer,'], ['the boiler'], ['Bill:'], ['paid']])),
    'Dear customer, the boiler\n\nBill:\n\npaid',
  )
})

test('words that are hardly sure are none, and where most are not sure there is no text', () => {
  const words = tsv([['kettle and violin']])
  assert.equal(textOfTsv(`${words}${tsv([['~|']], 12)}`), 'kettle and violin')
  assert.equal(textOfTsv(tsv([['kettle and violin']], 45)), '')
  assert.equal(textOfTsv(tsv([['a']])), '')
  assert.equal(textOfTsv(''), '')
})

test('whatever a program writes is a well-formed text without control characters', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('5', '99', '-1', 'NaN', '\ud800'),
  )
  fc.assert(
    fc.property(fc.array(fc.array(cell, { maxLength: 14 }), { maxLength: 20 }), (rows) => {
      const text = textOfTsv(rows.map((row) => row.join('\t')).join('\n'))
      assert.ok(text.isWellFormed())
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f]/)
    }),
  )
})

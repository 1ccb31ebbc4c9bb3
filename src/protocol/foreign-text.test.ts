import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExactly } from './exact-json.ts'
import { bounded, cleaned, cleanLine, cleanText } from './foreign-text.ts'

/** Texts in which what must go is as likely as what may stay. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '\x1b[31m',
        '\x1b]0;title\x07',
        '\x1b',
        '\x9b2J',
        '\x9d',
        '\x1bP',
        '\x07',
        '\x00',
        '\x7f',
        '\r',
        '\r\n',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u00ad',
        '\ufeff',
        '\u{e0041}',
        '\u3164',
        '\u2028',
        '\u061c',
        '\ud800',
        'a\n',
        '\t',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('nothing of a text steers a terminal, turns it around or hides in it', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const clean = cleanText(text)
      assert.doesNotMatch(clean, /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|\p{Cs}/u)
      assert.equal(cleanText(clean), clean)
      const line = cleanLine(text)
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\n]/u)
      assert.equal(cleanLine(line), line)
    }),
  )
})

test('a value of JSON is cleaned in all its depth, and keeps its shape', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const clean = cleaned(value)
      assert.deepEqual(cleaned(clean), clean)
      assert.equal(Array.isArray(clean), Array.isArray(value))
    }),
  )
  assert.deepEqual(cleaned({ 'a\x1b[1mb': ['\u202ex', { c: 'd\r\ne' }], f: null, g: 1 }), {
    ab: ['x', { c: 'd\ne' }],
    f: null,
    g: 1,
  })
})

test('a number that no double holds stays one', () => {
  const text = '{"n":[1234567890123456789]}'
  assert.equal(JSON.stringify(cleaned(parseExactly(text))), text)
})

test('words of all languages stay, and a sequence goes with its letters', () => {
  assert.equal(cleanText('Schöne Grüße, 你好, שלום, 🙂\n\tok'), 'Schöne Grüße, 你好, שלום, 🙂\n\tok')
  assert.equal(cleanText('a\x1b[1;31mred\x1b[0m b\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\'), 'ared blink')
  assert.equal(cleanLine('  two\n lines '), 'two lines')
})

test('a text beyond its bound says how much is left out', () => {
  assert.equal(bounded('abc', 3), 'abc')
  assert.equal(bounded('abcdef', 4), 'abcd… (2 more characters)')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellsOf, clip, widthOf } from './cells.ts'
import { fit, line, lineWidth, plainText, span, wrap } from './lines.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

test('nothing that steers a terminal is left in any text', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = cellsOf(text)
        .map((cell) => cell.text)
        .join('')
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u)
    }),
  )
  assert.equal(cellsOf('a\x1b[2Jb')[1]?.text, '\uFFFD')
})

test('widths are those of terminals', () => {
  for (const [text, width] of [
    ['abc', 3],
    ['漢字', 4],
    ['ｆｕｌｌ', 8],
    ['한글', 4],
    ['é', 1],
    ['e\u0301\u0302\u0303\u0304', 1],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['🇫🇷', 2],
    ['שלום', 4],
    ['\u200B\uFEFF\u{E0041}', 0],
  ] as const)
    assert.equal(widthOf(text), width, text)
})

test('a text is cut to any width, and never wider', () => {
  fc.assert(
    fc.property(anyText, fc.nat(30), (text, columns) => {
      assert.ok(widthOf(clip(text, columns)) <= columns)
    }),
  )
  assert.equal(clip('abcdef', 4), 'abc…')
  assert.equal(clip('漢字漢字', 4), '漢…')
})

test('a line is fitted to exactly the width, whatever it is made of', () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 5 }), fc.nat(40), (texts, columns) => {
      assert.equal(lineWidth(fit(line(...texts.map((text) => span(text))), columns)), columns)
    }),
  )
})

test('folding keeps every word, and no line is too wide', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 2, max: 30 }), (text, columns) => {
      const shown = cellsOf(text)
        .map((cell) => cell.text)
        .join('')
      const lines = wrap(line(text), columns)
      for (const one of lines) assert.ok(lineWidth(one) <= columns)
      const squeeze = (all: string) => all.replace(/ /g, '')
      const folded = lines
        .map((one) =>
          cellsOf(plainText(one))
            .map((cell) => cell.text)
            .join(''),
        )
        .join('')
      assert.equal(squeeze(folded), squeeze(shown))
    }),
  )
})

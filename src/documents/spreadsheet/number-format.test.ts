import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { addressOf, columnOf, MAX_COLUMNS, rowOf } from './address.ts'
import { durationOf, showNumberOf } from './number-format.ts'

const CUSTOM = 164
const shown = (code: string, value: number, is1904 = false) => showNumberOf(CUSTOM, code)(value, { is1904 })
const builtIn = (id: number, value: number) => showNumberOf(id, undefined)(value, { is1904: false })

describe('a number in a format', () => {
  const rows: [code: string, value: number, shown: string][] = [
    ['General', 45352, '45352'],
    ['General', 0.1 + 0.2, '0.3'],
    ['0.00', 2.345678, '2.345678'],
    ['#,##0', 1234567.5, '1234567.5'],
    ['0.00E+00', 12345, '12345'],
    ['# ?/?', 0.5, '0.5'],
    ['@', 7, '7'],
    ['00000', 1067, '01067'],
    ['000', -5, '-5'],
    ['0%', 0.07, '7%'],
    ['0.00%;[Red]-0.00%', -0.125, '-12.5%'],
    ['"USD" #,##0.00', 5, 'USD 5.00'],
    ['$#,##0.00_);[Red]($#,##0.00)', -5, '-$5.00'],
    ['#,##0.00\\ [$€-407]', 1234.567, '1234.57 €'],
    ['_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-', 3, '3.00 €'],
    ['[$¥-411]#,##0', 1000, '¥1000'],
    ['0" days"', 3, '3'],
    ['[Red]0;[Blue]-0', 3, '3'],
    ['yyyy-mm-dd', 45352, '2024-03-01'],
    ['dd.mm.yyyy', 45352.75, '2024-03-01'],
    ['[$-409]d-mmm-yy;@', 45352, '2024-03-01'],
    ['[$-F800]dddd, mmmm dd, yyyy', 45352, '2024-03-01'],
    ['mmm', 45352, '2024-03-01'],
    ['mmmm yyyy', 45352, '2024-03-01'],
    ['yyyy"年"m"月"d"日"', 45352, '2024-03-01'],
    ['dd/mm/yyyy hh:mm', 45352.5, '2024-03-01 12:00'],
    ['m/d/yy h:mm AM/PM', 45352.999_988_43, '2024-03-01 23:59:59'],
    ['h:mm AM/PM', 0.5, '12:00'],
    ['hh:mm:ss', 0.000_011_574, '00:00:01'],
    ['mm:ss.0', 0.01, '00:14:24'],
    ['[h]:mm', 1.25, '30:00'],
    ['[mm]:ss', 0.5, '12:00'],
    ['[hh]:mm:ss', -0.5, '-12:00'],
    ['yyyy-mm-dd', 1, '1900-01-01'],
    ['yyyy-mm-dd', 59, '1900-02-28'],
    ['yyyy-mm-dd', 61, '1900-03-01'],
    ['yyyy-mm-dd', -1, '-1'],
    ['yyyy-mm-dd', 2_958_465, '9999-12-31'],
    ['yyyy-mm-dd', 2_958_466, '2958466'],
    ['yyyy-mm-dd hh:mm', 1e300, '1e+300'],
    ['[h]', 1e300, '8.64e+304'],
  ]
  for (const [code, value, text] of rows)
    test(`${code} shows ${value} as ${text}`, () => assert.equal(shown(code, value), text))

  test('counts days from 1904 where the workbook does', () => {
    assert.equal(shown('yyyy-mm-dd', 0, true), '1904-01-01')
    assert.equal(shown('yyyy-mm-dd', 43_890, true), '2024-03-01')
  })

  test('that is known by its number alone is shown, too', () => {
    assert.equal(builtIn(14, 45352), '2024-03-01')
    assert.equal(builtIn(22, 45352.5), '2024-03-01 12:00')
    assert.equal(builtIn(46, 2), '48:00')
    assert.equal(builtIn(9, 0.5), '50%')
    assert.equal(builtIn(4, 0.5), '0.5')
    assert.equal(builtIn(31, 45352), '2024-03-01')
    assert.equal(builtIn(32, 0.25), '06:00')
  })

  test('is a date for each day there is, one after the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 61, max: 2_958_465 }), fc.boolean(), (day, is1904) => {
        const expected = new Date(Date.UTC(1899, 11, 30) + day * 86_400_000).toISOString().slice(0, 10)
        fc.pre(!is1904 || day >= 1462)
        assert.equal(shown('d.m.yy', is1904 ? day - 1462 : day, is1904), expected)
      }),
    )
  })

  test('is some text for any format and value', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.double(), (code, value) => {
        assert.notEqual(shown(code, Number.isFinite(value) ? value : 0), '')
      }),
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'y',
            'm',
            'd',
            'h',
            's',
            '[h]',
            '0',
            '.',
            '"',
            '\\',
            '[',
            '$',
            '€',
            '%',
            ';',
            '_',
            '*',
          ),
        ),
        fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
        (parts, value) => {
          assert.notEqual(shown(parts.join(''), value), '')
        },
      ),
    )
  })
})

test('a duration has hours, minutes, and seconds where there are some', () => {
  assert.deepEqual([0, 59, 3600, 93_784, -60].map(durationOf), [
    '00:00',
    '00:00:59',
    '01:00',
    '26:03:04',
    '-00:01',
  ])
})

test('addresses of cells are read as they are written', () => {
  assert.equal(addressOf(MAX_COLUMNS, 1_048_576), 'XFD1048576')
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: MAX_COLUMNS }),
      fc.integer({ min: 1, max: 9_999_999 }),
      (column, row) => {
        assert.equal(columnOf(addressOf(column, row)), column)
        assert.equal(rowOf(addressOf(column, row)), row)
      },
    ),
  )
  for (const none of ['', '7', 'A', 'XFE1', 'ZZZZZZ1', 'a1', '$A$1', '-1'])
    assert.equal(columnOf(none), 0, none)
})

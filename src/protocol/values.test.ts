import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, nestsDeeperThan, numberIn, wholeIn } from './values.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

test('nesting is measured as deep as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(8), (value, max) => {
      assert.equal(nestsDeeperThan(value, max), depthOf(value) > max)
    }),
  )
})

test('a value that contains itself is deeper than anything', () => {
  const loop: unknown[] = []
  loop.push(loop)
  assert.equal(nestsDeeperThan(loop, 1000), true)
})

test('canonical text is the same value, and the same text whatever the order of keys', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reversed(inner)]),
    )
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))
      assert.equal(canonicalJson(reversed(value)), canonicalJson(value))
    }),
  )
})

test('a text is a whole number in decimal digits alone, and within its bounds', () => {
  for (const text of [
    '',
    ' ',
    ' 1',
    '1 ',
    '0x10',
    '0b1',
    '1e3',
    '1.0',
    '+1',
    'NaN',
    'Infinity',
    '1_000',
    '١',
    '9007199254740992',
  ])
    assert.equal(wholeIn(text), undefined, text)
  assert.equal(wholeIn(undefined), undefined)
  assert.deepEqual(
    ['0', '007', '9007199254740991'].map((text) => wholeIn(text)),
    [0, 7, 2 ** 53 - 1],
  )
  assert.deepEqual(
    [wholeIn('-1'), wholeIn('-1', -1), wholeIn('4', 5), wholeIn('5', 5, 5), wholeIn('6', 5, 5)],
    [undefined, -1, undefined, 5, undefined],
  )
})

test('a text is a number where JSON would have it be one', () => {
  for (const text of ['', ' ', ' 1', '0x10', '.5', '1.', '01', '+1', 'NaN', 'Infinity', '1e999'])
    assert.equal(numberIn(text), undefined, text)
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
      assert.ok(numberIn(JSON.stringify(value)) === value + 0),
    ),
  )
})

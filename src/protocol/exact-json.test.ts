import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asDoubles, isExact, isInexact, parseExactly } from './exact-json.ts'

const again = (text: string) => JSON.stringify(parseExactly(text))

test('a number that no double holds is written as it came', () => {
  for (const number of [
    '1234567890123456789',
    '-9007199254740993',
    '0.1000000000000000055511151231257827',
    '123456789.123456789123456789',
    '1e400',
    '-1E-400',
    '18446744073709551615',
    '1e99999999999999999999',
  ])
    for (const [before, after] of [
      ['', ''],
      ['[', ']'],
      ['{"a":', '}'],
      ['[1, ', ',"b"]'],
      ['{"a":[[{"b":  ', '}]]}'],
    ])
      assert.equal(again(`${before}${number}${after}`), `${before}${number}${after}`.replaceAll(' ', ''))
})

test('such a number is found wherever in a text it stands', () => {
  for (const number of ['-12345678901234567', '0.12345678901234567', '1e400', '1.5E-999'])
    for (let before = 0; before < 64; before++) {
      const text = `["${'x'.repeat(before)}",${number},12]`
      assert.equal(again(text), text)
    }
})

test('a number that a double holds is an ordinary number, however it is written', () => {
  for (const number of [
    '9007199254740992',
    '0.30000000000000004',
    '1.0000000000000000000',
    '1e22',
    '100000000000000000000',
    '2.5e-100',
    '-0.0',
  ])
    assert.equal(parseExactly(`[${number}]`)?.[0 as never], Number(number))
})

test('digits in strings stay what they are', () => {
  for (const value of [
    'x, 1234567890123456789',
    '\\", 1234567890123456789',
    '"[1234567890123456789]"',
    ', 1.2.3.4.5.6.7.8.9.10.11',
    '\u2028:1e999',
  ])
    assert.deepEqual(parseExactly(JSON.stringify([value, { [value]: value }])), [value, { [value]: value }])
  const mixed = '{"a, 1234567890123456789":"\\\\",", 1234567890123456789":1234567890123456789}'
  assert.equal(again(mixed), mixed)
})

test('a key that is named __proto__ is a key like any other', () => {
  const text = '{"__proto__":1234567890123456789,"a":{"__proto__":[1e999]}}'
  assert.equal(again(text), text)
})

test('what is no JSON is refused in the words of JSON.parse', () => {
  for (const text of [
    '[01234567890123456789]',
    '[1234567890123456789',
    '{"a":1234567890123456789x}',
    '[1e999.5]',
  ])
    assert.throws(() => parseExactly(text), SyntaxError)
})

test('every JSON is read as JSON.parse reads it, but for numbers that it would change', () => {
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
    fc
      .tuple(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.bigInt({ min: 0n, max: 10n ** 25n }),
        fc.integer({ min: -500, max: 500 }),
      )
      .map(([whole, fraction, power]) => `${whole}.${fraction}e${power}`),
  )
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.json({ maxDepth: 0 }),
      fc
        .string({ unit: fc.constantFrom('"', '\\', ',', ':', '[', ' ', '1234567890123456789', '1e999', '{') })
        .map((s) => JSON.stringify(s)),
      fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
      fc
        .array(fc.tuple(fc.string(), tie('json')), { maxLength: 4 })
        .map(
          (entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(',')}}`,
        ),
    ),
  }))
  fc.assert(
    fc.property(json, (text) => {
      const numbers: string[] = []
      JSON.parse(text, (_, value, context?: { source?: string }) => {
        if (typeof value === 'number') numbers.push(context?.source as string)
        return value
      })
      const read = parseExactly(text)
      assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(text))
      const kept: string[] = []
      collect(read, kept)
      assert.deepEqual(kept.sort(), numbers.filter((source) => !isExact(source)).sort())
    }),
    { numRuns: 500 },
  )
})

function collect(value: unknown, kept: string[]): void {
  if (isInexact(value)) kept.push(value.rawJSON)
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) collect(inner, kept)
}

test('numbers are made doubles wherever they stand, however deep, under any name', () => {
  const long = '1234567890123456789'
  const value = parseExactly(`{"b":[{"n":${long}}],"__proto__":{"n":${long}},"a":${long}}`)
  const doubles = asDoubles(value) as object
  assert.deepEqual(Object.keys(doubles), ['b', '__proto__', 'a'])
  assert.equal(JSON.stringify(doubles), JSON.stringify(JSON.parse(JSON.stringify(value))))
  assert.equal(Object.getPrototypeOf(doubles), Object.prototype)
  let deep: unknown = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]
  assert.ok(Array.isArray(asDoubles(deep)))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { has } from './code-points.ts'
import { Languages, type State } from './languages.ts'
import { type NumberRules, numbers, plain } from './numbers.ts'

function accepts(states: readonly State[] | undefined, text: string): boolean {
  let state = states?.[0]
  for (const character of text) {
    const to = state?.next.find(({ ranges }) => has(ranges, character.charCodeAt(0)))?.to
    state = to === undefined ? undefined : states?.[to]
  }
  return state?.accepts === true
}

const keeps = (
  value: number,
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum }: NumberRules,
): boolean =>
  value >= (minimum ?? -Infinity) &&
  value <= (maximum ?? Infinity) &&
  value > (exclusiveMinimum ?? -Infinity) &&
  value < (exclusiveMaximum ?? Infinity)

const hundredths = fc.integer({ min: -30_000, max: 30_000 }).map((n) => n / 100)
const rules = (bound: fc.Arbitrary<number>) =>
  fc.record(
    { minimum: bound, maximum: bound, exclusiveMinimum: bound, exclusiveMaximum: bound },
    { requiredKeys: [] },
  )

test('whole numbers are within their bounds, and all that are can be written', () => {
  fc.assert(
    fc.property(rules(hundredths), (given) => {
      const languages = new Languages()
      const states = languages.automaton(numbers(languages, given, true).language)
      for (const n of [
        -1000, -301, -300, -299, -10, -9, -1, 0, 1, 2, 9, 10, 11, 99, 100, 101, 299, 300, 301, 12345,
      ])
        assert.equal(accepts(states, String(n)), keeps(n, given), `${n}`)
      for (const text of ['', '-', '01', '1.5', '-0', '00']) assert.equal(accepts(states, text), false, text)
    }),
    { numRuns: 300 },
  )
})

test('decimal numbers are within their bounds, and all that are can be written', () => {
  fc.assert(
    fc.property(
      rules(hundredths),
      fc.array(hundredths, { minLength: 30, maxLength: 30 }),
      (given, values) => {
        const languages = new Languages()
        const states = languages.automaton(numbers(languages, given, false).language)
        const near = Object.values(given).flatMap((bound) => [bound - 0.01, bound, bound + 0.01])
        for (const n of [...values, ...near].map((value) => Math.round(value * 100) / 100)) {
          if (Object.is(n, -0) || n === 0) continue
          assert.equal(accepts(states, String(n)), keeps(n, given), `${n}`)
          if (!Number.isInteger(n)) assert.equal(accepts(states, `${n}0`), keeps(n, given), `${n}0`)
        }
        for (const text of ['', '-', '01', '1.', '.5', '1e3'])
          assert.equal(accepts(states, text), false, text)
      },
    ),
    { numRuns: 300 },
  )
})

for (const [given, isWhole, fit, others] of [
  [{ multipleOf: 5, minimum: 1, maximum: 20 }, true, ['5', '20'], ['0', '1', '25']],
  [{ multipleOf: 0.01, minimum: 0 }, false, ['0', '12.5', '12.34'], ['12.345', '-1']],
  [{ multipleOf: 0.5, minimum: -1 }, true, ['-1', '7'], ['0.5', '-2']],
  [{ minimum: 0, maximum: 1 }, false, ['0', '0.5', '1', '1.0'], ['1.01', '-0.1', '2']],
  [{ exclusiveMinimum: 0 }, true, ['1', '123456789012345'], ['0', '-1']],
  [{ minimum: 1e16 }, true, ['10000000000000000'], ['5', '9999999999999999']],
  [{ maximum: 2 ** 53 }, true, ['-7', '9007199254740992'], ['9007199254740993']],
  [{ minimum: 1e-7, maximum: 1e-6 }, false, ['0.0000005'], ['0', '0.00001']],
  [{ exclusiveMaximum: 0 }, false, ['-0.5', '-7'], ['0', '-0', '-0.0', '1']],
  [{ maximum: 0 }, false, ['0', '-0.5', '-0.0'], ['0.1']],
  [{ maximum: -5 }, false, ['-5', '-5.5', '-100'], ['-4.9', '5', '0']],
] as const)
  test(`${JSON.stringify(given)}${isWhole ? ', whole' : ''}`, () => {
    const languages = new Languages()
    const states = languages.automaton(numbers(languages, given, isWhole).language)
    for (const text of fit) assert.ok(accepts(states, text), text)
    for (const text of others) assert.ok(!accepts(states, text), text)
  })

test('bounds that leave nothing leave nothing, and a step that is too fine is not held', () => {
  const languages = new Languages()
  assert.equal(languages.automaton(numbers(languages, { minimum: 2, maximum: 1 }, true).language), undefined)
  assert.equal(numbers(languages, { multipleOf: 1e-9 }, false).isExact, true)
  assert.equal(numbers(languages, { multipleOf: 1234567 }, true).isExact, false)
  assert.deepEqual([1e21, 1e-7, 1.5e-7, 3].map(plain), [
    '1000000000000000000000',
    '0.0000001',
    '0.00000015',
    '3',
  ])
})

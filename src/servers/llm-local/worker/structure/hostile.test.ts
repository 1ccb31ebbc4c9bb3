/** Schemas that would keep the process busy, or fill its memory. They end, with a grammar or a word. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { EngineError } from '../../../../models/engine.ts'
import { checkOf } from './check.ts'
import { Gbnf } from './gbnf.ts'
import { structureOf } from './structure.ts'

/** One that never ends is ended; how fast the others are says nothing. */
const ENDS = { timeout: 120_000 }
const times = (count: number, part: string | ((i: number) => string)): string =>
  Array.from({ length: count }, (_, i) => (typeof part === 'string' ? part : part(i))).join('')

const CHECKED_PATTERNS: Readonly<Record<string, string>> = {
  'remembers the last forty letters': '(a|b)*a(a|b){40}',
  'repeats repetitions': '^(((a{1,100}){1,100}){1,100})$',
  'repeats more than anything has letters': '^a{2147483647}$',
  'repeats long repetitions': '^(([a-z]{0,2999}x){0,60}y)$',
  'repeats letters of all the world': String.raw`^(\p{L}|\p{N}){0,2000}$`,
  'looks ahead for twelve things': `^${times(12, (i) => `(?=.*${String.fromCharCode(97 + i)})`)}.{8,64}$`,
  'may look ahead again and again': `^${times(30, '(?:(?=a)|b)?')}$`,
  'holds groups within groups that may end': `^${times(12, '(')}(?:a$|b)${times(12, '){0,4}')}`,
  'has a million letters': times(1_000_000, 'a'),
  'may leave out seven hundred characters': `^${times(700, '.?')}$`,
  'has fifty thousand words': `^(${times(50_000, (i) => `word${i * 7919}|`)})$`,
  'opens five thousand groups': times(5000, '(') + times(5000, ')'),
}

describe('a pattern that is too much for a grammar is left to the check where it', () => {
  for (const [what, pattern] of Object.entries(CHECKED_PATTERNS))
    test(what, ENDS, () => {
      const { isExact, expression } = structureOf({ type: 'string', pattern }, new Gbnf())
      assert.equal(isExact, false)
      assert.equal(expression, 'string')
      checkOf({ type: 'string', pattern })
    })
})

test('patterns that only look as if they were too much are held', ENDS, () => {
  for (const pattern of [
    `^${times(40, '(?:^|a|b)')}$`,
    `^${times(24, '(?:(?:a|b)$|c|d)')}`,
    '^((((a*)*)*)*)*$',
    '^(a+)+$',
    `^(${times(5000, (i) => `word${(i * 7919) % 10_007}|`)}end)$`,
  ])
    assert.equal(structureOf({ type: 'string', pattern }, new Gbnf()).isExact, true, pattern.slice(0, 40))
})

test(
  'a hundred patterns that are each too much take no longer than a few, and what is beside them is held',
  ENDS,
  () => {
    const properties = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [
        `p${i}`,
        { type: 'string', pattern: `^(a|b)*a(a|b){11}c{${i}}$` },
      ]),
    )
    const schema = {
      type: 'object',
      properties: { ...properties, kind: { enum: ['x', 'y'] } },
      required: ['kind'],
    }
    const gbnf = new Gbnf()
    const { isExact, expression } = structureOf(schema, gbnf)
    assert.equal(isExact, false)
    assert.match(gbnf.text(expression), /\[x-y\]/)
    const names = {
      type: 'object',
      patternProperties: Object.fromEntries(
        Object.keys(CHECKED_PATTERNS).map((_, i) => [`^(a|b)*a(a|b){${i}}c${i}`, {}]),
      ),
    }
    structureOf(names, new Gbnf())
  },
)

test('a list of a hundred thousand fixed values is held', ENDS, () => {
  const gbnf = new Gbnf()
  const values = Array.from({ length: 100_000 }, (_, i) => `value ${i}`)
  const { isExact, expression } = structureOf({ enum: [...values, 'vα', 7, null, { a: [1] }] }, gbnf)
  assert.equal(isExact, true)
  assert.ok(gbnf.text(expression).length < 10_000)
})

const deep = (depth: number, of: (inner: unknown) => unknown): unknown =>
  Array.from({ length: depth }).reduce<unknown>(of, { type: 'string' })
const chain = (length: number, of: (next: object, i: number) => unknown) => ({
  $defs: Object.fromEntries(
    Array.from({ length }, (_, i) => [
      `d${i}`,
      i === length - 1 ? { type: 'string' } : of({ $ref: `#/$defs/d${i + 1}` }, i),
    ]),
  ),
  $ref: '#/$defs/d0',
})

const REFUSED: Readonly<Record<string, unknown>> = {
  'arrays in arrays without an end': deep(5000, (items) => ({ type: 'array', items })),
  'fixed values in a pit': { const: JSON.parse(times(5000, '[') + times(5000, ']')) },
  'a fixed value of megabytes': { enum: [times(3_000_000, 'x'), 'y'] },
  'references that double at each step': chain(60, (next) => ({ allOf: [next, next] })),
  'objects that double at each step': chain(60, (next) => ({
    type: 'object',
    properties: { a: { ...next, minLength: 0 }, b: { ...next, minLength: 0 } },
  })),
  'a reference to itself': chain(2, () => ({ allOf: [{ $ref: '#/$defs/d0' }] })),
  'references in a row of thousands': chain(5000, (next) => next),
  'choices that multiply': {
    allOf: Array.from({ length: 20 }, () => ({
      anyOf: [{ type: 'string' }, { type: 'string', minLength: 1 }],
    })),
  },
  'choices of which all but a few fall away': {
    allOf: Array.from({ length: 100 }, (_, j) => ({
      anyOf: Array.from({ length: 256 }, (_, i) => ({ const: i + j })),
    })),
  },
  'more elements than there is memory': { type: 'array', minItems: 2 ** 53 - 1 },
  'names of properties that are no list': { type: 'object', propertyNames: { enum: 7 } },
}

describe('a schema is refused with a word where it has', () => {
  for (const [what, schema] of Object.entries(REFUSED))
    test(what, ENDS, () =>
      assert.throws(
        () => structureOf(schema, new Gbnf()),
        (error) =>
          error instanceof EngineError && error.code === 'invalid_request' && error.message.length < 1000,
      ),
    )
})

test('a schema that is too deep to be checked is refused, too', () => {
  for (const schema of [REFUSED['arrays in arrays without an end'], REFUSED['fixed values in a pit']])
    assert.throws(() => checkOf(schema as Record<string, unknown>), EngineError)
})

test('numbers that are odd steps from odd bounds end', ENDS, () => {
  for (const schema of [
    { type: 'number', multipleOf: 1e-300 },
    { type: 'integer', multipleOf: 997, minimum: 1e300, maximum: 1.7e308 },
    { type: 'number', multipleOf: 9.97e-7, minimum: 0.123456789, maximum: 99_999.123456789 },
    { type: 'number', minimum: 5e-324, maximum: 1.7e308 },
    { type: 'string', minLength: 2 ** 53 - 1 },
    { type: 'object', propertyNames: { minLength: 100_000_000 } },
  ])
    structureOf(schema, new Gbnf())
})

/** Patterns out of what makes patterns large. */
const { pattern: somePattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', '.', '[a-f]', String.raw`\w`, '^', '$', String.raw`\p{Lu}`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{0,40}', '{3,900}', '{7}'))
      .map(([one, end]) => `(?:${one})${end}`),
    fc.array(tie('pattern'), { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
    fc.array(tie('pattern'), { minLength: 2, maxLength: 4 }).map((all) => `(?:${all.join('|')})`),
    fc.tuple(fc.constantFrom('(?=', '(?!'), tie('pattern')).map(([open, one]) => `${open}${one})`),
  ),
}))

test('whatever patterns are made of, a grammar comes or a word', ENDS, () =>
  fc.assert(
    fc.property(fc.array(somePattern, { minLength: 1, maxLength: 3 }), fc.nat(300), (patterns, maxLength) => {
      try {
        structureOf({ allOf: [...patterns.map((pattern) => ({ pattern })), { maxLength }] }, new Gbnf())
      } catch (error) {
        assert.ok(error instanceof EngineError, String(error))
      }
    }),
    { numRuns: 30 },
  ),
)

test('five thousand properties, which is what OpenAI allows, are held and checked', ENDS, () => {
  const properties = Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`p${i}`, { type: 'integer' }]),
  )
  const schema = { type: 'object', properties, additionalProperties: false }
  assert.equal(structureOf(schema, new Gbnf()).isExact, true)
  const check = checkOf(schema)
  assert.equal(check({ p4999: 1 }), undefined)
  assert.match(check({ p4999: 'x' }) ?? '', /\/p4999 must be integer/)
})

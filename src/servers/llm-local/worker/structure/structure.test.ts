import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EngineError } from '../../../../models/engine.ts'
import { parseExactly } from '../../../../protocol/exact-json.ts'
import { checkOf } from './check.ts'
import { Gbnf } from './gbnf.ts'
import { structureOf } from './structure.ts'
import { CHECKED_SCHEMAS, REAL_SCHEMAS } from './testing/schemas.ts'

const isExact = (schema: unknown) => structureOf(schema, new Gbnf()).isExact

test('a grammar holds all of what real programs ask for, and says where it does not', () => {
  // A set has no element twice, which is for a check.
  for (const [name, schema] of Object.entries(REAL_SCHEMAS))
    assert.equal(isExact(schema), name !== 'pydantic: Event', name)
  for (const [name, schema] of Object.entries(CHECKED_SCHEMAS)) assert.equal(isExact(schema), false, name)
})

test('bounds that no double holds, as those of 64 bits, are bounds', () => {
  const text = '{"type": "integer", "minimum": 5, "maximum": 18446744073709551615}'
  const schema = parseExactly(text) as Record<string, unknown>
  assert.equal(
    structureOf(schema, new Gbnf()).expression,
    structureOf(JSON.parse(text), new Gbnf()).expression,
  )
  assert.equal(checkOf(schema)(7), undefined)
  assert.ok(checkOf(schema)(4))
})

test('what belongs together is put together', () => {
  const gbnf = new Gbnf()
  const schema = {
    allOf: [{ $ref: '#/$defs/a' }, { properties: { n: { maximum: 5 } }, required: ['n'] }],
    $defs: { a: { type: 'object', properties: { n: { type: 'integer', minimum: 3 } } } },
  }
  const { expression, isExact: whole } = structureOf(schema, gbnf)
  assert.equal(whole, true)
  assert.match(gbnf.text(expression), /\[3-5\]/)
})

test('of values that are listed, those that break a bound are none', () => {
  const gbnf = new Gbnf()
  const { expression, isExact: whole } = structureOf(
    { enum: [1, 'long', 50, [1, 2]], maximum: 10, maxLength: 3 },
    gbnf,
  )
  assert.equal(whole, true)
  const text = gbnf.text(expression)
  assert.doesNotMatch(text, /50|long/)
  assert.throws(() => structureOf({ const: 5, maximum: 3 }, new Gbnf()), /allows no value at all/)
})

test('properties without names of their own are no more than there may be', () => {
  const of = (maxProperties: number) => ({
    type: 'object',
    properties: { a: { type: 'null' } },
    required: ['a'],
    additionalProperties: { type: 'null' },
    maxProperties,
  })
  assert.equal(isExact(of(3)), true)
  assert.equal(isExact(of(1)), true)
  assert.throws(() => structureOf(of(0), new Gbnf()), /allows no value at all/)
})

test('what nothing can keep to is refused, and a property that nothing can be is left out', () => {
  for (const schema of [
    false,
    { not: {} },
    { allOf: [{ type: 'string' }, { type: 'integer' }] },
    { type: 'string', minLength: 3, maxLength: 2 },
    { type: 'array', items: false, minItems: 1 },
    { type: 'object', properties: { a: false }, required: ['a'] },
    { enum: [] },
    { anyOf: [] },
  ])
    assert.throws(() => structureOf(schema, new Gbnf()), /allows no value at all/, JSON.stringify(schema))
  const gbnf = new Gbnf()
  const { expression } = structureOf(
    { type: 'object', properties: { gone: false, here: { type: 'null' } } },
    gbnf,
  )
  assert.doesNotMatch(gbnf.text(expression), /gone/)
})

test('what can’t be read is refused with its place', () => {
  for (const [schema, message] of [
    [7, /the schema is no schema/],
    [{ type: 'colour' }, /unknown type "colour"/],
    [{ type: [] }, /no type at all/],
    [
      { items: { $ref: 'https://host/schema' } },
      /the schema\/items has a "\$ref" that does not begin with "#"/,
    ],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, /refers to itself without an end/],
    [{ allOf: [{ $ref: '#' }] }, /refers to itself without an end/],
    [{ type: 'number', minimum: '1' }, /"minimum" that is no number/],
    [{ type: 'number', multipleOf: 0 }, /not above 0/],
    [{ type: 'object', required: 'a' }, /"required" that is no list/],
  ] as const)
    assert.throws(() => structureOf(schema, new Gbnf()), message)
})

test('what is large is borne, or refused, and soon', () => {
  const words = Array.from({ length: 1000 }, (_, i) => `value number ${i} of many`)
  assert.equal(isExact({ enum: words }), true)
  assert.equal(isExact({ type: 'string', minLength: 10_000, maxLength: 50_000 }), true)
  assert.equal(isExact({ type: 'string', pattern: '^a+$', maxLength: 100_000 }), true)
  assert.equal(isExact({ type: 'string', pattern: '((a{900}){900}){900}' }), false)
  assert.equal(isExact({ type: 'object', propertyNames: { maxLength: 5000 } }), false)
  let deep: object = { type: 'string' }
  for (let i = 0; i < 200; i++) deep = { type: 'array', items: deep }
  assert.throws(() => structureOf(deep, new Gbnf()), /nested more than 100 levels/)
})

test('whatever it is given, it gives a grammar or says why not, and so does the check', () => {
  const keyword = fc.constantFrom(
    'type',
    'properties',
    'items',
    'anyOf',
    'oneOf',
    'allOf',
    '$ref',
    'enum',
    'const',
    'pattern',
    'format',
    'not',
    'minLength',
    'maxItems',
    'multipleOf',
    'required',
    'additionalProperties',
    'patternProperties',
    'prefixItems',
  )
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('string', 'object', 'array', '#', '#/$defs/a', '^a', ['string', 'null'], {
      type: 'array',
    }),
  )
  fc.assert(
    fc.property(fc.dictionary(keyword, value, { maxKeys: 4 }), (schema) => {
      const whole = { ...schema, $defs: { a: schema } }
      for (const make of [() => structureOf(whole, new Gbnf()), () => checkOf(whole)])
        try {
          make()
        } catch (error) {
          assert.ok(error instanceof EngineError, String((error as Error).stack))
        }
    }),
    { numRuns: 2000 },
  )
})

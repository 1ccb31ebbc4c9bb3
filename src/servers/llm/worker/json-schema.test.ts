import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EngineError } from '../../../models/engine.ts'
import { grammarSchema } from './json-schema.ts'

test('what a grammar can hold to is taken over', () => {
  assert.deepEqual(
    grammarSchema({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      title: 'A thing',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20, description: 'Its name.' },
        on: { type: 'string', format: 'date' },
        mail: { type: 'string', format: 'email' },
        kind: { anyOf: [{ const: 'a' }, { type: 'null' }] },
        parts: { type: 'array', items: { $ref: '#/definitions/part' }, maxItems: 3 },
      },
      required: ['name'],
      additionalProperties: false,
      definitions: { part: { type: ['integer', 'null'] } },
    }),
    {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20 },
        on: { type: 'string', format: 'date' },
        mail: { type: 'string' },
        kind: { oneOf: [{ const: 'a' }, { type: 'null' }] },
        parts: { type: 'array', items: { $ref: '#/$defs/part' }, maxItems: 3 },
      },
      $defs: { part: { type: ['integer', 'null'] } },
    },
  )
})

test('a type that is said many times at every level counts once', () => {
  const nested = (depth: number): object => ({
    type: ['object', 'object', 'null'],
    ...(depth > 0 ? { properties: { a: nested(depth - 1) } } : {}),
  })
  assert.ok(JSON.stringify(grammarSchema(nested(30))).length < 10_000)
})

test('what a grammar can’t hold to is refused with its place', () => {
  for (const [schema, message] of [
    [{ type: 'object', properties: { a: { type: 'number', minimum: 1 } } }, /the schema\/a has "minimum"/],
    [{ type: 'array', items: { not: {} } }, /the schema\/items has "not"/],
    [{ $ref: '#' }, /\$ref/],
    [{ enum: [{}] }, /no scalar/],
    [{ type: 'string', maxLength: 1e9 }, /maxLength/],
    [{ type: 'colour' }, /unknown type "colour"/],
    [{ type: ['null', { toString: '' }] }, /unknown type \{"toString":""\}/],
    [{ type: [] }, /no type/],
    [{ $ref: { toString: '' } }, /\$ref/],
    [7, /is no object/],
  ] as const)
    assert.throws(() => grammarSchema(schema), message)
})

test('whatever it is given, it gives a schema or says why not', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom('properties', 'items', 'anyOf', '$defs', 'type', 'enum', '$ref', 'const'),
      (value, key) => {
        try {
          grammarSchema({ type: 'object', [key]: value })
        } catch (error) {
          assert.ok(error instanceof EngineError, String((error as Error).stack))
        }
      },
    ),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExactly } from '../protocol/exact-json.ts'
import * as Type from '../protocol/schema.ts'
import { withoutNulls } from './nulls.ts'

const Call = Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })
const Input = Type.Object({
  path: Type.String(),
  limit: Type.Optional(Type.Integer()),
  mode: Type.Optional(Type.Enum(['a', 'b'])),
  free: Type.Optional(Type.Unknown()),
  nullable: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  calls: Type.Optional(Type.Union([Type.String(), Type.Array(Call)])),
  format: Type.Optional(
    Type.Union([
      Type.Object({ type: Type.Literal('text'), n: Type.Optional(Type.Integer()) }),
      Type.Object({ type: Type.Literal('json'), m: Type.Optional(Type.Integer()) }),
    ]),
  ),
})

test('null is absent wherever a field is optional and knows no null, however deep', () => {
  const given = {
    path: '/',
    limit: null,
    mode: null,
    free: null,
    nullable: null,
    calls: [{ id: 'x', name: null }],
    format: { type: 'text', n: null, m: null },
  }
  assert.deepEqual(withoutNulls(given, Input), {
    path: '/',
    free: null,
    nullable: null,
    calls: [{ id: 'x' }],
    // What the schema does not have is for the validator to tell.
    format: { type: 'text', m: null },
  })
})

test('a fraction with more digits than a double holds is the nearest, and a whole number is not rounded', () => {
  const schema = Type.Object({ heat: Type.Number(), seed: Type.Integer(), free: Type.Unknown() })
  const given = parseExactly(
    '{"heat": 0.69999999999999996, "seed": 1234567890123456789, "free": 0.69999999999999996}',
  )
  const { heat, ...rest } = withoutNulls(given, schema) as Record<string, unknown>
  assert.equal(heat, 0.7)
  assert.equal(JSON.stringify(rest), '{"seed":1234567890123456789,"free":0.69999999999999996}')
})

test('what is needed stays, and so is refused', () => {
  assert.deepEqual(withoutNulls({ path: null, calls: [{ id: null }], other: null }, Input), {
    path: null,
    calls: [{ id: null }],
    other: null,
  })
})

test('whatever comes without nulls stays as it is', () => {
  const value = fc.jsonValue().filter((one) => !JSON.stringify(one).includes('null'))
  fc.assert(
    fc.property(value, fc.jsonValue(), (given, schema) => {
      assert.deepEqual(withoutNulls(given, Input), given)
      withoutNulls(given, schema)
    }),
  )
})

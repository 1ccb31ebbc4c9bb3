/**
 * What the grammar of a schema allows is what the schema allows: forty schemas, answered by a model whose every word is
 * chance, and judged by ajv, two hundred times each. `SEEDS=5` asks less often, for a first look.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { TINY } from '../../models/testing/generate.ts'
import { type LlmServer, llmServer, user } from './testing/models.ts'

const SEEDS = Number(process.env.SEEDS ?? 200)
/** Those of chance go on for long where nothing ends them. */
const CONTEXT = 4096

const int = (more: object = {}) => ({ type: 'integer', ...more })
const num = (more: object = {}) => ({ type: 'number', ...more })
const str = (more: object = {}) => ({ type: 'string', maxLength: 8, ...more })
const list = (items: object, more: object = {}) => ({ type: 'array', items, maxItems: 3, ...more })
const fields = (properties: Record<string, object>, more: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
})
const point = fields({ x: int(), y: int() })
const tree = {
  $ref: '#/$defs/node',
  $defs: { node: fields({ n: int(), kids: list({ $ref: '#/$defs/node' }, { maxItems: 1 }) }) },
}

const SCHEMAS: Readonly<Record<string, object>> = {
  integer: int(),
  'integer from 0': int({ minimum: 0 }),
  'integer to -3': int({ maximum: -3 }),
  'integer from 7 to 19': int({ minimum: 7, maximum: 19 }),
  'integer between 0 and 2': int({ exclusiveMinimum: 0, exclusiveMaximum: 2 }),
  'integer from -120 to 1050': int({ minimum: -120, maximum: 1050 }),
  'integer of five': int({ multipleOf: 5, minimum: 0, maximum: 100 }),
  'integer within fractions': int({ minimum: 1.5, maximum: 4.5 }),
  'a large integer': int({ minimum: 9007199254740000, maximum: 9007199254740991 }),
  'integer above 10^12': int({ exclusiveMinimum: 1e12 }),
  number: num(),
  'number from 0 to 1': num({ minimum: 0, maximum: 1 }),
  'number above 0': num({ exclusiveMinimum: 0 }),
  'number below -0.5': num({ exclusiveMaximum: -0.5 }),
  'number between 0.1 and 0.2': num({ minimum: 0.1, maximum: 0.2 }),
  'number from -90 to 90': num({ minimum: -90, maximum: 90 }),
  'number of a half': num({ multipleOf: 0.5, minimum: -2, maximum: 2 }),
  'number or null': { type: ['number', 'null'] },
  'integer or text': { type: ['integer', 'string'], maxLength: 4 },
  'enum of words': { enum: ['red', 'green', 'dark blue'] },
  'enum of everything': { enum: [1, 1.5, -3, true, null, 'x', '1', [1], { a: 1 }] },
  constant: { const: { a: [1, 'b'] } },
  'enum within bounds': { type: 'integer', enum: [1, 5, 50], maximum: 10 },
  'an object of numbers': fields({ age: int({ minimum: 0, maximum: 150 }), height: num({ minimum: 0.3 }) }),
  'optional fields': fields({ a: int(), b: num(), c: str() }, { required: ['b'] }),
  'no field needed': fields({ a: int(), b: int() }, { required: [] }),
  'other fields of integers': fields({ a: int() }, { additionalProperties: int(), maxProperties: 3 }),
  'an object of bounds': {
    type: 'object',
    propertyNames: { maxLength: 6 },
    additionalProperties: num(),
    minProperties: 1,
    maxProperties: 2,
  },
  'a list of integers': list(int({ minimum: 1, maximum: 6 }), { minItems: 2 }),
  'a tuple': { type: 'array', prefixItems: [int(), str(), { type: 'boolean' }], items: false, minItems: 3 },
  'a list of points': list(point, { minItems: 1 }),
  'nested lists': list(list(int(), { minItems: 1 }), { minItems: 1 }),
  'nested objects': fields({ a: fields({ b: fields({ c: int({ minimum: 3 }) }) }) }),
  'one of two kinds': {
    anyOf: [fields({ kind: { const: 'i' }, value: int() }), fields({ kind: { const: 's' }, value: str() })],
  },
  'either number': { anyOf: [int({ maximum: 3 }), int({ minimum: 10, maximum: 12 })] },
  'exactly one of them': { oneOf: [int({ minimum: 0, maximum: 4 }), str({ minLength: 2 })] },
  'all of them': { allOf: [int({ minimum: 3 }), int({ maximum: 9 }), { multipleOf: 3 }] },
  references: { ...fields({ from: { $ref: '#/$defs/p' }, to: { $ref: '#/$defs/p' } }), $defs: { p: point } },
  'a tree': tree,
  'texts of a pattern': fields({
    id: { type: 'string', pattern: '^[A-Z]{2}-[0-9]{3}$' },
    text: str({ minLength: 1 }),
  }),
}

let llm: LlmServer
before(async () => {
  llm = await llmServer({ noise: { shape: { ...TINY, context: CONTEXT } } })
})
after(() => llm?.[Symbol.asyncDispose]())

assert.equal(Object.keys(SCHEMAS).length, 40)
for (const [name, schema] of Object.entries(SCHEMAS))
  test(`every answer keeps to the schema of: ${name}`, async () => {
    const validate = new Ajv2020({ strict: false, multipleOfPrecision: 9, logger: false }).compile(schema)
    const format = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } }
    let whole = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const { structuredContent, isError, content } = await llm.call('chat', {
        messages: user('Hello'),
        seed,
        temperature: 1.5,
        response_format: format,
      })
      assert.equal(isError, undefined, content[0]?.text)
      const [{ message, finish_reason }] = structuredContent.choices
      // What was cut off by the end of the context says so.
      if (finish_reason === 'length') continue
      whole++
      assert.ok(
        validate(JSON.parse(message.content)),
        `${message.content} ${JSON.stringify(validate.errors)}`,
      )
    }
    assert.ok(whole > SEEDS / 2, `${whole} of ${SEEDS} answers came to their end`)
  })

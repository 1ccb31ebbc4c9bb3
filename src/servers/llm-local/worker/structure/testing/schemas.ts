/** Schemas of real programs: those that pydantic 2.13 makes, that zod makes, and that OpenAI's guide shows. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

type Schema = Record<string, unknown>

/** Made by pydantic's `model_json_schema()`. */
const PYDANTIC: Record<string, Schema> = JSON.parse(
  readFileSync(new URL('./pydantic.json', import.meta.url), 'utf8'),
)

const Tree = z.object({
  name: z.string().max(5),
  get children() {
    return z.array(Tree).max(1)
  },
})

export const ZOD: Record<string, z.ZodType> = {
  person: z.object({
    name: z.string().min(1).max(20),
    age: z.int().min(0).max(150),
    email: z.email(),
    website: z.url().nullable(),
    nickname: z.string().max(8).optional(),
  }),
  moments: z.object({
    at: z.iso.datetime(),
    local: z.iso.datetime({ local: true }),
    shifted: z.iso.datetime({ offset: true }),
    day: z.iso.date(),
    clock: z.iso.time(),
    lasts: z.iso.duration(),
  }),
  ids: z.object({
    uuid: z.uuid(),
    v4: z.uuidv4(),
    nano: z.nanoid(),
    cuid: z.cuid2().max(12),
    ulid: z.ulid(),
    base64: z.base64().max(12),
    ipv4: z.ipv4(),
    ipv6: z.ipv6(),
    cidr: z.cidrv4(),
    e164: z.e164(),
  }),
  numbers: z.object({
    any: z.number(),
    int: z.int(),
    positive: z.number().positive().max(10),
    negative: z.int().negative().min(-5),
    ratio: z.number().min(0).max(1),
    even: z.int().multipleOf(2).min(0).max(100),
    below: z.number().lt(0).gt(-1),
  }),
  choice: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle'), radius: z.number().min(0).max(9) }),
    z.object({ kind: z.literal('square'), side: z.int().min(1).max(9) }),
  ]),
  collections: z.object({
    tuple: z.tuple([z.boolean(), z.int().min(1).max(3)]),
    list: z
      .array(z.enum(['a', 'b']))
      .min(1)
      .max(3),
    record: z.record(z.enum(['x', 'y']), z.int().min(0).max(9)),
    open: z.record(z.string().regex(/^[a-z]{2}$/), z.boolean()),
    literal: z.literal(['yes', 7, null]),
  }),
  text: z.object({
    start: z.string().startsWith('id-').max(8),
    end: z.string().endsWith('.md').max(10),
    includes: z.string().includes('-').max(6),
    lower: z.string().lowercase().max(6),
    regex: z.string().regex(/^(?!root)[a-z]{4,8}$/),
    quoted: z.string().regex(/^"[^"\\]{1,4}"$/),
    template: z.templateLiteral(['v', z.int().min(0).max(9)]),
  }),
  both: z.intersection(z.object({ a: z.int().min(0).max(9) }), z.object({ b: z.string().max(4) })),
  strict: z.strictObject({ a: z.boolean(), b: z.null(), c: z.boolean().default(true) }),
  catchall: z.object({ a: z.boolean() }).catchall(z.int().min(0).max(9)),
  tree: Tree,
}

/** What the guide to structured outputs shows. Source: https://platform.openai.com/docs/guides/structured-outputs */
const GUIDE: Record<string, Schema> = {
  event: object({
    name: { type: 'string', maxLength: 20 },
    date: { type: 'string', maxLength: 20 },
    participants: { type: 'array', items: { type: 'string', maxLength: 10 }, maxItems: 3 },
  }),
  math: object({
    steps: {
      type: 'array',
      items: object({
        explanation: { type: 'string', maxLength: 10 },
        output: { type: 'string', maxLength: 10 },
      }),
      maxItems: 3,
    },
    final_answer: { type: 'string', maxLength: 10 },
  }),
  interface: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['div', 'button', 'header'] },
      label: { type: 'string', maxLength: 8 },
      children: { type: 'array', items: { $ref: '#' }, maxItems: 1 },
    },
    required: ['type', 'label', 'children'],
    additionalProperties: false,
  },
  moderation: object({
    is_violating: { type: 'boolean' },
    category: { type: ['string', 'null'], enum: ['violence', 'self_harm', null] },
    explanation_if_violating: { type: ['string', 'null'], maxLength: 10 },
  }),
  restrictions: object({
    username: { type: 'string', description: 'The username.', pattern: '^@[a-zA-Z0-9_]+$' },
    email: { type: 'string', format: 'email' },
    temperature: { type: 'number', minimum: -130, maximum: 130 },
    unit: { type: ['string', 'null'], description: 'The unit.', enum: ['F', 'C', null] },
    codes: {
      type: 'array',
      items: { type: 'integer', multipleOf: 10, minimum: 0, maximum: 90 },
      minItems: 2,
      maxItems: 3,
    },
  }),
  definitions: {
    ...object({
      steps: { type: 'array', items: { $ref: '#/$defs/step' }, maxItems: 2 },
      final: { $ref: '#/$defs/step' },
      linked: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
    }),
    $defs: {
      step: object({ output: { type: 'string', maxLength: 8 } }),
      node: object({
        value: { type: 'number', minimum: 0, maximum: 9 },
        next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
      }),
    },
  },
  union: object({
    item: {
      anyOf: [
        object({ name: { type: 'string', maxLength: 6 }, age: { type: 'number', minimum: 0, maximum: 120 } }),
        object({ number: { type: 'string', maxLength: 6 }, city: { type: 'string', maxLength: 6 } }),
      ],
    },
  }),
}

/** What a grammar holds in part, or not at all. */
const CHECKED: Record<string, Schema> = {
  unique: {
    type: 'array',
    items: { enum: [1, 2, 3, 4, 5, 6, 7, 8] },
    minItems: 2,
    maxItems: 2,
    uniqueItems: true,
  },
  not: { type: 'integer', minimum: 0, maximum: 9, not: { const: 4 } },
  either: {
    oneOf: [
      { type: 'integer', minimum: 0, maximum: 6 },
      { type: 'integer', minimum: 5, maximum: 9 },
    ],
  },
  conditional: {
    type: 'object',
    properties: { paid: { type: 'boolean' }, on: { type: 'string', format: 'date' } },
    required: ['paid'],
    if: { properties: { paid: { const: true } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['on'] },
  },
  backreference: { type: 'string', pattern: '^([ab])\\1$', maxLength: 2 },
}

function object(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

const named = (kind: string, schemas: Record<string, Schema>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [`${kind}: ${name}`, schema]))

export const REAL_SCHEMAS: Readonly<Record<string, Schema>> = {
  ...named('pydantic', PYDANTIC),
  ...named(
    'zod',
    Object.fromEntries(Object.entries(ZOD).map(([name, type]) => [name, z.toJSONSchema(type) as Schema])),
  ),
  ...named('zod draft 7', {
    collections: z.toJSONSchema(ZOD.collections as z.ZodType, { target: 'draft-7' }) as Schema,
  }),
  ...named('guide', GUIDE),
}
export const CHECKED_SCHEMAS: Readonly<Record<string, Schema>> = CHECKED

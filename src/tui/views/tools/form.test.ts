import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editorOf } from '../../model/editor.ts'
import { argumentsOf, type FormField, fieldsOf, nextChoice } from './form.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    limit: { type: 'integer', default: 10 },
    kind: { enum: ['a', 'b'] },
    path: { type: 'string', description: 'The file.' },
    deep: { type: 'boolean' },
    edits: { type: 'array' },
  },
  required: ['path'],
}
const filled = (schema: object, texts: Record<string, string>): FormField[] =>
  fieldsOf(schema as never).map((field) => ({ ...field, value: editorOf(texts[field.name] ?? '') }))

test('a form has a field for each property, those that are required first, with choices and defaults', () => {
  const fields = fieldsOf(SCHEMA)
  assert.deepEqual(
    fields.map(({ name, kind, required }) => [name, kind, required]),
    [
      ['path', 'string', true],
      ['limit', 'integer', false],
      ['kind', 'string', false],
      ['deep', 'boolean', false],
      ['edits', 'json', false],
    ],
  )
  assert.deepEqual(
    [fields[1]?.without, fields[2]?.choices, fields[3]?.choices],
    ['10', ['a', 'b'], ['true', 'false']],
  )
})

test('fields become arguments of their types, and an empty field is left out', () => {
  const texts = { path: ' a b ', limit: ' 3 ', kind: 'b', deep: 'y', edits: '[{"n": 12345678901234567890}]' }
  const all = argumentsOf(filled(SCHEMA, texts))
  assert.ok(all.ok)
  assert.deepEqual(
    { ...all.arguments, edits: undefined },
    { path: ' a b ', limit: 3, kind: 'b', deep: true, edits: undefined },
  )
  assert.deepEqual(argumentsOf(filled(SCHEMA, { path: 'x' })), { ok: true, arguments: { path: 'x' } })
  assert.deepEqual(argumentsOf(filled(SCHEMA, {})), { ok: true, arguments: { path: '' } })
})

for (const [name, text, problem] of [
  ['limit', '1.5', '"limit" must be a whole number.'],
  ['kind', 'c', '"kind" must be one of its choices.'],
  ['deep', 'perhaps', '"deep" must be true or false.'],
  ['edits', '[1', '"edits" must be JSON.'],
] as const)
  test(`"${text}" for ${name} is reported at its field`, () => {
    const fields = filled(SCHEMA, { path: 'x', [name]: text })
    const field = fields.findIndex((one) => one.name === name)
    assert.deepEqual(argumentsOf(fields), { ok: false, field, problem })
  })

test('a number that is required can not be left out', () => {
  const fields = filled({ properties: { n: { type: 'number' } }, required: ['n'] }, {})
  assert.deepEqual(argumentsOf(fields), { ok: false, field: 0, problem: '"n" is needed.' })
})

test('choices come one after the other, around the end, from the one that is typed', () => {
  const [field] = filled({ properties: { kind: { enum: ['a', 'b', 'c'] } } }, {}) as [FormField]
  const after = (text: string, by: 1 | -1) => nextChoice({ ...field, value: editorOf(text) }, by)?.text
  assert.deepEqual(
    [after('', 1), after('a', 1), after('c', 1), after('', -1), after('a', -1)],
    ['a', 'b', 'a', 'c', 'c'],
  )
})

test('whatever a schema is, it makes a form', () => {
  const property = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.jsonValue(), enum: fc.jsonValue(), anyOf: fc.jsonValue(), default: fc.jsonValue() }),
  )
  const schema = fc.record(
    { properties: fc.dictionary(fc.string(), property), required: fc.jsonValue() },
    { requiredKeys: [] },
  )
  fc.assert(fc.property(schema, (given) => void argumentsOf(fieldsOf(given as never))))
})

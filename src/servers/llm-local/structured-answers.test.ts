/** Answers that have to keep to schemas of real programs, by a model whose every word is chance. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { TINY } from '../../models/testing/generate.ts'
import { type LlmServer, llmServer, user } from './testing/models.ts'
import { CHECKED_SCHEMAS, REAL_SCHEMAS, ZOD } from './worker/structure/testing/schemas.ts'

const SEEDS = [1, 2, 3]
let llm: LlmServer
before(async () => {
  llm = await llmServer({ noise: { shape: { ...TINY, context: 8192 } } })
})
after(() => llm?.[Symbol.asyncDispose]())

async function ask(schema: object, seed: number) {
  const format = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } }
  return llm.call('chat', { messages: user('Hello'), seed, response_format: format })
}

/** As others read a schema: not with the checks that made the answer. */
function judge(schema: object): (value: unknown) => string {
  const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 9, logger: false })
  addFormats.default(ajv)
  // Those of zod have no offset, which contradicts the format that it gives them.
  ajv.addFormat('time', true)
  ajv.addFormat('date-time', { validate: (text: string) => !Number.isNaN(Date.parse(text)) })
  const validate = ajv.compile(schema)
  return (value) => (validate(value) ? '' : ajv.errorsText(validate.errors))
}

for (const [name, schema] of Object.entries(REAL_SCHEMAS))
  test(`an answer keeps to the schema of ${name}`, async () => {
    const [, made = ''] = /^zod: (.*)$/.exec(name) ?? []
    const check = 'draft-7' in schema || name.includes('draft') ? undefined : judge(schema)
    for (const seed of SEEDS) {
      const { structuredContent, content, isError } = await ask(schema, seed)
      assert.equal(isError, undefined, content[0]?.text)
      const [{ message, finish_reason }] = structuredContent.choices
      assert.equal(finish_reason, 'stop')
      const value = JSON.parse(message.content)
      if (check) assert.equal(check(value), '', message.content)
      const parsed = ZOD[made]?.safeParse(value)
      assert.ok(parsed?.success !== false, `${parsed?.error?.message} ${message.content}`)
    }
  })

test('what a grammar does not hold is checked, and asked for again, once', async () => {
  const { unique, either } = CHECKED_SCHEMAS as { unique: object; either: object }
  for (const [schema, fits] of [
    [unique, (value: number[]) => value[0] !== value[1]],
    [either, (value: number) => value < 5 || value > 6],
  ] as const)
    for (let seed = 0; seed < 10; seed++) {
      const { structuredContent, isError } = await ask(schema, seed)
      if (isError) assert.equal(structuredContent.error.code, 'broken_answer')
      else assert.ok(fits(JSON.parse(structuredContent.choices[0].message.content) as never))
    }
})

test('an answer that can’t be right is refused after the second time, and what it took is not shown', async () => {
  const format = {
    type: 'json_schema',
    json_schema: { schema: { type: 'integer', not: { type: 'number' } } },
  }
  const { reply, messages } = await llm.stream('chat', { messages: user('Hello'), response_format: format })
  assert.equal(reply.structuredContent.error.code, 'broken_answer')
  assert.match(reply.structuredContent.error.message, /when it was asked again either/)
  assert.deepEqual(
    messages.filter(({ delta }) => delta?.content),
    [],
  )
  const { structuredContent } = await llm.call('complete', { prompt: 'x', response_format: format })
  assert.equal(structuredContent.error.code, 'broken_answer')
})

test('with a schema and tools, a model answers in the form of the one or calls one of the other', async () => {
  const tools = [
    { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } },
  ]
  const schema = { type: 'object', properties: { sky: { enum: ['blue', 'grey'] } }, required: ['sky'] }
  const response_format = { type: 'json_schema', json_schema: { schema } }
  const kinds = new Set<string>()
  for (let seed = 0; seed < 60 && kinds.size < 2; seed++) {
    const request = { messages: user('Hello'), seed, tools, response_format, temperature: 2 }
    const [{ message, finish_reason }] = (await llm.call('chat', request)).structuredContent.choices
    kinds.add(finish_reason)
    if (finish_reason === 'tool_calls') assert.equal(message.tool_calls[0].function.name, 'look')
    else assert.match(JSON.parse(message.content).sky, /^(blue|grey)$/)
  }
  assert.deepEqual([...kinds].sort(), ['stop', 'tool_calls'])
})

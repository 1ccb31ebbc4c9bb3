/** Schemas of servers of others by which a call would keep all others waiting. They end, and the rest of an answer is given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonSchema } from '../../protocol/mcp.ts'
import { OutputSchemas, withUnsoundOutputs } from './output-schemas.ts'

/** One that never ends is ended; how fast the others are says nothing. */
const ENDS = { timeout: 120_000 }
const object = (properties: Record<string, object>): JsonSchema => ({ type: 'object', properties })
const deep = Array.from({ length: 20_000 }).reduce<object>((items) => ({ type: 'array', items }), {
  type: 'string',
})

const SLOW: Readonly<Record<string, { schema: JsonSchema; answer: object }>> = {
  'a pattern that goes back and forth': {
    schema: object({ a: { type: 'string', pattern: '^(a+)+$' } }),
    answer: { a: `${'a'.repeat(60)}b` },
  },
  'a long list that has nothing twice': {
    schema: object({ a: { type: 'array', uniqueItems: true } }),
    answer: { a: Array.from({ length: 60_000 }, (_, i) => ({ v: i })) },
  },
}

for (const [what, { schema: outputSchema, answer }] of Object.entries(SLOW))
  test(
    `an answer that is not checked in time is left out, and the next one at once: ${what}`,
    ENDS,
    async () => {
      const schemas = new OutputSchemas({ warn() {} })
      const read = (structuredContent: object) =>
        schemas.read({ name: 'slow', outputSchema }, { content: [], structuredContent })
      assert.match((await read(answer)).problem ?? '', /can't be held against an answer within 1 seconds/)
      assert.match((await read({ a: 1 })).problem ?? '', /can't be held against an answer/)
    },
  )

test(
  'a schema that is too much to be read is left out, and the tools beside it are as they were',
  ENDS,
  async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => [
      `p${i}`,
      object({ x: { type: 'string', minLength: 1, pattern: `^${i}` } }),
    ])
    const chain = (i: number): object =>
      i === 0 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] }
    const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, chain(i)]))
    const tools = Object.entries({
      sound: object({ a: { type: 'string' } }),
      wide: object(Object.fromEntries(many)),
      deep: object({ a: deep }),
      doubling: { ...object({ a: { $ref: '#/$defs/d39' } }), $defs },
    }).map(([name, outputSchema]) => ({ name, inputSchema: { type: 'object' as const }, outputSchema }))
    const offer = { tools, prompts: [], resources: [], resourceTemplates: [], completions: false }
    const { unsoundOutputs = {} } = await withUnsoundOutputs(offer as never)
    assert.equal(unsoundOutputs.sound, undefined)
    assert.ok(unsoundOutputs.wide)
    assert.ok(unsoundOutputs.deep)
  },
)

test('what is checked in time is given, and references that double at each step end', ENDS, async () => {
  const chain = (i: number): object =>
    i === 0 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] }
  const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, chain(i)]))
  const schemas = new OutputSchemas({ warn() {} })
  const outputSchema = { ...object({ a: { $ref: '#/$defs/d39' } }), $defs }
  const { problem } = await schemas.read(
    { name: 'doubling', outputSchema },
    { content: [], structuredContent: { a: 'x' } },
  )
  assert.match(problem ?? '', /within 1 seconds/)
  const easy = { name: 'easy', outputSchema: object({ a: { type: 'string' } }) }
  const given = await schemas.read(easy, { content: [], structuredContent: { a: 'x' } })
  assert.deepEqual(given, { structured: { a: 'x' } })
})

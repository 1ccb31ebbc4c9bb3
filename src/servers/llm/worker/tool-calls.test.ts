import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FunctionTool } from '../../../models/engine.ts'
import { AnswerText } from './answer-text.ts'
import { callSchema, formatOf, parseCalls, type ToolCallFormat } from './tool-calls.ts'

const tools: FunctionTool[] = ['weather', 'time'].map((name) => ({ type: 'function', function: { name } }))

/** What models write, in the form that each of the templates teaches them. */
const WRITTEN: Record<string, { template: string; answer: string }> = {
  hermes: {
    template: 'return <tool_call>{"name": <function-name>, "arguments": <args>}</tool_call>',
    answer:
      '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>\n<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>',
  },
  mistral: {
    template: '{{ "[TOOL_CALLS] [" }}',
    answer:
      '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Rome"}}, {"name": "time", "arguments": {}}]',
  },
  granite: {
    template: 'write <|tool_call|> followed by a list',
    answer:
      '<|tool_call|>[{"name": "weather", "arguments": {"city": "Rome"}}, {"name": "time", "arguments": {}}]',
  },
  llama3: {
    template: 'Respond in the format {"name": function name, "parameters": dictionary}. <|python_tag|>',
    answer: '{"name": "weather", "parameters": {"city": "Rome"}}; {"name": "time", "parameters": {}}',
  },
}

for (const [name, { template, answer }] of Object.entries(WRITTEN)) {
  const format = formatOf(template) as ToolCallFormat

  test(`calls in the way of ${name} are read, however the answer is cut into pieces`, () => {
    assert.equal(format.name, name)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (lengths) => {
        const text = new AnswerText({ callOpening: format.open, bareCalls: format.isBare })
        let shown = ''
        for (let at = 0, i = 0; at < answer.length; i++) {
          const length = lengths[i % lengths.length] as number
          shown += text.push(answer.slice(at, at + length))
          at += length
        }
        shown += text.end()
        assert.equal(shown, '')
        assert.deepEqual(
          parseCalls(format, text.call ?? '', tools)?.map((call) => [
            call.function.name,
            call.function.arguments,
          ]),
          [
            ['weather', '{"city":"Rome"}'],
            ['time', '{}'],
          ],
        )
      }),
    )
  })

  test(`what only looks like a call in the way of ${name} is text`, () => {
    for (const body of ['{"name": "unknown"}', '{"name": "weather"', '[1]', 'no JSON'])
      assert.equal(parseCalls(format, `${format.open}${body}`, tools), undefined)
  })
}

test('a template that teaches none of these has no format', () => {
  assert.equal(formatOf('{{ messages }} {{ tools }}'), undefined)
})

test('the schema of a forced call admits the tools that there are', () => {
  const hermes = formatOf('<tool_call>') as ToolCallFormat
  assert.deepEqual(callSchema(hermes, tools.slice(0, 1)), {
    type: 'object',
    properties: { name: { const: 'weather' }, arguments: { type: 'object', properties: {} } },
  })
  const mistral = formatOf('[TOOL_CALLS]') as ToolCallFormat
  const { type, maxItems, items } = callSchema(mistral, tools)
  assert.deepEqual([type, maxItems, (items as { oneOf: unknown[] }).oneOf.length], ['array', 1, 2])
})

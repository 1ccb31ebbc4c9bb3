import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FunctionTool } from '../../../models/engine.ts'
import { AnswerText } from './answer-text.ts'
import { Gbnf } from './structure/gbnf.ts'
import { callStructure, formatOf, parseCalls, type ToolCallFormat } from './tool-calls.ts'

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

  test(`a call in the way of ${name} may have in its texts what calls begin and end with`, () => {
    const given = { city: `a ${format.open} b ${format.close}` }
    const call = { name: 'weather', [format.argumentsKey]: given }
    const body = JSON.stringify(format.isList ? [call] : call)
    for (const text of [body, `${format.open}${body}${format.close}`]) {
      const [parsed] = parseCalls(format, text, tools) ?? []
      assert.deepEqual(JSON.parse(parsed?.function.arguments ?? ''), given)
    }
  })

  test(`what only looks like a call in the way of ${name} is text`, () => {
    for (const body of ['{"name": "unknown"}', '{"name": "weather"', '[1]', 'no JSON'])
      assert.equal(parseCalls(format, `${format.open}${body}`, tools), undefined)
  })
}

test('a template that teaches none of these has no format', () => {
  assert.equal(formatOf('{{ messages }} {{ tools }}'), undefined)
})

test('what a forced call is leads letter by letter to one of the tools', () => {
  const hermes = formatOf('<tool_call>') as ToolCallFormat
  const gbnf = new Gbnf()
  const { expression, isExact } = callStructure({ format: hermes, tools, forced: true }, gbnf)
  assert.equal(isExact, true)
  const text = gbnf.text(expression)
  for (const { function: tool } of tools) assert.match(text, new RegExp(tool.name.slice(2)))
  assert.match(text, /\\"arguments\\"/)
  assert.doesNotMatch(text, /<tool_call>/)
  const free = callStructure({ format: hermes, tools, forced: false }, new Gbnf())
  assert.equal(free.isExact, true)
})

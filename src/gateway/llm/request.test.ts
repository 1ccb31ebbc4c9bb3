import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { estimatePrompt, estimateText } from './estimate.ts'
import { fieldsOf, readRequest } from './request.ts'
import { toChat } from './responses/request.ts'

const messages = [{ role: 'user', content: 'x' }]

test('parameters by position and by name come to the same', () => {
  for (const given of [
    [messages, { model: 'a' }],
    [{ messages, options: { model: 'a' } }],
    { messages, options: { model: 'a' } },
    { messages, model: 'a' },
    [{ messages }, { model: 'a' }],
  ])
    assert.deepEqual(fieldsOf('chat', given), { messages, model: 'a' })
  assert.deepEqual(fieldsOf('complete', ['x']), { prompt: 'x' })
  assert.throws(() => fieldsOf('chat', [messages, 7]), /"options" must be an object/)
})

test('the shorter of two limits counts', () => {
  const { maxTokens } = readRequest('chat', { messages, max_tokens: 9, max_completion_tokens: 5 })
  assert.equal(maxTokens, 5)
  assert.equal(readRequest('chat', { messages, max_tokens: null }).maxTokens, undefined)
})

test('a conversation of the responses API is one of chat, turn by turn', () => {
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }
  const chat = toChat({
    model: 'a',
    instructions: 'Be brief.',
    max_output_tokens: 7,
    truncation: 'auto',
    tool_choice: { type: 'function', name: 'f' },
    tools: [{ type: 'function', name: 'f', parameters: {}, strict: true }],
    input: [
      { role: 'developer', content: [{ type: 'input_text', text: 'Hm.' }] },
      { role: 'user', content: [{ type: 'input_image', image_url: 'data:,' }] },
      { type: 'reasoning', summary: [] },
      call,
      { ...call, call_id: 'd' },
      { type: 'function_call_output', call_id: 'c', output: 'done' },
    ],
  })
  const made = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
  assert.deepEqual(chat, {
    model: 'a',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Hm.' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] },
      { role: 'assistant', content: null, tool_calls: [made('c'), made('d')] },
      { role: 'tool', tool_call_id: 'c', content: 'done' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: {}, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    max_completion_tokens: 7,
    context_overflow: 'drop_oldest',
  })
  for (const body of [
    { input: 'x', previous_response_id: 'r' },
    { input: 'x', background: true },
    { input: 'x', tools: [{ type: 'web_search' }] },
    { input: [{ type: 'item_reference', id: 'i' }] },
    { input: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
    { input: [] },
    {},
  ])
    assert.throws(() => toChat(body), RpcError)
})

test('whatever is sent is a request, or refused with INVALID_PARAMS', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('chat', 'complete', 'embed'), (given, task) => {
      for (const read of [
        () => readRequest(task, fieldsOf(task, given)),
        () => readRequest('chat', toChat(given as Record<string, unknown>)),
        () => estimatePrompt({ messages: given, tools: given, prompt: given, input: given }),
      ])
        try {
          if (typeof given === 'object' && given !== null) read()
        } catch (error) {
          assert.ok(error instanceof RpcError && error.code === -32602, String(error))
        }
    }),
  )
})

test('an estimate grows with the text, and counts pictures and tools', () => {
  assert.equal(estimateText('twelve chars'), 3)
  assert.equal(estimateText('天空是蓝的'), 5)
  const picture = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }]
  assert.ok(estimatePrompt({ messages: picture }) >= 1000)
  assert.ok(estimatePrompt({ messages, tools: [{ name: 'f' }] }) > estimatePrompt({ messages }))
})

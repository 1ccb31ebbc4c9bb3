import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import fc from 'fast-check'
import { parseExactly } from '../../protocol/exact-json.ts'
import { Waiting } from './answers.ts'

/** What comes of an answer to a request of that method. */
function answered(method: string, answer: object, id: unknown = 7) {
  const waiting = new Waiting()
  waiting.sent({ jsonrpc: '2.0', id: 7, method } as JSONRPCMessage)
  const read = waiting.read({ jsonrpc: '2.0', id, ...answer }) as
    | { result?: Record<string, unknown>; error?: { code: number; message: string } }
    | undefined
  // What the current revision wants said of each is looked at by itself.
  for (const said of ['resultType', 'ttlMs', 'cacheScope']) delete read?.result?.[said]
  return read
}
const called = (result: unknown) => answered('tools/call', { result })?.result

test('null is read as absent, and what can be used is', () => {
  const text = { type: 'text', text: 'a' }
  assert.deepEqual(called({ content: [text], isError: null, structuredContent: null, _meta: null }), {
    content: [text],
  })
  assert.deepEqual(called({ content: null }), { content: [] })
  assert.deepEqual(called({ content: 'a' }), { content: [text] })
  assert.deepEqual(called({ content: { ...text, annotations: null, _meta: null } }), { content: [text] })
  assert.deepEqual(answered('tools/call', { result: { content: [] }, error: null })?.result, { content: [] })
  assert.deepEqual(answered('tools/call', { result: { content: [] } }, '7')?.result, { content: [] })
  assert.deepEqual(
    answered('resources/read', { result: { contents: [{ uri: 'x:1', text: '', blob: null }] } })?.result,
    {
      contents: [{ uri: 'x:1', text: '' }],
    },
  )
})

test('what can not be read says where, and the rest is handed on', () => {
  const { content, isError } = called({
    content: [
      { type: 'text', text: 'kept' },
      { type: 'blob', blob: 'AA==' },
      { type: 'image', data: 7 },
    ],
  }) as { content: { text: string }[]; isError: boolean }
  assert.equal(isError, true)
  assert.equal(content[0]?.text, 'kept')
  assert.match(
    content[1]?.text ?? '',
    /content\[1\] is of a type that is not known, "blob"; content\[2\]\.data is no text/,
  )
  for (const result of [7, 'x', [], null])
    assert.match(JSON.stringify(called(result)), /can't be read.*isError":true/, JSON.stringify(result))
  assert.match(
    answered('prompts/get', { result: { messages: 7 } })?.error?.message ?? '',
    /"messages" is no list/,
  )
  assert.match(
    answered('resources/read', { result: { contents: [{ uri: 'x:1' }] } })?.error?.message ?? '',
    /contents\[0\]/,
  )
})

test('an error ends its call, whatever it lacks', () => {
  for (const error of [{}, 7, 'no', { code: 'x' }, { code: -1, message: null }, []])
    assert.ok(answered('tools/call', { error })?.error?.message, JSON.stringify(error))
  assert.equal(answered('tools/call', { error: 'no' })?.error?.message, 'no')
})

test('a list that a server does not have is empty', () => {
  const error = { code: -32601, message: 'no such method' }
  assert.deepEqual(answered('resources/templates/list', { error })?.result, { resourceTemplates: [] })
  assert.equal(answered('tools/call', { error })?.error?.code, -32601)
})

test('what the current revision wants said of a result is said where it is not', () => {
  const waiting = new Waiting()
  waiting.sent({ jsonrpc: '2.0', id: 1, method: 'tools/list' } as JSONRPCMessage)
  waiting.sent({ jsonrpc: '2.0', id: 2, method: 'tools/list' } as JSONRPCMessage)
  const rest = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
  assert.deepEqual(waiting.read({ id: 1, result: { tools: [], ttlMs: null } }), {
    jsonrpc: '2.0',
    id: 1,
    result: { tools: [], ...rest },
  })
  const said = { resultType: 'complete', ttlMs: 5, cacheScope: 'public' }
  assert.deepEqual(waiting.read({ id: 2, result: { tools: [], ...said } }), {
    jsonrpc: '2.0',
    id: 2,
    result: { tools: [], ...said },
  })
})

test('an answer to no waiting call is dropped', () => {
  const waiting = new Waiting()
  waiting.sent({ jsonrpc: '2.0', id: 1, method: 'tools/call' } as JSONRPCMessage)
  assert.equal(waiting.read({ id: 2, result: {} }), undefined)
  assert.ok(waiting.read({ id: 1, result: {} }))
  assert.equal(waiting.read({ id: 1, result: {} }), undefined, 'nor does a second answer')
})

test('icons, marks and fields of its own do not leave a server', () => {
  const link = {
    type: 'resource_link',
    uri: 'x:1',
    name: 'x',
    icons: [{ src: 'https://evil' }],
    _meta: { a: 1 },
  }
  assert.deepEqual(called({ content: [link], _meta: { 'io.llmbasedos/untrusted': 'file' }, ticket: 'x' }), {
    content: [{ type: 'resource_link', uri: 'x:1', name: 'x' }],
  })
})

test('any line with the id of a waiting call ends it', () => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.record({ content: fc.jsonValue(), messages: fc.jsonValue(), contents: fc.jsonValue() }),
  )
  const methods = [
    'tools/call',
    'prompts/get',
    'resources/read',
    'completion/complete',
    'tools/list',
    'initialize',
    'ping',
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...methods),
      fc.record({ result: part, error: part }, { requiredKeys: [] }),
      (method, answer) => {
        const read = answered(method, answer)
        assert.ok(read?.result !== undefined || typeof read?.error?.message === 'string')
      },
    ),
  )
})

test('numbers of schemas are doubles for all who read them, and those of an answer are as they came', () => {
  const schema = parseExactly('{"type":"object","properties":{"n":{"maximum":9223372036854775807}}}')
  const tools = [{ name: 'a', inputSchema: schema }]
  const doubles = JSON.parse(JSON.stringify(tools))
  assert.deepEqual(answered('tools/list', { result: { tools } })?.result, { tools: doubles })
  const structuredContent = parseExactly('{"n":9223372036854775807}')
  assert.match(JSON.stringify(called({ structuredContent })), /"n":9223372036854775807/)
})

test('a line that is no JSON ends its call in time that grows with its length alone', () => {
  const waiting = new Waiting()
  waiting.sent({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: {} } as never)
  const line = `{"id":7,"result":{"a":NaN,"text":"${'\\"'.repeat(400_000)}`
  assert.match(JSON.stringify(waiting.readBroken(line)), /it is no JSON, or was cut off/)
  assert.equal(waiting.readBroken(line), undefined)
})

test('of what is no JSON the id counts that stands outermost', () => {
  for (const text of [
    '{"jsonrpc":"2.0","result":{"id":8,"a":"{\\"id\\":8"},"id":7,}',
    "{'jsonrpc': '2.0', 'result': {'id': 8}, 'id': 7}",
    '{"error":{"id":8},"id":"7"',
  ]) {
    const waiting = new Waiting()
    for (const id of [7, 8]) waiting.sent({ jsonrpc: '2.0', id, method: 'tools/call', params: {} } as never)
    assert.match(JSON.stringify(waiting.readBroken(text)), /"id":7,.*isError/, text)
  }
})

test('a refusal without an id ends the call that waits alone, and no other', () => {
  const refusal = (code: number) => ({ jsonrpc: '2.0', id: null, error: { code, message: 'no' } })
  const waiting = new Waiting()
  const send = (id: number) => waiting.sent({ jsonrpc: '2.0', id, method: 'tools/call', params: {} } as never)
  send(7)
  // It may be of a notification.
  assert.equal(waiting.read(refusal(-32601)), undefined)
  send(8)
  assert.equal(waiting.read(refusal(-32700)), undefined)
  waiting.read({ jsonrpc: '2.0', id: 8, result: {} })
  assert.match(JSON.stringify(waiting.read(refusal(-32700))), /"id":7/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Result } from '../../../protocol/mcp.ts'
import { McpEndpoint } from './mcp.ts'
import { Sessions } from './sessions.ts'
import { gateOf, type Serving, serving } from './testing/serve.ts'

const DONE: Result = { resultType: 'complete', tools: [] }
const LIMITS = { idleMs: 60_000, atOnce: 10, atOncePerCaller: 10 }
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: META } }
const HEADERS = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/list',
}

async function setUp() {
  const gate = gateOf(() => DONE)
  const sessions = new Sessions(gate, LIMITS)
  const endpoint = new McpEndpoint(gate, sessions)
  const served = await serving(gate, (exchange) => {
    const { method } = exchange.req as { method: 'POST' }
    return endpoint.methods[method](exchange)
  })
  return {
    gate,
    served,
    async [Symbol.asyncDispose]() {
      sessions.close()
      await served[Symbol.asyncDispose]()
    },
  }
}
async function post(
  { url }: Serving,
  body: unknown,
  headers: Record<string, string> = HEADERS,
  path = '/mcp',
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(`${url}${path}`, { method: 'POST', body: text, headers })
  const said = await answer.text()
  return { status: answer.status, headers: answer.headers, body: said === '' ? undefined : JSON.parse(said) }
}

test('a request of each era is answered in its own way, by one endpoint', async () => {
  await using running = await setUp()
  const current = await post(running.served, LIST)
  assert.deepEqual([current.status, current.body.result], [200, DONE])
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }
  const { accept, 'content-type': type } = HEADERS
  const legacy = await post(
    running.served,
    { jsonrpc: '2.0', id: 2, method: 'initialize', params },
    { accept, 'content-type': type },
  )
  assert.deepEqual([legacy.status, legacy.body.result.protocolVersion], [200, '2025-11-25'])
  assert.ok(legacy.headers.get('mcp-session-id'))
})

test('a server and a choice of tools are read from the address, and must be there', async () => {
  await using running = await setUp()
  await post(running.served, LIST, HEADERS, '/mcp/fs')
  await post(running.served, LIST, HEADERS, '/mcp?tools=search')
  assert.deepEqual(
    running.gate.asked.map(({ server, toolset }) => [server, toolset]),
    [
      ['fs', 'all'],
      [undefined, 'search'],
    ],
  )
  const none = await post(running.served, LIST, HEADERS, '/mcp/nope')
  assert.deepEqual([none.status, none.body.error.message], [404, 'There is no server "nope" here.'])
  for (const path of ['/mcp?tools=few', '/mcp/fs?tools=search', '/mcp?tools=']) {
    const odd = await post(running.served, LIST, HEADERS, path)
    assert.equal(odd.status, 400, path)
    assert.match(odd.body.error.message, /The one choice of tools is/, path)
  }
  assert.equal(running.gate.asked.length, 2)
})

test('a client that takes neither JSON nor events learns which to accept', async () => {
  await using running = await setUp()
  for (const [accept, status] of [
    ['text/html', 406],
    ['application/json', 200],
    ['text/event-stream', 200],
    ['*/*', 200],
  ] as const)
    assert.equal((await post(running.served, LIST, { ...HEADERS, accept })).status, status, accept)
})

test('batches, answers to nothing and what is no message are refused, and nothing of them is done', async () => {
  await using running = await setUp()
  for (const [body, message] of [
    [[LIST], /batches are not taken/],
    [{ jsonrpc: '2.0', id: 1, result: {} }, /answers are not taken here/],
    ['{"jsonrpc": "2.0"', /not JSON|JSON/],
    [{ jsonrpc: '1.0', id: 1, method: 'tools/list' }, /2\.0/],
  ] as const) {
    const { status, body: said } = await post(running.served, body)
    assert.equal(status, 400, String(message))
    assert.match(said.error.message, message)
  }
  assert.deepEqual(running.gate.asked, [])
})

test('a notification is taken without an answer', async () => {
  await using running = await setUp()
  const { status, body } = await post(running.served, {
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { _meta: META },
  })
  assert.deepEqual([status, body], [202, undefined])
})

test('a refusal of a request has the id of the request', async () => {
  await using running = await setUp()
  const { status, body } = await post(
    running.served,
    { ...LIST, id: 'seven' },
    { ...HEADERS, 'mcp-method': 'tools/call' },
  )
  assert.deepEqual([status, body.id], [400, 'seven'])
})

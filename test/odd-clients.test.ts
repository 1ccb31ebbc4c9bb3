/** Clients that spell things in other ways than ours: addresses, headers, and messages that do not wait. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { callTool, envelope, headersOf, post, send } from './support/http.ts'

let a: Appliance
before(async () => {
  a = await startAppliance()
})
after(() => a?.stop())

const CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } })
const list = (path: string, more: object = {}) =>
  send(`${a.origin}${path}`, { headers: { ...headersOf(a.token, 'tools/list'), ...more }, body: CALL })

/** The answer to bytes as they are, until the connection ends. */
async function exchange(text: string): Promise<string> {
  const socket = connect(Number(new URL(a.origin).port), '127.0.0.1')
  socket.write(text)
  const parts: Buffer[] = await socket.toArray()
  return Buffer.concat(parts).toString()
}
const head = (target: string, host: string, version = '1.1') =>
  `GET ${target} HTTP/${version}\r\n${host}Authorization: Bearer ${a.token}\r\nConnection: close\r\n\r\n`

test('a slash at the end of any endpoint is served, without a redirect', async () => {
  for (const path of ['/mcp/', '/mcp/fs/', '/%6dcp', '/mcp/?tools=search'])
    assert.ok((await list(path)).json.result.tools, path)
  const headers = { authorization: `Bearer ${a.token}` }
  for (const path of ['/health/', '/ready/', '/metrics/', '/v1/models/', '/mcp/tools/', '/tools/'])
    assert.equal((await send(`${a.origin}${path}`, { method: 'GET', headers })).status, 200, path)
  const body = '{"timezone": "UTC"}'
  const called = await send(`${a.origin}/mcp/tools/time_get_current_time/`, {
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  })
  assert.equal(called.status, 200)
  const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws/`, { headers })
  await once(socket, 'open')
  socket.close()
})

test('a target in the form for proxies is served, and counts in place of Host', async () => {
  const { host } = new URL(a.origin)
  assert.match(await exchange(head(`http://${host}/v1/models`, 'Host: evil.example\r\n')), /^HTTP\/1\.1 200 /)
  assert.match(await exchange(head('http://evil.example/v1/models', `Host: ${host}\r\n`)), /^HTTP\/1\.1 403 /)
})

test('HTTP/1.0 needs no Host on this machine itself, and HTTP/1.1 needs one', async () => {
  assert.match(await exchange(head('/v1/models', '', '1.0')), /^HTTP\/1\.[01] 200 /)
  assert.match(await exchange(head('/v1/models', '')), /^HTTP\/1\.1 400 /)
  assert.match(await exchange(head('/v1/models', 'Host: evil.example\r\n', '1.0')), /^HTTP\/1\.1 403 /)
})

test('a body that is encoded is refused as that, in the shape of its endpoint', async () => {
  const headers = {
    authorization: `Bearer ${a.token}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  }
  for (const path of ['/mcp', '/v1/chat/completions', '/execute']) {
    const { status, json } = await send(`${a.origin}${path}`, { headers, body: gzipSync(CALL) })
    assert.equal(status, 415, path)
    assert.match(json.error.message, /has a Content-Encoding; send it without one/)
  }
  assert.equal((await list('/mcp', { 'content-encoding': 'identity' })).status, 200)
})

test('pages of an allowed origin may repeat arguments as headers', async () => {
  const asked = 'authorization, mcp-param-city, mcp-param-x.y_z, x-evil'
  const { headers } = await send(a.url, {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:6274', 'access-control-request-headers': asked },
  })
  const allowed = String(headers['access-control-allow-headers'])
  assert.match(allowed, /mcp-param-city, +mcp-param-x\.y_z/)
  assert.doesNotMatch(allowed, /x-evil/)
})

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'hasty', version: '1' },
  },
}
const AFTER = [
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 2, method: 'tools/list' },
  { jsonrpc: '2.0', id: 3, method: 'ping' },
]

test('null is absent, and an empty cursor is none', async () => {
  for (const params of [{ cursor: null }, { cursor: '' }, { arguments: null }])
    for (const path of ['', '/fs']) {
      const { json } = await post(`${a.url}${path}`, a.token, 'tools/list', params)
      assert.ok(json.result.tools, JSON.stringify(json))
    }
  const { json } = await callTool(a.url, a.token, 'time_get_current_time', null as never)
  assert.equal(json.result.resultType, 'complete')
  const listed = await callTool(a.url, a.token, 'fs_list_directory', { path: '/', cursor: null, limit: null })
  assert.equal(listed.json.result.isError, undefined, JSON.stringify(listed.json))
  const searched = await callTool(`${a.url}?tools=search`, a.token, 'search_tools', {
    query: 'time',
    limit: null,
    server: null,
  })
  assert.ok(!searched.json.result.isError)
  const body = '{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": null}\n'
  const socket = connect(a.socket)
  socket.write(`${JSON.stringify(INITIALIZE)}\n${body.replace('1', '2')}`)
  let text = ''
  for await (const part of socket) {
    text += part
    if (text.split('\n').length > 2) break
  }
  assert.doesNotMatch(text, /"error"/)
})

test('what follows "initialize" in one write waits for its answer', async () => {
  const socket = connect(a.socket)
  socket.write([INITIALIZE, ...AFTER].map((message) => `${JSON.stringify(message)}\n`).join(''))
  let text = ''
  for await (const part of socket) {
    text += part
    if (text.split('\n').length > 3) break
  }
  check(text.trim().split('\n'))
})

test('the same over a WebSocket', async () => {
  const headers = { authorization: `Bearer ${a.token}` }
  const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, { headers })
  await once(socket, 'open')
  const said: string[] = []
  const all = new Promise<void>((resolve) =>
    socket.on('message', (data) => said.push(String(data)) === 3 && resolve()),
  )
  for (const message of [INITIALIZE, ...AFTER]) socket.send(JSON.stringify(message))
  await all
  socket.close()
  check(said)
})

test('after an "initialize" that is refused, what follows is answered all the same', async () => {
  const socket = connect(a.socket)
  const bad = { ...INITIALIZE, params: {} }
  socket.write([bad, INITIALIZE, ...AFTER].map((message) => `${JSON.stringify(message)}\n`).join(''))
  let text = ''
  for await (const part of socket) {
    text += part
    if (text.split('\n').length > 4) break
  }
  const [refused, ...rest] = text.trim().split('\n')
  assert.ok(JSON.parse(refused as string).error)
  check(rest)
})

function check(lines: readonly string[]): void {
  const [first, ...others] = lines.map((line) => JSON.parse(line))
  assert.equal(first.id, 1)
  assert.ok(first.result.serverInfo)
  const byId = new Map(others.map((answer) => [answer.id, answer]))
  assert.ok(byId.get(2)?.result?.tools.length > 0, lines.join('\n'))
  assert.deepEqual(byId.get(3)?.result, {})
}

/** HEAD, OPTIONS and methods that are not there, at every endpoint of the table, by the real gateway. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { endpointsOf, type Parts } from '../src/gateway/transports/http/endpoints.ts'
import { allowed } from '../src/gateway/transports/http/routes.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { send } from './support/http.ts'

let a: Appliance
before(async () => {
  a = await startAppliance({ config: 'sessions: {atOncePerCaller: 1}' })
})
after(() => a?.stop())

const never = () => assert.fail('this table is looked at only')
const METHODS = { POST: never, GET: never, DELETE: never }
const STATUS = { health: never, ready: never, metrics: never, ca: never }
const ENDPOINTS = endpointsOf({ mcp: { methods: METHODS }, status: STATUS } as unknown as Parts).map(
  (endpoint) => ({
    path: endpoint.route.replace('{server}', 'time').replace(/\{\+?\w+\}/, 'nothing'),
    methods: Object.keys(endpoint.methods),
    allow: allowed(endpoint),
    who: endpoint.who,
  }),
)
const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  send(`${a.origin}${path}`, { method, headers: { authorization: `Bearer ${a.token}`, ...headers } })

for (const { path, methods, allow, who } of ENDPOINTS) {
  if (methods.includes('GET') && path !== '/sse')
    test(`HEAD ${path} is GET without its body`, async () => {
      const got = await ask('GET', path)
      const head = await fetch(`${a.origin}${path}`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${a.token}` },
      })
      assert.equal(head.status, got.status)
      assert.equal(head.headers.get('content-type'), got.headers['content-type'] ?? null)
      assert.equal(await head.text(), '')
      // What is measured differs from one look to the next.
      if (path !== '/metrics')
        assert.equal(head.headers.get('content-length'), got.headers['content-length'] ?? null)
    })

  test(`OPTIONS ${path} says what there is, without a token`, async () => {
    const { status, headers } = await ask('OPTIONS', path, { authorization: '' })
    assert.deepEqual([status, headers.allow], [204, allow])
    const origin = 'http://localhost:6274'
    const preflight = await ask('OPTIONS', path, { origin, 'access-control-request-method': 'POST' })
    const methods = preflight.headers['access-control-allow-methods']
    assert.equal(methods, allow ?? 'GET, HEAD, POST, DELETE, OPTIONS')
  })

  if (allow !== undefined)
    test(`another method at ${path} is refused with what there is`, async () => {
      const wrong = ['PUT', 'GET', 'POST', 'DELETE'].filter((name) => !methods.includes(name))
      for (const method of wrong) {
        const { status, headers } = await ask(method, path)
        assert.deepEqual([status, headers.allow], [405, allow], method)
      }
      const stranger = await ask('PUT', path, { authorization: 'Bearer lb_wrong' })
      assert.equal(stranger.status, who === 'anyone' ? 405 : 401)
    })
}

test('HEAD opens no stream where GET would: its place stays free', async () => {
  const head = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${a.origin}${path}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${a.token}`, ...headers },
    })
    return [response.status, response.headers.get('content-type'), await response.text()]
  }
  for (let i = 0; i < 3; i++) assert.deepEqual(await head('/sse'), [200, 'text/event-stream', ''])
  const opened = await send(a.url, {
    headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    }),
  })
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) }
  assert.deepEqual(await head('/mcp', session), [200, 'text/event-stream', ''])
  assert.equal((await ask('DELETE', '/mcp', session)).status, 204)
  const controller = new AbortController()
  const stream = await fetch(`${a.origin}/sse`, {
    headers: { authorization: `Bearer ${a.token}` },
    signal: controller.signal,
  })
  assert.equal(stream.status, 200)
  assert.deepEqual((await head('/sse'))[0], 503, 'there is room for one')
  controller.abort()
  await until('there is room again', async () => (await head('/sse'))[0] === 200)
})

test('HEAD by who is unknown, with a body that is not read, has no body in its answer', async () => {
  const socket = connect({ port: Number(new URL(a.origin).port), host: '127.0.0.1' })
  socket.write('HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n')
  const said = await text(socket)
  assert.match(said, /^HTTP\/1\.1 401 /)
  assert.ok(said.endsWith('\r\n\r\n'), said)
})

test('every refusal of plain HTTP is plain JSON, whatever the reason', async () => {
  for (const [method, path, headers, status] of [
    ['GET', '/tools', { authorization: '' }, 401],
    ['PUT', '/execute', {}, 405],
    ['POST', '/mcp/tools/x', { origin: 'https://evil.example' }, 403],
  ] as const) {
    const reply = await ask(method, path, headers)
    assert.equal(reply.status, status)
    assert.equal(reply.json.status, 'error')
    assert.ok(reply.json.error.message)
  }
})

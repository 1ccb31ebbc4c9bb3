/** What strangers and broken clients send, against the real gateway. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type Appliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf, post, send } from './support/http.ts'
import { startRogueAppliance } from './support/rogue-appliance.ts'

let a: Appliance
before(async () => {
  a = await startRogueAppliance()
})
after(() => a?.stop())

const body = (fields: object) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope }, ...fields })
const raw = (text: string | Buffer, method = 'tools/list') =>
  send(a.url, { headers: headersOf(a.token, method), body: text })

describe('messages', () => {
  const refusedAs = (code: number) => async (text: string | Buffer) => {
    const reply = await raw(text)
    assert.equal(reply.status, 400, reply.text)
    assert.equal(reply.json.error.code, code, reply.text)
    assert.ok(reply.json.error.message.length > 10)
  }
  const parseError = refusedAs(-32700)
  const invalid = refusedAs(-32600)

  test('what is not JSON is a parse error', () => parseError('{"jsonrpc": "2.0", '))
  test('an empty body is a parse error', () => parseError(''))
  test('invalid UTF-8 is a parse error', () => parseError(Buffer.from([0x22, 0xff, 0xfe, 0x22])))
  test('a scalar is no request', () => invalid('42'))
  test('null is no request', () => invalid('null'))
  test('a batch is refused', () => invalid(`[${body({})}]`))
  test('a wrong jsonrpc is refused', () => invalid(body({ jsonrpc: '1.0' })))
  test('a method that is no string is refused', () => invalid(body({ method: 7 })))
  test('params that are a string are refused', () => invalid(body({ params: 'x' })))
  test('an id that is an object is refused', () => invalid(body({ id: {} })))
  test('a million nested arrays are refused', () => invalid('['.repeat(1_000_000) + ']'.repeat(1_000_000)))

  test('a message of 17 MiB is refused with 413', async () => {
    const reply = await raw(body({ params: { _meta: envelope, x: 'y'.repeat(17 * 1024 * 1024) } }))
    assert.equal(reply.status, 413)
    assert.equal(reply.json.error.code, -32600)
  })
  test('a message of 17 MiB without a length is refused with 413', async () => {
    const headers = { ...headersOf(a.token, 'tools/list'), 'transfer-encoding': 'chunked' }
    const reply = await send(a.url, { headers, body: 'x'.repeat(17 * 1024 * 1024) })
    assert.equal(reply.status, 413)
  })
  test('of a body that was refused no more is read than a sender may have sent meanwhile', async () => {
    const { hostname, port } = new URL(a.url)
    const socket = connect(Number(port), hostname)
    const headers = {
      ...headersOf(a.token, 'tools/list'),
      host: 'localhost',
      'content-length': String(2 ** 33),
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    let said = ''
    socket.on('data', (part) => (said += part)).on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(`POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n`)
    const mib = Buffer.alloc(2 ** 20, 'x')
    let sent = 0
    while (!socket.destroyed && sent++ < 1000)
      if (!socket.write(mib))
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
    await closed
    assert.match(said, /^HTTP\/1\.1 413 /)
    assert.ok(sent < 200, `${sent} MiB were taken`)
  })
  test('another content type is refused with 415', async () => {
    const reply = await send(a.url, {
      headers: { ...headersOf(a.token, 'tools/list'), 'content-type': 'text/plain' },
      body: body({}),
    })
    assert.equal(reply.status, 415)
  })
  test('a client that accepts neither JSON nor events gets 406', async () => {
    const reply = await send(a.url, {
      headers: { ...headersOf(a.token, 'tools/list'), accept: 'text/html' },
      body: body({}),
    })
    assert.equal(reply.status, 406)
  })
  test('an unknown method is 404 with -32601 and the id', async () => {
    const reply = await post(a.url, a.token, 'no/such', {}, 'seven')
    assert.equal(reply.status, 404)
    assert.equal(reply.json.error.code, -32601)
    assert.equal(reply.json.id, 'seven')
  })
  test('names from the prototype are no methods', async () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      assert.equal((await post(a.url, a.token, name)).json.error.code, -32601)
  })
  test('positional params are refused where an envelope is needed', async () => {
    const reply = await raw(body({ params: [1, 2] }))
    assert.equal(reply.json.error.code, -32602)
  })
  test('arguments that are no object are refused', async () => {
    const reply = await post(a.url, a.token, 'tools/call', {
      name: 'time_get_current_time',
      arguments: ['x'],
    })
    assert.equal(reply.json.error.code, -32602, reply.text)
  })
  test('arguments of a wrong type are reported to the model', async () => {
    const reply = await callTool(a.url, a.token, 'fs_read_text_file', { path: 7 })
    assert.equal(reply.json.result.isError, true, reply.text)
    assert.match(reply.json.result.content[0].text, /path/)
  })
  test('missing and surplus arguments are reported to the model', async () => {
    for (const args of [{}, { path: '/x', surplus: 1 }]) {
      const reply = await callTool(a.url, a.token, 'fs_read_text_file', args)
      assert.equal(reply.json.result.isError, true, reply.text)
    }
  })
  test('an unknown tool is named in the error', async () => {
    const reply = await callTool(a.url, a.token, 'fs_no_such')
    assert.equal(reply.json.error.code, -32602)
    assert.match(reply.json.error.message, /fs_no_such/)
  })
  test('an unknown server is 404', async () =>
    assert.equal((await post(`${a.url}/nobody`, a.token, 'tools/list')).status, 404))
})

describe('headers', () => {
  const mismatch = async (headers: Record<string, string | undefined>, method = 'tools/call') => {
    const all = { ...headersOf(a.token, method, 'time_get_current_time'), ...headers }
    for (const key of Object.keys(all)) if (all[key] === undefined) delete all[key]
    const params = { name: 'time_get_current_time', arguments: {}, _meta: envelope }
    const reply = await send(a.url, {
      headers: all as Record<string, string>,
      body: JSON.stringify({ jsonrpc: '2.0', id: 5, method, params }),
    })
    assert.equal(reply.status, 400, reply.text)
    assert.equal(reply.json.error.code, -32020, reply.text)
    assert.equal(reply.json.id, 5)
  }
  test('another method in the header', () => mismatch({ 'mcp-method': 'tools/list' }))
  test('no method in the header', () => mismatch({ 'mcp-method': undefined }))
  test('another tool in the header', () => mismatch({ 'mcp-name': 'fs_delete_file' }))
  test('no tool in the header', () => mismatch({ 'mcp-name': undefined }))
  test('another version in the header', () => mismatch({ 'mcp-protocol-version': '2025-11-25' }))
  test('no version in the header', () => mismatch({ 'mcp-protocol-version': undefined }))
  test('base64 that is none', () => mismatch({ 'mcp-name': '=?base64?***?=' }))
  test('a name in base64 is decoded before it is compared', async () => {
    const name = `=?base64?${Buffer.from('time_get_current_time').toString('base64')}?=`
    const params = { name: 'time_get_current_time', arguments: {}, _meta: envelope }
    const reply = await send(a.url, {
      headers: { ...headersOf(a.token, 'tools/call'), 'mcp-name': name },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    assert.equal(reply.status, 200, reply.text)
  })
})

describe('who calls', () => {
  const attempt = (headers: Record<string, string | string[]>, url = a.url) =>
    send(url, { headers: { ...headersOf(a.token, 'tools/list'), ...headers }, body: body({}) })

  test('no token is 401 and says how to send one', async () => {
    const reply = await send(a.url, { headers: headersOf('', 'tools/list'), body: body({}) })
    assert.equal(reply.status, 401)
    assert.equal(reply.headers['www-authenticate'], 'Bearer')
    assert.equal(reply.json.error.code, -32000)
  })
  test('a wrong token is 401', async () =>
    assert.equal((await attempt({ authorization: 'Bearer lb_wrong' })).status, 401))
  test('another scheme is 401', async () =>
    assert.equal((await attempt({ authorization: `Basic ${a.token}` })).status, 401))
  test('an expired token is 401 and says so', async () => {
    const { stdout } = await a.luca(['token', 'create', 'short', '--expires', '1s', '--json'])
    const { token } = JSON.parse(stdout)
    await until('the token has expired', async () => (await post(a.url, token, 'tools/list')).status === 401)
    assert.match((await post(a.url, token, 'tools/list')).json.error.message, /expired/)
  })
  test('a revoked token is 401 at once, and its open streams end', async () => {
    const { token } = JSON.parse((await a.luca(['token', 'create', 'brief', '--json'])).stdout)
    const stream = post(a.url, token, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
    const ended = assert.rejects(stream)
    await until('the stream is open', async () => (await post(a.url, token, 'tools/list')).status === 200)
    assert.equal((await a.luca(['token', 'revoke', 'brief'])).code, 0)
    assert.equal((await post(a.url, token, 'tools/list')).status, 401)
    await ended
  })
  test('a token in the URL is refused, a right one too', async () => {
    for (const key of ['token', 'access_token']) {
      const reply = await attempt({}, `${a.url}?${key}=${a.token}`)
      assert.equal(reply.status, 400)
      assert.match(reply.json.error.message, /URL/)
    }
    assert.ok(!a.log().includes(a.token))
  })
  test('a foreign Host is 403', async () => assert.equal((await attempt({ host: 'evil.com' })).status, 403))
  test('a Host that only begins like ours is 403', async () =>
    assert.equal((await attempt({ host: 'localhost.evil.com' })).status, 403))
  test('Origin null is 403', async () => assert.equal((await attempt({ origin: 'null' })).status, 403))
  test('a foreign Origin is 403', async () =>
    assert.equal((await attempt({ origin: 'https://evil.com' })).status, 403))
  test('a header that means one thing is 400 where it comes twice, the same one too', async () => {
    for (const [name, value] of Object.entries({
      authorization: `Bearer ${a.token}`,
      'content-type': 'application/json',
      origin: 'http://localhost',
      'mcp-session-id': 'x',
      'mcp-method': 'tools/list',
      'mcp-protocol-version': '2026-07-28',
      'Last-Event-ID': '1',
    })) {
      const reply = await attempt({ [name]: [value, value] })
      assert.equal(reply.status, 400, name)
      assert.match(reply.json.error.message, /came more than once/i)
    }
  })
  test('an Origin of this machine is let in', async () =>
    assert.equal((await attempt({ origin: 'http://localhost:6274' })).status, 200))
  test('admin methods are not for tokens', async () => {
    const reply = await post(a.url, a.token, 'admin/token/create', { name: 'mine' })
    assert.equal(reply.status, 403)
    assert.equal(reply.json.error.code, -32002)
  })
})

describe('sessions and ids', () => {
  const open = async (token: string) => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    }
    const reply = await send(a.url, {
      headers: sessionHeaders(token),
      body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
    })
    assert.equal(reply.status, 200, reply.text)
    return reply.headers['mcp-session-id'] as string
  }
  const sessionHeaders = (token: string, session?: string): Record<string, string> => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(session ? { 'mcp-session-id': session } : {}),
  })
  const inSession = (
    token: string,
    session: string | undefined,
    method: string,
    params: object = {},
    id: unknown = 1,
  ) =>
    send(a.url, {
      headers: sessionHeaders(token, session),
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    })

  test('a request of the older era without a session gets an error that says to initialize', async () => {
    const reply = await inSession(a.token, undefined, 'tools/list')
    assert.ok(reply.status === 400, reply.text)
    assert.match(reply.json.error.message, /initialize/)
  })
  test("another caller's session does not exist for others", async () => {
    const session = await open(a.token)
    const { token } = JSON.parse((await a.luca(['token', 'create', 'other', '--json'])).stdout)
    assert.equal((await inSession(token, session, 'tools/list')).status, 404)
    assert.equal(
      (await send(a.url, { method: 'DELETE', headers: sessionHeaders(token, session) })).status,
      404,
    )
    assert.equal((await inSession(a.token, session, 'tools/list')).status, 200)
  })
  test('an ended session is 404', async () => {
    const session = await open(a.token)
    assert.equal(
      (await send(a.url, { method: 'DELETE', headers: sessionHeaders(a.token, session) })).status,
      204,
    )
    assert.equal((await inSession(a.token, session, 'tools/list')).status, 404)
  })
  test('the same id twice in flight in one session is refused, and the first is answered', async () => {
    const session = await open(a.token)
    const first = inSession(
      a.token,
      session,
      'tools/call',
      { name: 'rogue_slow', arguments: { ms: 1000 } },
      'same',
    )
    await until('the second is refused', async () => {
      const second = await inSession(a.token, session, 'ping', {}, 'same')
      return second.status === 400 && second.json.error.code === -32600
    })
    assert.ok((await first).json.result)
  })
  test('the same id from two callers reaches each its own answer', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => callTool(a.url, a.token, 'rogue_echo', { i }, 'same')),
    )
    for (const [i, reply] of replies.entries())
      assert.equal(reply.json.result.content[0].text, JSON.stringify({ i }))
  })
})

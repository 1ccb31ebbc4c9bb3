/** What strangers, broken clients and broken servers send, against the real gateway. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { MAX_DEPTH, MAX_DESCRIPTOR_DEPTH } from '../src/protocol/limits.ts'
import { installRogue, rogueDescriptor } from './rogue-server/install.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf, post, send } from './support/modern.ts'

let a: Appliance
let rogue: { units: string; caps: string }
let base: string

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'rogue-'))
  rogue = await installRogue(base)
  a = await startAppliance({
    units: [rogue.units],
    descriptors: [rogue.caps],
    config: 'calls:\n  timeoutSeconds: 3\n',
  })
})
after(async () => {
  await a?.stop()
  await rm(base, { recursive: true, force: true })
})

const body = (fields: object) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope }, ...fields })
const raw = (text: string | Buffer, method = 'tools/list') =>
  send(a.url, { headers: headersOf(a.token, method), body: text })
const stillWorks = async () => {
  const reply = await callTool(a.url, a.token, 'time_get_current_time', {})
  assert.equal(reply.status, 200)
  assert.ok(reply.json.result.content, reply.text)
}

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
  test('another content type is refused with 415', async () => {
    const reply = await send(a.url, {
      headers: { ...headersOf(a.token, 'tools/list'), 'content-type': 'text/plain' },
      body: body({}),
    })
    assert.equal(reply.status, 415)
  })
  test('who accepts neither JSON nor events is told so with 406', async () => {
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
  test('arguments of a wrong type are told to the model', async () => {
    const reply = await callTool(a.url, a.token, 'fs_read_text_file', { path: 7 })
    assert.equal(reply.json.result.isError, true, reply.text)
    assert.match(reply.json.result.content[0].text, /path/)
  })
  test('missing and surplus arguments are told to the model', async () => {
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
  test('two Origins are 403', async () => {
    assert.equal((await attempt({ origin: ['http://localhost', 'http://localhost'] })).status, 403)
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

  test('a request of the older era without a session is told to initialize', async () => {
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

describe('servers that misbehave', () => {
  const fails = async (tool: string, message: RegExp) => {
    const reply = await callTool(a.url, a.token, `rogue_${tool}`)
    assert.equal(reply.json.error.code, -32603, reply.text)
    assert.match(reply.json.error.message, message)
    await stillWorks()
    const again = await callTool(a.url, a.token, 'rogue_echo', { again: true })
    assert.ok(again.json.result, again.text)
  }
  test('one that answers garbage fails that call', () => fails('garbage', /stopped/))
  test('one that answers invalid UTF-8 fails that call', () => fails('binary', /stopped/))
  test('one that answers with the wrong id fails that call at its deadline', () =>
    fails('wrong_id', /longer than 3 seconds/))
  test('one that never answers fails that call at its deadline', () =>
    fails('never', /longer than 3 seconds/))
  test('one that answers a scalar fails that call', () => fails('scalar_result', /not an object/))
  test('one that hangs up fails that call', () => fails('hang_up', /stopped/))
  test('one that is killed in the middle of a call fails that call and starts again', () =>
    fails('die', /starts again/))
  test('a hanging call holds up no other, on the same server or another', async () => {
    const hanging = callTool(a.url, a.token, 'rogue_never')
    const others = await Promise.all([
      callTool(a.url, a.token, 'rogue_echo', { x: 1 }),
      callTool(a.url, a.token, 'time_get_current_time'),
    ])
    for (const reply of others) assert.ok(reply.json.result, reply.text)
    assert.equal((await hanging).json.error.code, -32603)
  })
  test("what clients put under the gateway's own keys does not reach a server, and the token neither", async () => {
    const reply = await post(a.url, a.token, 'tools/call', {
      name: 'rogue_leak',
      arguments: {},
      _meta: { 'io.llmbasedos/caller': 'forged' },
    })
    assert.ok(!reply.text.includes('forged'))
    assert.ok(!reply.text.includes(a.token))
  })
})

describe('descriptors', () => {
  const status = async () => JSON.parse((await a.luca(['call', 'admin/status', '--json'])).stdout)
  const names = async () =>
    (await post(a.url, a.token, 'tools/list')).json.result.tools.map((tool: { name: string }) => tool.name)

  test('one that is not JSON is left out and named, and the rest goes on', async () => {
    await writeFile(join(a.caps, 'broken.cap.json'), '{"service_name": ')
    await until('it is named', async () => JSON.stringify(await status()).includes('broken.cap.json'))
    await stillWorks()
    await rm(join(a.caps, 'broken.cap.json'))
  })
  test('one that names a foreign socket is left out', async () => {
    await writeFile(
      join(a.caps, 'spy.cap.json'),
      JSON.stringify({ ...rogueDescriptor, service_name: 'spy', socket: '/run/other.sock' }),
    )
    await until('it is named', async () => JSON.stringify(await status()).includes('names a socket'))
    assert.ok(!(await names()).some((name: string) => name.startsWith('spy_')))
  })
  test('one whose name leads elsewhere is left out', async () => {
    await writeFile(
      join(a.caps, 'up.cap.json'),
      JSON.stringify({ ...rogueDescriptor, service_name: '../up' }),
    )
    await until('it is named', async () => JSON.stringify(await status()).includes('service_name must be'))
  })
  test('one that nests too deep is left out, and takes no tool of others from anybody', async () => {
    const nested = (levels: number): object => (levels === 0 ? {} : { properties: nested(levels - 1) })
    const place = (name: string, levels: number) => {
      const inputSchema = { type: 'object', ...nested(levels) }
      const tools = rogueDescriptor.tools.slice(0, 1).map((tool) => ({ ...tool, inputSchema }))
      const descriptor = { ...rogueDescriptor, service_name: name, tools }
      return writeFile(join(a.caps, `${name}.cap.json`), JSON.stringify(descriptor))
    }
    // The descriptor, its list and the tool itself are three levels, and the schema one more.
    const deepest = MAX_DESCRIPTOR_DEPTH - 4
    await place('deepest', deepest)
    const tooDeep = [deepest + 1, MAX_DEPTH - 4, MAX_DEPTH, 1000]
    for (const [i, levels] of tooDeep.entries()) await place(`deep${i}`, levels)
    const problems = async () => JSON.stringify((await status()).problems)
    await until(
      'they are named',
      async () => (await problems()).split('nests deeper').length > tooDeep.length,
    )

    const shown = (await a.luca(['tools', '--json'])).stdout
    for (const name of ['deepest_echo', 'rogue_echo', 'fs_read_text_file'])
      assert.ok(shown.includes(name), name)
    assert.ok(!shown.includes('deep0_echo'))
    const search = await callTool(`${a.url}?tools=search`, a.token, 'get_tool_details', {
      name: 'deepest_echo',
    })
    assert.match(search.text, /deepest_echo/)
    assert.match((await a.luca(['doctor'])).stdout, /deep3\.cap\.json out: it nests deeper than/)
    for (const name of ['deepest', ...tooDeep.map((_, i) => `deep${i}`)])
      await rm(join(a.caps, `${name}.cap.json`))
  })
  test('one that is added, changed and removed is told to who listens', async () => {
    const seen: string[] = []
    const params = { notifications: { toolsListChanged: true }, _meta: envelope }
    const req = request(
      a.url,
      { method: 'POST', headers: headersOf(a.token, 'subscriptions/listen') },
      (res) => {
        res.on('error', () => {})
        res.on('data', (chunk) => seen.push(...(String(chunk).match(/notifications\/[\w/]+/g) ?? [])))
      },
    )
    req.on('error', () => {})
    req.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params }))
    const changes = () => seen.filter((name) => name === 'notifications/tools/list_changed').length
    await until('it is acknowledged', () => seen[0] === 'notifications/subscriptions/acknowledged')

    const path = join(a.caps, 'late.cap.json')
    const late = { ...rogueDescriptor, service_name: 'late', tools: rogueDescriptor.tools.slice(0, 1) }
    await writeFile(path, JSON.stringify(late))
    await until('the new tool is listed', async () => (await names()).includes('late_echo'))
    await until('it is told', () => changes() === 1)
    await writeFile(path, JSON.stringify({ ...late, tools: rogueDescriptor.tools.slice(0, 2) }))
    await until('the changed one is listed', async () => (await names()).includes('late_slow'))
    await until('it is told', () => changes() === 2)
    await rm(path)
    await until('it is no longer listed', async () => !(await names()).includes('late_echo'))
    await until('it is told', () => changes() === 3)
    req.destroy()
  })
})

describe('clients that go away or overdo it', () => {
  test('1 000 calls at once are all answered', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 100 })
    const one = (i: number) =>
      new Promise<string>((resolve, reject) => {
        const req = request(
          a.url,
          { method: 'POST', agent, headers: headersOf(a.token, 'tools/call', 'rogue_echo') },
          (res) => {
            let text = ''
            res.on('data', (chunk) => {
              text += chunk
            })
            res.on('end', () => resolve(JSON.parse(text).result.content[0].text))
          },
        )
        req.on('error', reject)
        req.end(
          JSON.stringify({
            jsonrpc: '2.0',
            id: i,
            method: 'tools/call',
            params: { name: 'rogue_echo', arguments: { i }, _meta: envelope },
          }),
        )
      })
    const texts = await Promise.all(Array.from({ length: 1000 }, (_, i) => one(i)))
    for (const [i, text] of texts.entries()) assert.equal(text, JSON.stringify({ i }))
    agent.destroy()
  })
  test('a client that hangs up cancels its call', async () => {
    const req = request(a.url, { method: 'POST', headers: headersOf(a.token, 'tools/call', 'rogue_never') })
    req.on('error', () => {})
    req.end(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'rogue_never', arguments: {}, _meta: envelope },
      }),
    )
    await until('it is in flight', async () =>
      JSON.parse((await a.luca(['call', 'admin/status', '--json'])).stdout).servers.some(
        (s: { name: string; inFlight: number }) => s.name === 'rogue' && s.inFlight > 0,
      ),
    )
    req.destroy()
    await until('it is written down as cancelled', () =>
      /"tool":"rogue_never".*"outcome":"cancelled"/.test(a.log()),
    )
    await stillWorks()
  })
  test('a client that never finishes its request holds nobody up', async () => {
    const socket = connect(Number(new URL(a.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${a.token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    )
    await stillWorks()
    socket.destroy()
  })
  test('a client that does not read its answers holds nobody up', async () => {
    await writeFile(join(a.files, 'large.txt'), 'x'.repeat(2 * 1024 * 1024))
    const text = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'fs_read_text_file', arguments: { path: '/large.txt' }, _meta: envelope },
    })
    const headers = Object.entries(headersOf(a.token, 'tools/call', 'fs_read_text_file'))
      .map(([k, v]) => `${k}: ${v}\r\n`)
      .join('')
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(Number(new URL(a.url).port), '127.0.0.1')
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.pause()
        socket.write(
          `POST /mcp HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        )
        return socket
      }),
    )
    await stillWorks()
    for (const socket of sockets) socket.destroy()
  })
  test('no error told a client anything of the inside', async () => {
    const reply = await callTool(a.url, a.token, 'rogue_die')
    assert.ok(!/ at |\/src\/|node:internal|\.ts:/.test(reply.text), reply.text)
    await callTool(a.url, a.token, 'rogue_echo')
  })
})

describe('configuration', () => {
  test('an unknown key keeps the gateway from starting, and the line is named', async () => {
    await assert.rejects(
      startAppliance({ config: 'calls:\n  timeoutSecond: 3\n' }),
      /gateway\.yaml:2: there is no setting .*timeoutSeconds/s,
    )
  })
  test('a wrong type keeps the gateway from starting, and the line is named', async () => {
    await assert.rejects(
      startAppliance({ config: 'owner: me\ncalls:\n  timeoutSeconds: soon\n' }),
      /gateway\.yaml:3/,
    )
  })
})

test('a full disk is told as such and leaves the file whole', async (t) => {
  const files = await mkdtemp(join(tmpdir(), 'full-'))
  t.after(() => rm(files, { recursive: true, force: true }))
  await using limited = await startAppliance({ files, fileSizeLimitKiB: 512 })
  await writeFile(join(files, 'kept.txt'), 'as it was')
  const reply = await callTool(limited.url, limited.token, 'fs_write_file', {
    path: '/kept.txt',
    content: 'x'.repeat(1024 * 1024),
  })
  assert.equal(reply.json.result.isError, true, reply.text)
  const read = await callTool(limited.url, limited.token, 'fs_read_text_file', { path: '/kept.txt' })
  assert.equal(read.json.result.content[0].text, 'as it was')
})

/** That rights hold at the moment of acting, at every entry of the real appliance. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { envelope, post, send } from './support/http.ts'
import { connectUnix, connectWebSocket, type V1Client } from './support/v1-client.ts'

let a: Appliance
let owner: V1Client
before(async () => {
  a = await startAppliance()
  owner = await connectUnix(a.socket)
})
after(async () => {
  owner?.close()
  await a?.stop()
})

/** A method of the owner's, on a connection that is open already. */
async function administer(method: string, params: object) {
  owner.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: envelope } }))
  return (await owner.next()).result
}
const made = async (name: string, options: object = {}): Promise<string> =>
  (await administer('admin/token/create', { name, ...options })).token
const revoke = (token: string) => administer('admin/token/revoke', { token })

const there = (name: string) => existsSync(join(a.files, name))
/** Resolves once a connection has ended, or said why it is not served. */
const gone = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.once('close', () => resolve()).on('data', (data) => /^HTTP\/1\.1 401/.test(`${data}`) && resolve())
  })

/** A connection to the gateway's HTTP, written by hand. */
async function raw(text: string): Promise<Socket> {
  const { hostname, port } = new URL(a.origin)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}
const head = (first: string, token: string, more: string) =>
  `${first} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${more}\r\n\r\n`

/** A text frame as clients send it, masked with zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  assert.ok(payload.length < 65_536)
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload])
}

test('a WebSocket that ignores the close frame makes no call after its token was revoked', async () => {
  const token = await made('deaf')
  const key = randomBytes(16).toString('base64')
  const socket = await raw(
    head(
      'GET /ws',
      token,
      `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`,
    ),
  )
  await once(socket, 'data')
  socket.resume()
  const write = (i: number) =>
    socket.write(frame(JSON.stringify({ id: i, method: 'mcp.fs.write', params: [`/deaf-${i}.txt`, 'x'] })))
  write(0)
  await until('the first call was made', () => there('deaf-0.txt'))
  const closed = gone(socket)
  await revoke('deaf')
  for (let i = 1; i <= 30; i++) write(i)
  await closed
  await stillServes()
  for (let i = 1; i <= 30; i++) assert.ok(!there(`deaf-${i}.txt`), `call ${i} was made`)
})

/** What was sent before has been dealt with. */
async function stillServes(): Promise<void> {
  assert.equal((await post(a.url, a.token, 'tools/list')).status, 200)
}

const BODIES: [path: string, body: string][] = [
  ['/execute', '{"name": "fs_create_directory", "parameters": {"path": "/late-execute"}}'],
  ['/mcp/tools/fs_create_directory', '{"path": "/late-named"}'],
  [
    '/mcp',
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'fs_create_directory', arguments: { path: '/late-mcp' }, _meta: envelope },
    }),
  ],
]
const NAMED = ['MCP-Protocol-Version: 2026-07-28', 'Mcp-Method: tools/call', 'Mcp-Name: fs_create_directory']
for (const [path, body] of BODIES)
  for (const how of ['revoked', 'expired'])
    test(`a body at ${path} that ends after its token was ${how} is not acted on`, async () => {
      const begin = async (name: string, lines: string[], text: string) => {
        const token = await made(name, how === 'expired' ? { expiresInSeconds: 1 } : {})
        const headers = ['Content-Type: application/json', ...NAMED, ...lines].join('\r\n')
        return raw(head(`POST ${path}`, token, headers) + text)
      }
      const name = `${path} ${how}`
      const whole = await begin(`${name} whole`, [`Content-Length: ${body.length}`], body.slice(0, -1))
      const size = body.length.toString(16)
      const chunked = await begin(name, ['Transfer-Encoding: chunked'], `${size}\r\n${body.slice(0, -1)}`)
      await stillServes()
      const closed = gone(chunked)
      if (how === 'revoked') for (const one of [name, `${name} whole`]) await revoke(one)
      await closed // without waiting for the rest
      chunked.end(`${body.slice(-1)}\r\n0\r\n\r\n`)
      const answer = once(whole.setEncoding('latin1'), 'data')
      whole.write(body.slice(-1))
      assert.match(`${await answer}`, /^HTTP\/1\.1 401 /)
      whole.destroy()
      for (const late of ['late-execute', 'late-named', 'late-mcp']) assert.ok(!there(late))
    })

test('what waits for consent ends with its token, and what was allowed to it', async () => {
  await writeFile(join(a.files, 'kept.txt'), 'kept')
  const token = await made('asks')
  const removed = () =>
    send(`${a.origin}/mcp/tools/fs_delete_file`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"path": "/kept.txt"}',
    })
  const { ticket } = (await removed()).json
  const waiting = async () => (await administer('admin/approval/list', {})).approvals
  assert.deepEqual(
    (await waiting()).map(({ id }: { id: string }) => id),
    [ticket],
  )
  assert.equal((await a.luca(['approve', ticket])).code, 0)
  await revoke('asks')
  assert.deepEqual(await waiting(), [])
  assert.match((await a.luca(['approve', ticket])).stderr, /No call .* is waiting/)
  assert.equal((await removed()).status, 401)
  assert.ok(there('kept.txt'))
})

test('a session ends with its token, with what is kept of it', async () => {
  const token = await made('session')
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const clientInfo = { name: 'c', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })
  const id = (await send(a.url, { headers, body })).headers['mcp-session-id'] as string
  await revoke('session')
  const other = await send(a.url, {
    headers: { ...headers, authorization: `Bearer ${a.token}`, 'mcp-session-id': id },
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }),
  })
  assert.equal(other.status, 404)
})

test('what a token may do is changed at once, on a connection that is open too', async () => {
  const token = await made('changes')
  const client = await connectWebSocket(a.origin, { token })
  const write = async (name: string) => client.call('mcp.fs.write', [`/${name}`, name])
  assert.ok((await write('one.txt')).result)
  const { code, stdout, stderr } = await a.luca(['token', 'change', 'changes', '--tools', 'fs_read*'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^changed changes \([0-9a-f]+\)$/m)
  assert.equal((await write('two.txt')).error.code, -32002)
  assert.ok((await client.call('mcp.fs.read', ['/one.txt'])).result)

  assert.equal(
    (await a.luca(['token', 'change', 'changes', '--tools', 'all', '--trust', 'fs.write'])).code,
    0,
  )
  assert.ok((await write('one.txt')).result, 'overwritten without being asked')
  assert.match((await a.luca(['token', 'list'])).stdout, / changes .* all +fs\.write$/m)
  assert.equal((await a.luca(['token', 'change', 'changes', '--trust', 'nothing'])).code, 0)
  assert.equal((await client.call('mcp.fs.write', ['/one.txt', 'again'])).error.code, -32002)
  assert.match(a.log(), /the rights of a token have changed/)
  client.close()

  for (const options of [[], ['--tools', 'fz_*'], ['--trust', 'fs.wirte'], ['--tier', 'NONE']])
    assert.notEqual((await a.luca(['token', 'change', 'changes', ...options])).code, 0, options.join(' '))
  assert.notEqual((await a.luca(['token', 'change', 'nobody', '--trust', 'fs.write'])).code, 0)
})

test('a stream that is open ends with its token', async () => {
  const token = await made('listens')
  const ended = assert.rejects(
    post(a.url, token, 'subscriptions/listen', { notifications: { toolsListChanged: true } }),
  )
  await stillServes()
  await revoke('listens')
  await ended
})

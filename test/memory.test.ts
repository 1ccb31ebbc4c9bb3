/** Whatever callers with a good token do, the gateway stays small and answers others: through the real appliance. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { WebSocket } from 'ws'
import { installRogue } from './rogue-server/install.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { answersOthers, GatewayMemory, MOST_MB } from './support/gateway-memory.ts'
import { envelope, headersOf, send } from './support/http.ts'

const MIB = 1024 * 1024
/** What it takes at rest, in MB. */
const RESTED_MB = 130
let a: Appliance
let base: string
let others: string
let memory: GatewayMemory
/** Those that were begun, which stay with what is kept for them. */
const sessions: string[] = []
/** What a test opened, closed after it. */
let open: { destroy(): unknown }[] = []

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'rogue-'))
  const rogue = await installRogue(base)
  a = await startAppliance({ units: [rogue.units], descriptors: [rogue.caps] })
  const users = join(a.state, 'lib/userdb')
  await mkdir(users, { recursive: true })
  await writeFile(join(users, 'somebody.user'), '{"userName":"somebody"}')
  others = JSON.parse(
    (await a.luca(['token', 'create', 'others', '--user', 'somebody', '--json'])).stdout,
  ).token
  memory = new GatewayMemory(a)
  await answersOthers(a, others)
})
after(async () => {
  await a?.stop()
  await rm(base, { recursive: true, force: true })
})
beforeEach(() => memory.forget())
afterEach(async () => {
  for (const one of open) one.destroy()
  open = []
  for (const kind of ['bodies', 'calls', 'answers', 'connections'])
    await until(`nothing is held any longer for ${kind}`, async () => (await heldFor(kind)) < MIB)
})

const sessionHeaders = (session?: string) => ({
  authorization: `Bearer ${a.token}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  ...(session === undefined ? {} : { 'mcp-session-id': session }),
})
const callText = (id: number, name: string, args: object, meta = {}) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: args, _meta: { ...envelope, ...meta } },
  })

async function initialize(clientInfo: object): Promise<{ status: number; session: string; json: unknown }> {
  const { status, headers, json } = await send(a.url, {
    headers: sessionHeaders(),
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    }),
  })
  const session = headers['mcp-session-id'] as string
  sessions.push(session)
  return { status, session, json }
}

/** Bytes that are held for this, as the metrics tell. */
async function heldFor(kind: string): Promise<number> {
  const { text } = await send(`${a.origin}/metrics`, { method: 'GET', headers: sessionHeaders() })
  return Number(new RegExp(`^llmbasedos_held_bytes\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1])
}

/** The server needs its time to say so much. */
async function muchIsUnread(): Promise<void> {
  for (let look = 0; look < 600 && (await heldFor('answers')) < 8 * MIB; look++)
    await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Begins a POST of which nothing more is sent, and whose answer is not read. */
function begin(headers: Record<string, string | number>, path = '/mcp'): ClientRequest {
  const req = request(`${a.origin}${path}`, { method: 'POST', headers, agent: new Agent() })
  req.on('error', () => {})
  open.push(req)
  return req
}

async function webSocket(): Promise<{ client: WebSocket; socket: Socket }> {
  const client = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${a.token}` },
  })
  client.on('error', () => {})
  const upgraded = once(client, 'upgrade')
  await once(client, 'open')
  const [{ socket }] = (await upgraded) as [IncomingMessage & { socket: Socket }]
  open.push({ destroy: () => client.terminate() })
  return { client, socket }
}

/** Waits until nothing of it has changed for a while, and says what it came to. */
async function settled(): Promise<void> {
  let before = -1
  await until('memory has settled', async () => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    const now = memory.nowMb
    const isSettled = Math.abs(now - before) < 3
    before = now
    return isSettled
  }).catch(() => {})
}

async function staysSmall(): Promise<void> {
  await answersOthers(a, others)
  await settled()
  if (process.env.DEBUG_MEMORY)
    process.stderr.write(`  most ${memory.mostMb.toFixed(0)} MB, now ${memory.nowMb.toFixed(0)} MB\n`)
  assert.ok(memory.mostMb < MOST_MB, `it took ${memory.mostMb.toFixed(0)} MB`)
}

test('sessions whose clients leave their streams, with all that is kept for them', async () => {
  for (let n = 0; n < 12; n++) {
    const { session } = await initialize({ name: 't', version: '1' })
    for (let stream = 0; stream < 21; stream++)
      await send(a.url, {
        headers: sessionHeaders(session),
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: stream,
          method: 'tools/call',
          params: { name: 'rogue_told', arguments: { bytes: 4 * MIB }, _meta: { progressToken: 'p' } },
        }),
      })
  }
  await staysSmall()
})

test('sessions whose clients say 8 MB of themselves', async () => {
  for (let n = 0; n < 300; n++) await initialize({ name: 't', version: '1', more: 'x'.repeat(8e6) })
  await staysSmall()
})

test('WebSockets that leave their answers unread', async () => {
  const sockets = await Promise.all(Array.from({ length: 40 }, webSocket))
  for (const { client, socket } of sockets) {
    socket.pause()
    for (let id = 0; id < 2; id++) client.send(callText(id, 'rogue_long', { bytes: 6 * MIB }))
  }
  await muchIsUnread()
  await settled()
  await staysSmall()
})

test('bodies that never end, said to be long or not', async () => {
  const bytes = Buffer.alloc(15 * MIB, 'x')
  for (let n = 0; n < 100; n++) {
    const length = n % 2 === 0 ? { 'content-length': 16 * MIB } : { 'transfer-encoding': 'chunked' }
    begin({ ...headersOf(a.token, 'tools/call', 'rogue_echo'), ...length }).write(bytes)
  }
  await settled()
  await staysSmall()
})

test('calls of sessions whose clients have gone, which go on for them', async () => {
  const { session } = await initialize({ name: 't', version: '1' })
  const text = 'x'.repeat(12 * MIB)
  for (let id = 0; id < 20; id++) {
    const req = begin(sessionHeaders(session))
    req.end(
      JSON.stringify({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name: 'rogue_never', arguments: { text } },
      }),
    )
    await until('it has come, or waits', async () => (await heldFor('bodies')) + (await heldFor('calls')) > 0)
  }
  await until('there is no more room', async () => (await heldFor('calls')) > 48 * MIB)
  for (const one of open) one.destroy()
  await until('those that have not come are dropped', async () => (await heldFor('bodies')) < MIB)
  assert.ok((await heldFor('calls')) > 48 * MIB, 'they count still')
  await staysSmall()
  await send(a.url, { method: 'DELETE', headers: sessionHeaders(session), agent: false })
})

for (const [what, unit] of [
  ['arrays', '[],'],
  ['objects', '{},'],
  ['objects of many shapes', undefined],
] as const)
  test(`16 MiB of ${what} at once on many connections`, async () => {
    const count = unit ? Math.floor((15.9 * MIB) / unit.length) : 0
    const many = unit
      ? unit.repeat(count)
      : Array.from({ length: 1_000_000 }, (_, n) => `{"k${n.toString(36)}":0},`).join('')
    const body = callText(1, 'rogue_echo', { many: ['?'] }).replace('"?"', many.slice(0, -1))
    const statuses = await Promise.all(
      Array.from({ length: 20 }, () =>
        send(a.url, { headers: headersOf(a.token, 'tools/call', 'rogue_echo'), body, agent: false }).then(
          ({ status }) => status,
          () => 0,
        ),
      ),
    )
    assert.deepEqual(new Set(statuses), new Set([429]))
    await staysSmall()
  })

test('batches of calls with long answers, which are not read', async () => {
  const sockets = await Promise.all(Array.from({ length: 10 }, webSocket))
  const batch = `[${Array.from({ length: 10 }, (_, id) => callText(id, 'rogue_long', { bytes: 4 * MIB })).join()}]`
  for (const { client, socket } of sockets) {
    socket.pause()
    client.send(batch)
  }
  await muchIsUnread()
  await settled()
  await staysSmall()
})

test('programs of this machine that do not read', async () => {
  for (let n = 0; n < 20; n++) {
    const socket = connect(a.socket)
    socket.on('error', () => {})
    open.push(socket)
    await once(socket, 'connect')
    socket.pause()
    for (let id = 0; id < 4; id++) socket.write(`${callText(id, 'rogue_long', { bytes: 6 * MIB })}\n`)
  }
  await muchIsUnread()
  await settled()
  await staysSmall()
})

test('floods of progress to event streams that are not read', async () => {
  for (let n = 0; n < 30; n++)
    begin(headersOf(a.token, 'tools/call', 'rogue_chatty')).end(
      callText(1, 'rogue_chatty', { bytes: 16 * MIB }, { progressToken: `p${n}` }),
    )
  await muchIsUnread()
  await settled()
  await staysSmall()
})

test('answers over HTTP that are not read', async () => {
  for (let n = 0; n < 40; n++) {
    const req = begin(headersOf(a.token, 'tools/call', 'rogue_long'))
    req.on('response', (res) => res.pause())
    req.end(callText(1, 'rogue_long', { bytes: 12 * MIB }))
  }
  await muchIsUnread()
  await settled()
  await staysSmall()
})

test('a client that sends more than there is room for gets the limit, at every entry, and in time', async () => {
  const large = Buffer.alloc(12 * MIB, ' ')
  const headers = headersOf(a.token, 'tools/call', 'rogue_echo')
  for (let n = 0; n < 6; n++) begin({ ...headers, 'content-length': 12 * MIB }).flushHeaders()
  await until('the budget is used up', async () => (await heldFor('bodies')) >= 72 * MIB)
  const limit = 'memory.perCallerMiB'
  const told = (error: { code: number; message: string; data: { limit: string; retryAfterMs: number } }) => {
    assert.equal(error.code, -32001)
    assert.match(error.message, /takes 7[2-9]\S* of the 96 MiB that one user may have.*try again/)
    assert.deepEqual(error.data, { limit, retryAfterMs: 1000 })
  }

  const http = await send(a.url, { headers, body: large, agent: false })
  assert.deepEqual([http.status, http.headers['retry-after']], [429, '1'])
  told(http.json.error)

  const { client } = await webSocket()
  const message = once(client, 'message')
  const closed = once(client, 'close')
  client.send(large, { binary: false })
  told(JSON.parse(String((await message)[0])).error)
  assert.equal((await closed)[0], 1013)

  const socket = connect(a.socket)
  open.push(socket)
  socket.on('error', () => {})
  const answer = new Promise((resolve) => socket.once('data', resolve))
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.write(large)
  told(JSON.parse(String(await answer)).error)
  await ended

  const small = await send(a.url, { headers, body: callText(1, 'rogue_echo', { text: 'small' }) })
  assert.equal(small.status, 200, 'what is small has a quarter of the budget for itself')
})

test('messages in parts that never end, over WebSockets and on gateway.sock', async () => {
  const part = Buffer.alloc(15 * MIB, 'x')
  for (let n = 0; n < 40; n++) {
    const { client } = await webSocket()
    client.send(part, { fin: false, binary: false })
    const socket = connect(a.socket)
    socket.on('error', () => {})
    open.push(socket)
    socket.write(part)
  }
  await settled()
  await staysSmall()
})

for (const room of ['there is room', 'there is no room'] as const)
  test(`bodies in pieces of one byte, where ${room}`, async () => {
    const headers = headersOf(a.token, 'tools/call', 'rogue_echo')
    if (room === 'there is no room')
      for (let n = 0; n < 6; n++) begin({ ...headers, 'content-length': 12 * MIB }).flushHeaders()
    const head = Object.entries({ ...headers, host: 'localhost', 'transfer-encoding': 'chunked' })
    const text = `POST /mcp HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
    const pieces = '1\r\nx\r\n'.repeat(80_000)
    for (let n = 0; n < 60; n++) {
      const socket = connect(Number(new URL(a.origin).port), '127.0.0.1')
      socket.on('error', () => {})
      open.push(socket)
      socket.write(`${text}14000\r\n${'x'.repeat(0x14000)}\r\n${pieces}`)
    }
    await settled()
    await staysSmall()
  })

test('a body in many pieces of one byte is refused with the reason', async () => {
  const req = begin({ ...headersOf(a.token, 'tools/call', 'rogue_echo'), 'transfer-encoding': 'chunked' })
  const answered = once(req, 'response')
  for (let n = 0; n < 5000; n++) req.write('x')
  const [res] = (await answered) as [IncomingMessage]
  assert.equal(res.statusCode, 400)
  assert.match(
    String(await res.toArray()),
    /more than 1024 pieces, most of them shorter than 256 bytes; send it in larger ones/,
  )
})

test('messages over WebSockets in fragments of one byte', async () => {
  for (let n = 0; n < 40; n++) {
    const { socket } = await webSocket()
    const fragment = (opcode: number) => Buffer.from([opcode, 0x81, 0, 0, 0, 0, 0x78])
    socket.write(Buffer.concat([fragment(1), ...Array.from({ length: 4000 }, () => fragment(0))]))
  }
  await settled()
  await staysSmall()
})

test('a WebSocket whose message has too many fragments is ended with the reason', async () => {
  const { client } = await webSocket()
  const closed = once(client, 'close')
  for (let n = 0; n < 5000; n++) client.send('x', { fin: false })
  const [code, reason] = await closed
  assert.equal(code, 1008)
  assert.match(String(reason), /more than 4096 fragments; send it in larger ones/)
})

test('subscriptions to addresses of megabytes', async () => {
  const { session } = await initialize({ name: 't', version: '1' })
  for (let n = 0; n < 20; n++)
    await send(a.url, {
      headers: sessionHeaders(session),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: n,
        method: 'resources/subscribe',
        params: { uri: `file:///${n}${'x'.repeat(8 * MIB)}` },
      }),
    })
  const listen = { notifications: { toolsListChanged: true, resourceSubscriptions: ['x'.repeat(8 * MIB)] } }
  for (let n = 0; n < 60; n++)
    begin(headersOf(a.token, 'subscriptions/listen')).end(
      JSON.stringify({
        jsonrpc: '2.0',
        id: n,
        method: 'subscriptions/listen',
        params: { ...listen, _meta: envelope },
      }),
    )
  await settled()
  await staysSmall()
})

test('messages to a server that does not read, whose callers have gone', async () => {
  const text = 'x'.repeat(12 * MIB)
  for (let n = 0; n < 12; n++) {
    const socket = connect(a.socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    await new Promise<void>((resolve) =>
      socket.write(`${callText(1, 'rogue_deaf', { text })}\n`, () => resolve()),
    )
    socket.destroy()
  }
  await settled()
  await staysSmall()
})

test('what all that made it take goes back once it rests', async () => {
  for (const session of sessions)
    await send(a.url, { method: 'DELETE', headers: sessionHeaders(session), agent: false })
  for (let second = 0; second < 60 && memory.nowMb > RESTED_MB; second++)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  assert.ok(memory.nowMb <= RESTED_MB, `it keeps ${memory.nowMb.toFixed(0)} MB`)
})

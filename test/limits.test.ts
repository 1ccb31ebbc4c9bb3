/** The limits that protect the gateway from callers and servers, through the real appliance. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { installRogue } from './rogue-server/install.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf, post, send } from './support/http.ts'

const MIB = 1024 * 1024
const CONFIG = `
calls: {timeoutSeconds: 20, outputBytes: ${8 * MIB}, atOncePerCaller: 50, subscriptionsPerCaller: 1}
http: {webSocketsPerCaller: 2, webSocketsAtOnce: 4}
sessions: {atOncePerCaller: 2}
`
let a: Appliance
let base: string

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'rogue-'))
  const rogue = await installRogue(base)
  a = await startAppliance({ units: [rogue.units], descriptors: [rogue.caps], config: CONFIG })
  const users = join(a.state, 'lib/userdb')
  await mkdir(users, { recursive: true })
  for (const name of ['somebody', 'third'])
    await writeFile(join(users, `${name}.user`), JSON.stringify({ userName: name }))
})
after(async () => {
  await a?.stop()
  await rm(base, { recursive: true, force: true })
})

const rogueInFlight = async (): Promise<number> => {
  const { stdout } = await a.luca(['call', 'admin/status', '--json'])
  return JSON.parse(stdout).servers.find((s: { name: string }) => s.name === 'rogue').inFlight
}
const callText = (id: number, name: string, args: object, meta = {}) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: args, _meta: { ...envelope, ...meta } },
  })
const newToken = async (name: string, ...more: string[]): Promise<string> =>
  JSON.parse((await a.luca(['token', 'create', name, ...more, '--json'])).stdout).token

test('an answer that is longer than is taken fails its call alone, and names the limit', async () => {
  const slow = callTool(a.url, a.token, 'rogue_slow', { ms: 1000 })
  const { json } = await callTool(a.url, a.token, 'rogue_long', { bytes: 9 * MIB })
  assert.equal(json.error.code, -32603)
  assert.match(json.error.message, /longer than 8388608 bytes.*calls\.outputBytes/)
  assert.equal(json.error.data.limit, 'calls.outputBytes')
  assert.ok((await slow).json.result, 'a call beside it goes on')
  assert.ok((await callTool(a.url, a.token, 'rogue_long', { bytes: 7 * MIB })).json.result)
})

test('an answer that nests too deep fails its call alone', async () => {
  const slow = callTool(a.url, a.token, 'rogue_slow', { ms: 500 })
  const { json } = await callTool(a.url, a.token, 'rogue_deep')
  assert.match(json.error.message, /can't be read.*deeper than 128/)
  assert.ok((await slow).json.result, 'a call beside it goes on')
})

const slowCalls = (): number => a.log().split('"tool":"rogue_slow"').length

/** Asks for more than a caller may leave unread, over a connection that is not read; then reads to its end. */
async function leaveUnread(socket: Socket, ask: () => void): Promise<number> {
  socket.pause()
  const before = slowCalls()
  ask()
  // Judged by what stays written down: how long calls are in flight depends on how busy this machine is.
  await until('the first call is over', () => slowCalls() > before)
  await until('all calls are over', async () => (await rogueInFlight()) === 0)
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
  })
  socket.resume()
  await once(socket, 'close')
  return bytes
}
const CALLS = 12
const ASKED = CALLS * 7 * MIB
const askMuch = (say: (text: string) => void) => {
  say(callText(100, 'rogue_slow', { ms: 1500 }))
  for (let id = 0; id < CALLS; id++) say(callText(id, 'rogue_long', { bytes: 7 * MIB }))
}

test('a program that does not read its answers loses its connection to gateway.sock', async () => {
  const socket = connect(a.socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  const bytes = await leaveUnread(socket, () => askMuch((text) => socket.write(`${text}\n`)))
  assert.ok(bytes < ASKED, `${bytes} of ${ASKED} came`)
})

test('a WebSocket whose client does not read is ended', async () => {
  const client = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${a.token}` },
  })
  client.on('error', () => {})
  let upgraded: Socket | undefined
  client.on('upgrade', ({ socket }) => {
    upgraded = socket
  })
  await once(client, 'open')
  const bytes = await leaveUnread(upgraded as Socket, () => askMuch((text) => client.send(text)))
  assert.ok(bytes < ASKED, `${bytes} of ${ASKED} came`)
})

test('an event stream that is not read is ended, and its call cancelled', async () => {
  const req = request(a.url, { method: 'POST', headers: headersOf(a.token, 'tools/call', 'rogue_chatty') })
  req.on('error', () => {})
  req.end(callText(1, 'rogue_chatty', { bytes: 40 * MIB }, { progressToken: 'p' }))
  const [res] = await once(req, 'response')
  res.on('error', () => {})
  assert.match(res.headers['content-type'], /event-stream/)
  await until('it is written down as cancelled', () =>
    /"tool":"rogue_chatty".*"outcome":"cancelled"/.test(a.log()),
  )
  req.destroy()
})

test('a server that does not read holds up the calls to it alone, and who gives one up is rid of it', async () => {
  const text = 'x'.repeat(3 * MIB)
  const sockets = await Promise.all(
    Array.from({ length: 7 }, () => connectAndSend(callText(1, 'rogue_deaf', { text }))),
  )
  await until('they wait', async () => (await rogueInFlight()) === 7)
  assert.ok((await callTool(a.url, a.token, 'fs_list_allowed_directories')).json.result)
  for (const socket of sockets) socket.destroy()
  await until('none waits', async () => (await rogueInFlight()) === 0)
})

async function connectAndSend(text: string): Promise<Socket> {
  const socket = connect(a.socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  await new Promise<void>((resolve) => socket.write(`${text}\n`, () => resolve()))
  return socket
}

test('one user has so many WebSockets, whatever their tokens, and another still has their own', async () => {
  const open = async (token: string) => {
    const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const closed = once(socket, 'close')
    const said = once(socket, 'message').then(([data]) => JSON.parse(String(data)))
    said.catch(() => {})
    await once(socket, 'open')
    return { socket, closed, said }
  }
  const refused = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, { headers }).on('error', () => {})
    const [, answer] = await once(socket, 'unexpected-response')
    let text = ''
    for await (const part of answer.setEncoding('utf8')) text += part
    assert.equal(answer.headers['retry-after'], '5')
    return { status: answer.statusCode, error: JSON.parse(text).error }
  }
  const phone = await newToken('phone')
  const first = await open(a.token)
  await open(phone)
  const fresh = await newToken('fresh')
  const third = await refused(fresh)
  assert.equal(third.status, 429)
  assert.equal(third.error.code, -32001)
  assert.deepEqual(third.error.data, { limit: 'http.webSocketsPerCaller', retryAfterMs: 5000 })
  assert.match(third.error.message, /webSocketsPerCaller/)
  const asked = await send(`${a.origin}/ws`, { method: 'GET', headers: { authorization: `Bearer ${fresh}` } })
  assert.equal(asked.status, 429, 'a page is told the same')
  const somebodys = await newToken('somebodys', '--user', 'somebody')
  const own = await open(somebodys)
  own.socket.send(callText(1, 'fs_list_directory', { path: '/' }))
  assert.equal((await own.said).id, 1)

  await open(somebodys)
  const fifth = await refused(await newToken('thirds', '--user', 'third'))
  assert.equal(fifth.status, 503)
  assert.equal(fifth.error.data.limit, 'http.webSocketsAtOnce')
  first.socket.close()
  await first.closed
  assert.equal((await (await open(a.token)).socket).readyState, WebSocket.OPEN)
})

test('a user who begins too many sessions ends the one of their own that was unused for longest', async () => {
  const initialize = async (token: string) => {
    const { headers } = await send(a.url, {
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
      }),
    })
    return headers['mcp-session-id'] as string
  }
  const ping = async (token: string, session: string) =>
    (
      await send(a.url, {
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-session-id': session,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' }),
      })
    ).status
  const laptop = await newToken('laptop')
  const somebodys = await newToken('somebodys laptop', '--user', 'somebody')
  const others = await initialize(somebodys)
  const [first, second, third] = [
    await initialize(laptop),
    await initialize(a.token),
    await initialize(a.token),
  ]
  assert.equal(await ping(somebodys, others), 200)
  assert.deepEqual(
    [await ping(laptop, first), await ping(a.token, second), await ping(a.token, third)],
    [404, 200, 200],
  )
})

test('one subscription more than a caller may have is refused with its limit, and a deadline names itself', async () => {
  const body = { notifications: { toolsListChanged: true } }
  const req = request(a.url, { method: 'POST', headers: headersOf(a.token, 'subscriptions/listen') })
  req.on('error', () => {})
  req.end(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: { ...body, _meta: envelope },
    }),
  )
  await once(req, 'response')
  const { status, json } = await post(a.url, a.token, 'subscriptions/listen', body)
  assert.equal(status, 429)
  assert.equal(json.error.data.limit, 'calls.subscriptionsPerCaller')
  req.destroy()
})

test('one connection more than a user may have takes the place of the one at rest for longest, not of one at work', async () => {
  await using few = await startAppliance({ config: 'http: {connectionsPerCaller: 2}\n' })
  const ask = (method: string, params: object = {}) => {
    const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: envelope } })
    const headers = { Host: 'localhost', ...headersOf(few.token, method), 'Content-Length': `${text.length}` }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return `POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n${text}`
  }
  const open = async (first = ask('tools/list')) => {
    const socket = connect(Number(new URL(few.origin).port), '127.0.0.1')
    socket.on('error', () => {}).setEncoding('utf8')
    const closed = once(socket, 'close')
    socket.write(first)
    const [said] = await once(socket, 'data')
    return { socket, closed, said: String(said) }
  }
  const listen = ask('subscriptions/listen', { notifications: { toolsListChanged: true } })
  const atRest = await open()
  const atWork = await open(listen)
  assert.match(atWork.said, /event-stream/)
  const third = await open()
  await atRest.closed
  assert.match(third.said, /^HTTP\/1\.1 200 /)
  assert.equal(atWork.socket.destroyed, false)
  third.socket.write(listen)
  await once(third.socket, 'data')
  const fourth = await open()
  assert.match(fourth.said, /^HTTP\/1\.1 429 .*"limit":"http\.connectionsPerCaller"/s)
  await fourth.closed
  third.socket.destroy()
  await until('a place is free again', async () => {
    const { said, socket } = await open()
    socket.destroy()
    return said.startsWith('HTTP/1.1 200 ')
  })
  atWork.socket.destroy()
})

test('one connection more to gateway.sock than a user may have, all with something said, is refused by name', async () => {
  await using few = await startAppliance({ config: 'unix: {connectionsPerCaller: 3}\n' })
  const speak = async () => {
    const socket = connect(few.socket)
    socket.on('error', () => {}).setEncoding('utf8')
    const closed = once(socket, 'close')
    socket.write('{"id":1,"method":"mcp.hello"}\n')
    const [said] = await once(socket, 'data')
    return { socket, closed, answer: JSON.parse(String(said)) }
  }
  const three = [await speak(), await speak(), await speak()]
  for (const { answer } of three) assert.ok(answer.result)
  const { answer, closed } = await speak()
  assert.equal(answer.error.data.limit, 'unix.connectionsPerCaller')
  await closed
  three[0]?.socket.destroy()
  await until('a place is free again', async () => (await speak()).answer.result)
  for (const { socket } of three) socket.destroy()
})

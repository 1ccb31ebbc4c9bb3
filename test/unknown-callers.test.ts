/**
 * Attacks by callers who are unknown, at every entry of the real gateway. While each stands, an unrelated caller is
 * answered, and the gateway stays small.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { startBareGateway } from './support/bare-gateway.ts'
import { callTool, envelope, headersOf, send } from './support/http.ts'
import { processes } from './support/processes.ts'

const MIB = 1024 * 1024
const MOST_MIB = 400
const ATTACKER = '127.0.0.2'

let a: Appliance
let pid: number
before(async () => {
  a = await startAppliance()
  pid = gatewayOf(a)
})
after(() => a?.stop())

/** The process of its gateway: a child of the one that was started. */
function gatewayOf({ process: { pid: parent } }: Appliance): number {
  const found = processes('gateway.mjs').filter(
    (one) => Number(readFileSync(`/proc/${one}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === parent,
  )
  assert.equal(found.length, 1, 'the gateway is a child of luca up')
  return found[0] as number
}

/** The most memory that a process ever had, in MiB. */
const peakOf = (of: number) =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${of}/status`, 'utf8'))?.[1]) / 1024

/** Another caller, by HTTP: without a token, and with one. */
async function othersAreServed(t: TestContext): Promise<void> {
  const from = performance.now()
  const health = await send(`${a.origin}/health`, { method: 'GET', agent: false })
  assert.equal(health.text, 'ok')
  const call = await callTool(a.url, a.token, 'time_get_current_time', {})
  assert.ok(call.json.result.content, call.text)
  t.diagnostic(
    `both answered after ${Math.round(performance.now() - from)} ms; at most ${Math.round(peakOf(pid))} MiB`,
  )
  assert.ok(peakOf(pid) < MOST_MIB, `${peakOf(pid)} MiB`)
}

/** Many connections, which end with the test; `begin` is called with each once it is open. */
async function many(
  t: TestContext,
  count: number,
  where: NetConnectOpts,
  begin: (socket: Socket) => void,
): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(where).on('error', () => {}))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(
    sockets.map((socket) =>
      Promise.race([once(socket, 'connect').then(() => begin(socket)), once(socket, 'close')]).catch(
        () => {},
      ),
    ),
  )
  return sockets
}
const entry = (localAddress?: string): NetConnectOpts => ({
  port: Number(new URL(a.origin).port),
  host: '127.0.0.1',
  ...(localAddress === undefined ? {} : { localAddress }),
})

/** One frame of 16 MiB, as a client sends it: RFC 6455, section 5.2. */
function frame(): Buffer {
  const head = Buffer.alloc(14)
  head.writeUInt16BE(0x81ff)
  head.writeBigUInt64BE(BigInt(16 * MIB), 2)
  return Buffer.concat([head, Buffer.alloc(16 * MIB, 0x20)])
}
const FRAME = frame()
const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
const POST = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer lb_wrong\r\nContent-Length: ${16 * MIB}\r\n\r\n`

for (const count of [60, 120]) {
  test(`${count} WebSockets without a token, which send 16 MiB each`, async (t) => {
    const sockets = await many(t, count, entry(), (socket) => {
      socket.write(UPGRADE)
      socket.write(FRAME)
    })
    await othersAreServed(t)
    await until('all of them have been ended', () => sockets.every(({ destroyed }) => destroyed))
    await othersAreServed(t)
  })
  test(`${count} bodies of 16 MiB without a valid token`, async (t) => {
    let next = 0
    const sockets = await many(t, count, entry(), (socket) => {
      socket.write(POST(['/mcp', '/execute', '/v1/chat/completions'][next++ % 3] as string))
      socket.write(FRAME)
    })
    await othersAreServed(t)
    await until('all of them have been ended', () => sockets.every(({ destroyed }) => destroyed))
    await othersAreServed(t)
  })
}

for (const [from, address] of [
  ['another source', ATTACKER],
  ['the same source', undefined],
] as const)
  test(`1 000 heads from ${from} that come byte by byte, without an end`, async (t) => {
    const sockets = await many(t, 1000, entry(address), (socket) => {
      socket.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\n')
    })
    const dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x: y\r\n')
    }, 100)
    t.after(() => clearInterval(dripping))
    await othersAreServed(t)
    await until('all but a share of them have been ended', () => left(sockets) <= 128)
    await othersAreServed(t)
  })

test('1 000 connections that say nothing are few soon, and none in the end', async (t) => {
  await using quick = await startAppliance({ config: 'http: {unknownSeconds: 1}\n' })
  const sockets = await many(
    t,
    1000,
    { port: Number(new URL(quick.origin).port), host: '127.0.0.1' },
    () => {},
  )
  assert.ok((await callTool(quick.url, quick.token, 'time_get_current_time', {})).json.result)
  await until('the last one has been ended', () => left(sockets) === 0)
})

const left = (sockets: Socket[]) => sockets.filter(({ destroyed }) => !destroyed).length

for (const [what, text] of [
  ['say nothing', ''],
  ['say half a message of 64 KiB', `{"id":"${'x'.repeat(64 * 1024)}`],
] as const)
  test(`1 000 connections to gateway.sock that ${what}`, async (t) => {
    const sockets = await many(t, 1000, { path: a.socket }, (socket) => {
      if (text !== '') socket.write(text)
    })
    await othersAreServed(t)
    await until('all but a share of them have been ended', () => left(sockets) <= 256)
    await othersAreServed(t)
    for (const socket of sockets) socket.destroy()
    await until(
      'the owner is let in again',
      async () => (await a.luca(['call', 'admin/status', '--json'])).code === 0,
    )
  })

test('1 000 handshakes of TLS that are not gone on with', async (t) => {
  await using gateway = await startBareGateway()
  const where = { port: gateway.port, host: '127.0.0.1' }
  // The beginning of a hello of 512 bytes: RFC 8446, section 5.1.
  const hello = Buffer.concat([
    Buffer.from('16030102000100 01fc0303'.replace(' ', ''), 'hex'),
    randomBytes(32),
  ])
  const sockets = await many(t, 1000, { ...where, localAddress: ATTACKER }, (socket) => socket.write(hello))
  const ask = (
    options: ConnectionOptions & { method: string; path: string; headers: object },
    body?: string,
  ) =>
    new Promise<string>((resolve, reject) => {
      const asked = request(
        { ...where, servername: 'box.local', ca: gateway.ca, agent: false, ...options } as object,
        async (res) => {
          let text = ''
          for await (const part of res.setEncoding('utf8')) text += part
          resolve(text)
        },
      )
      asked.on('error', reject).end(body)
    })
  const served = async () => {
    const from = performance.now()
    const host = { host: 'box.local' }
    assert.equal(await ask({ method: 'GET', path: '/health', headers: host }), 'ok')
    const headers = { ...headersOf(gateway.token, 'tools/list'), ...host }
    const listed = await ask(
      { method: 'POST', path: '/mcp', headers },
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } }),
    )
    assert.ok(JSON.parse(listed).result.tools, listed)
    t.diagnostic(
      `both answered after ${Math.round(performance.now() - from)} ms; at most ${Math.round(peakOf(gateway.pid))} MiB`,
    )
    assert.ok(peakOf(gateway.pid) < MOST_MIB)
  }
  await served()
  await until('all but a share of them have been ended', () => left(sockets) <= 128)
  await served()

  const finished = Array.from({ length: 300 }, () =>
    connectTls({ ...where, servername: 'box.local', ca: gateway.ca }).on('error', () => {}),
  )
  t.after(() => {
    for (const socket of finished) socket.destroy()
  })
  await Promise.all(
    finished.map((socket) =>
      Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => {}),
    ),
  )
  await served()
  await until('handshakes that were gone on with are no more than their share', () => left(finished) <= 128)
})

/** What a connection does with long messages and much of them, between our client and a server. */
import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { Connection, type NotificationHandler } from '../client/connection.ts'
import type { RequestOptions } from '../client/request.ts'
import { attachedTo } from '../protocol/attached.ts'
import { type CallToolResult, META } from '../protocol/mcp.ts'
import { WINDOW } from '../protocol/pieces.ts'
import { ServerConnection } from './connection.ts'
import type { MemoryLimits } from './server-host.ts'
import { openService } from './service.ts'
import { NO_HOST } from './testing/no-host.ts'
import { sampleServer } from './testing/sample-server.ts'
import { until } from './testing/until.ts'

const MEMORY = { answers: 10_000_000, requests: 1_000_000 }

async function connected(t: TestContext, memory: MemoryLimits = MEMORY) {
  const { server, validators, seen } = sampleServer()
  const log = { info() {}, error() {}, warn() {} }
  const service = await openService(server, validators, { ...NO_HOST, log, memory })
  const connect = () => {
    const [near, far] = duplexPair()
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    const serving = new ServerConnection(far, service)
    const client = new Connection(near, { clientInfo: { name: 'test', version: '0' }, pieces: true })
    t.after(() => client.close())
    const call = (name: string, args: object, options: RequestOptions = {}, meta: object = {}) =>
      client.request(
        'tools/call',
        { name, arguments: args, _meta: { [META.attach]: true, ...meta } },
        options,
      ) as Promise<CallToolResult>
    return { client, call, near, serving }
  }
  return { service, seen, connect, ...connect() }
}

const textOf = ({ content: [block] }: CallToolResult) => (block as { text: string }).text
/** Room that comes when the test says so. */
function laterRoom() {
  const asked: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    asked,
    open: resolve,
    room: (bytes: number) => {
      asked.push(bytes)
      return promise
    },
  }
}

test('long answers wait at the server until there is room for them here, and short ones pass', async (t) => {
  const { call, service, near } = await connected(t)
  const { asked, room, open } = laterRoom()
  const large = Array.from({ length: 5 }, (_, i) => call('big', { bytes: 1_000_000 + i }, { room }))
  const beside = call('roomy', { bytes: 2_000_000 }, { room })
  await until('all are announced', () => asked.length === 6)
  assert.equal(near.readableLength, 0)
  assert.ok(service.answers.held > 7_000_000)
  for (let i = 0; i < 10; i++) assert.equal(textOf(await call('echo', { text: `${i}` })), `{"text":"${i}"}`)
  open()
  for (const [i, result] of (await Promise.all(large)).entries())
    assert.equal(textOf(result), 'x'.repeat(1_000_000 + i))
  assert.ok(attachedTo(await beside)?.equals(Buffer.alloc(2_000_000, 2_000_000)))
  await until('nothing is held', () => service.answers.held === 0)
})

test('an answer that is given up frees what it held, on its way or before, and others go on', async (t) => {
  const { call, service } = await connected(t)
  for (const open of [false, true]) {
    const gone = new AbortController()
    const never = laterRoom()
    const room = (bytes: number) => (open ? void never.asked.push(bytes) : never.room(bytes))
    const given = call('big', { bytes: 5_000_000 }, { room, signal: gone.signal })
    await until('it is announced', () => never.asked.length === 1)
    gone.abort(new Error('enough'))
    await assert.rejects(given, /enough/)
    await until('nothing is held', () => service.answers.held === 0)
  }
  assert.equal(textOf(await call('big', { bytes: 300_000 })).length, 300_000)
})

test('a refusal of room is what the request fails with, and the server forgets its answer', async (t) => {
  const { call, service } = await connected(t)
  const room = () => Promise.reject(new Error('no room'))
  await assert.rejects(call('big', { bytes: 300_000 }, { room }), /no room/)
  await until('nothing is held', () => service.answers.held === 0)
})

test('handlers that say how much they need wait for it, in order and for a share of it each client', async (t) => {
  const { call, service, seen } = await connected(t)
  const { asked, room, open } = laterRoom()
  const mine = { [META.caller]: 'mine' }
  const all = Array.from({ length: 40 }, () => call('roomy', { bytes: 1_000_000 }, { room }, mine))
  await until('as many as may are announced', () => asked.length === 2)
  for (const meta of [
    { [META.caller]: 'other' },
    { ...mine, [META.session]: 'another of its sessions' },
    { ...mine, [META.clientInfo]: { name: 'another of its clients', version: '1' } },
  ]) {
    const other = await call('roomy', { bytes: 1_000_001 }, {}, meta)
    assert.equal(attachedTo(other)?.length, 1_000_001)
  }
  assert.equal(seen.calls.length, 5)
  assert.equal(textOf(await call('echo', { text: 'short' }, {}, mine)), '{"text":"short"}')
  open()
  for (const result of await Promise.all(all)) assert.equal(attachedTo(result)?.length, 1_000_000)
  await until('nothing is held', () => service.answers.held === 0)
})

test('a caller that takes nothing of what a call tells stalls its handler alone, and nothing of it is lost', async (t) => {
  const { call, seen } = await connected(t)
  const { open, room: takenLater } = laterRoom()
  const told: unknown[] = []
  const flood = (onNotification: NotificationHandler) =>
    call('flood', { messages: 1000, bytes: 1000 }, { onNotification }, { progressToken: 't' })
  const stalled = flood((_, { progress }) => {
    told.push(progress)
    return takenLater(1)
  })
  await until('it waits', () => told.length > 100)
  for (let i = 0; i < 5; i++) await call('echo', { text: 'turn' })
  const before = told.length
  assert.ok(before * 1000 < WINDOW, `${before} came`)
  let count = 0
  await flood(() => void count++)
  assert.equal(count, 1000, 'another one gets all of it')
  assert.equal(told.length, before)
  open()
  assert.equal(textOf(await stalled), 'told')
  assert.deepEqual(
    told,
    Array.from({ length: 1000 }, (_, i) => i + 1),
  )
  assert.ok(seen.aborted.length === 0)
})

test('a handler that does not wait is stopped when far too much is not taken, by the name of the limit', async (t) => {
  const { call, seen } = await connected(t)
  const { room: never } = laterRoom()
  const hurrying = call(
    'flood',
    { messages: 100_000, bytes: 1000, hurries: true },
    { onNotification: () => never(1) },
    { progressToken: 't' },
  )
  await assert.rejects(hurrying, ({ code, data }: { code: number; data: { limit: string } }) => {
    assert.deepEqual([code, data.limit], [-32001, 'server.toldUnread'])
    return true
  })
  assert.deepEqual(seen.aborted, ['RpcError'])
  assert.ok(seen.told < 2000)
  assert.equal(textOf(await call('echo', { text: 'on' })), '{"text":"on"}')
})

test('what a handler told without waiting comes before its answer, in order', async (t) => {
  const { call } = await connected(t)
  const told: unknown[] = []
  const onNotification = (_: string, { progress }: Record<string, unknown>) => {
    told.push(progress)
    return new Promise<void>((resolve) => setImmediate(resolve))
  }
  const args = { messages: 1000, bytes: 1000, hurries: true }
  assert.equal(textOf(await call('flood', args, { onNotification }, { progressToken: 't' })), 'told')
  assert.equal(told.length, 1000)
})

test('long requests wait here until the server has room, short ones pass, and one that is given up frees its place', async (t) => {
  const { call, client, service, seen } = await connected(t)
  const text = (n: number) => `${n}`.repeat(400_000)
  const blocked = new AbortController()
  service.requests.put(900_000, undefined)
  const given = [1, 2, 3, 4, 5].map((n) => call('echo', { text: text(n) }, { signal: blocked.signal }))
  for (const one of given) one.catch(() => {})
  for (let i = 0; i < 5; i++) assert.equal(textOf(await call('echo', { text: `${i}` })), `{"text":"${i}"}`)
  assert.equal(seen.calls.length, 5, 'no long one has come')
  const next = [6, 7, 8].map((n) => call('echo', { text: text(n) }))
  blocked.abort(new Error('enough'))
  await Promise.all(given.map((one) => assert.rejects(one, /enough/)))
  service.requests.give(900_000, undefined)
  const results = await Promise.all(next)
  assert.deepEqual(
    results.map((result) => (result.structuredContent as { text: string }).text),
    [6, 7, 8].map(text),
  )
  assert.equal(seen.calls.length, 8, 'each ran once')
  await until('nothing is held', () => service.requests.held === 0)
  assert.equal(client.inFlight, 0)
})

test('a connection that ends frees all that was held for it', async (t) => {
  const { call, client, connect, service } = await connected(t)
  const { asked, room } = laterRoom()
  const given = [1, 2, 3].map(() => call('big', { bytes: 500_000 }, { room }))
  service.requests.put(900_000, undefined)
  given.push(call('echo', { text: 'x'.repeat(500_000) }))
  await until('all are announced', () => asked.length === 3)
  client.close()
  await Promise.all(given.map((one) => assert.rejects(one, /closed/)))
  await until('nothing is held', () => service.answers.held === 0)
  service.requests.give(900_000, undefined)
  const again = connect()
  assert.equal(textOf(await again.call('echo', { text: 'y'.repeat(300_000) })).length, 300_011)
  assert.equal(service.requests.held, 0)
})

test('a server that stops gives the answers that it holds to whoever asks for them in time', async (t) => {
  const { call, serving } = await connected(t)
  const { asked, room, open } = laterRoom()
  const given = call('big', { bytes: 500_000 }, { room })
  await until('it is announced', () => asked.length === 1)
  const stopping = serving.stop(10_000)
  open()
  assert.equal(textOf(await given).length, 500_000)
  await stopping
})

test('an answer longer than is taken fails its call alone', async (t) => {
  const { connect } = await connected(t)
  const { near } = connect()
  near.destroy()
  const { call } = connect()
  await assert.rejects(call('big', { bytes: 17 * 1024 * 1024 }), /ask for less/)
  assert.equal(textOf(await call('big', { bytes: 16 * 1024 * 1024 - 1000 })).length, 16 * 1024 * 1024 - 1000)
})

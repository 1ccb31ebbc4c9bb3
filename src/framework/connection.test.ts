import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { META } from '../protocol/mcp.ts'
import { ServerConnection } from './connection.ts'
import { harness } from './harness.ts'
import { openService } from './service.ts'
import { NO_HOST } from './testing/no-host.ts'
import { CURRENT_META, RawClient } from './testing/raw-client.ts'
import { sampleServer } from './testing/sample-server.ts'
import { until } from './testing/until.ts'

async function start() {
  const { server, validators, seen } = sampleServer()
  const running = await harness(server, validators)
  const raw = new RawClient(running.stream())
  return { running, raw, seen, [Symbol.asyncDispose]: () => running.close() }
}

const call = (name: string, args: object = {}) => ({ name, arguments: args })

test('ids of every legal kind are returned as they were, also null, zero, fractions and the empty string', async () => {
  await using it = await start()
  for (const id of [0, -1, 1.5, 2 ** 53, '', 'x', '1', 1, null]) {
    it.raw.request(id, 'tools/call', call('echo', { text: 'a' }))
    assert.deepEqual((await it.raw.next()).id, id)
  }
})

test('the same id twice in flight refuses the second and lets the first go on', async () => {
  await using it = await start()
  it.raw.request(7, 'tools/call', call('wait', { ms: 30 }))
  it.raw.request(7, 'tools/call', call('echo', { text: 'second' }))
  const refused = await it.raw.next()
  assert.equal(refused.id, 7)
  assert.equal(refused.error.code, -32600)
  assert.match(refused.error.message, /id/)
  assert.equal((await it.raw.next()).result.content[0].text, 'waited 30 ms')
})

test('an id may be used again once its request was answered, and as another type at the same time', async () => {
  await using it = await start()
  it.raw.request(1, 'tools/call', call('wait', { ms: 20 }))
  it.raw.request('1', 'tools/call', call('echo', { text: 'b' }))
  assert.equal((await it.raw.next()).id, '1')
  assert.equal((await it.raw.next()).id, 1)
  it.raw.request(1, 'tools/call', call('echo', { text: 'c' }))
  assert.equal((await it.raw.next()).result.structuredContent.text, 'c')
})

test('a slow call does not hold up a fast one on the same connection', async () => {
  await using it = await start()
  it.raw.request('slow', 'tools/call', call('wait', { ms: 200 }))
  it.raw.request('fast', 'tools/call', call('echo', { text: 'now' }))
  assert.equal((await it.raw.next()).id, 'fast')
  assert.equal((await it.raw.next()).id, 'slow')
})

test('a thousand concurrent calls on one connection all get their own answer', async () => {
  await using it = await start()
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      it.running.connection.request('tools/call', call('echo', { text: String(i) })),
    ),
  )
  assert.deepEqual(
    answers.map((answer) => (answer.structuredContent as { text: string }).text),
    Array.from({ length: 1000 }, (_, i) => String(i)),
  )
})

test('connections don’t see each other: the same id on two of them are two requests', async () => {
  await using it = await start()
  const other = new RawClient(it.running.stream())
  it.raw.request(1, 'tools/call', call('wait', { ms: 20 }))
  other.request(1, 'tools/call', call('echo', { text: 'mine' }))
  assert.equal((await other.next()).result.structuredContent.text, 'mine')
  assert.equal((await it.raw.next()).result.content[0].text, 'waited 20 ms')
})

const BAD: [string, string | Buffer, number, RegExp][] = [
  ['text that is not JSON', '{"jsonrpc": \n', -32700, /not JSON/],
  ['a scalar', '42\n', -32600, /object/],
  ['another version of JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"x"}\n', -32600, /jsonrpc/],
  ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":5}\n', -32600, /method/],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"x"}\n', -32600, /id/],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]\n', -32600, /[Bb]atch.*separately/],
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), -32700, /UTF-8/],
  ['a million nested arrays', `${'['.repeat(1_000_000)}\n`, -32600, /deeper/],
  ['17 MiB', `"${'x'.repeat(17 * 1024 * 1024)}"\n`, -32600, /longer/],
]
for (const [what, text, code, message] of BAD)
  test(`${what} is answered with ${code}, and the connection goes on`, async () => {
    await using it = await start()
    it.raw.send(text)
    const answer = await it.raw.next()
    assert.equal(answer.error.code, code)
    assert.match(answer.error.message, message)
    it.raw.request(2, 'tools/call', call('echo', { text: 'still here' }))
    assert.equal((await it.raw.next()).result.structuredContent.text, 'still here')
  })

test('params by position are refused', async () => {
  await using it = await start()
  it.raw.send('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[1]}\n')
  const { error } = await it.raw.next()
  assert.equal(error.code, -32602)
})

test('answers end as the caller’s first message did', async () => {
  await using it = await start()
  const message = { jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: CURRENT_META } }
  it.raw.send(`${JSON.stringify(message)}\0`)
  assert.equal((await it.raw.next()).id, 1)
  assert.equal(it.raw.terminator, '\0')
})

test('responses and unknown notifications are overlooked', async () => {
  await using it = await start()
  it.raw.send('{"jsonrpc":"2.0","id":1,"result":{}}\n{"jsonrpc":"2.0","method":"notifications/odd"}\n')
  it.raw.request(2, 'server/discover')
  assert.equal((await it.raw.next()).id, 2)
  assert.deepEqual(it.raw.left, [])
})

test('the handler of a cancelled call learns it, and the call is never answered, and its id is free again', async () => {
  await using it = await start()
  it.raw.request(1, 'tools/call', call('untilAborted'))
  await until('the call runs', () => it.seen.calls.length === 1)
  it.raw.notify('notifications/cancelled', { requestId: 1, reason: 'test' })
  await until('the handler stopped', () => it.seen.aborted.length === 1)
  assert.deepEqual(it.seen.aborted, ['AbortError'])
  it.raw.request(1, 'tools/call', call('echo', { text: 'again' }))
  assert.equal((await it.raw.next()).result.structuredContent.text, 'again')
})

test('cancelling what is unknown, done or malformed does nothing', async () => {
  await using it = await start()
  it.raw.send('{"jsonrpc":"2.0","method":"notifications/cancelled"}\n')
  it.raw.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}\n')
  it.raw.notify('notifications/cancelled', { requestId: 99 })
  it.raw.notify('notifications/cancelled', { requestId: { a: 1 } })
  it.raw.request(1, 'server/discover')
  assert.equal((await it.raw.next()).id, 1)
})

test('a dropped connection cancels its calls and no one else’s', async () => {
  await using it = await start()
  const other = new RawClient(it.running.stream())
  it.raw.request(1, 'tools/call', call('untilAborted'))
  other.request(1, 'tools/call', call('wait', { ms: 100 }))
  await until('the call runs', () => it.seen.calls.length === 1)
  it.raw.stream.destroy()
  await until('the handler stopped', () => it.seen.aborted.length === 1)
  assert.equal((await other.next()).result.content[0].text, 'waited 100 ms')
})

test('a call that takes too long is aborted and answered, and its late answer is dropped', async () => {
  await using it = await start()
  it.raw.request(1, 'tools/call', {
    ...call('untilAborted'),
    _meta: { ...CURRENT_META, [META.timeoutMs]: 20 },
  })
  const { error } = await it.raw.next()
  assert.equal(error.code, -32603)
  assert.match(error.message, /longer than 20 ms/)
  assert.deepEqual(it.seen.aborted, ['TimeoutError'])
  it.raw.request(2, 'server/discover')
  assert.equal((await it.raw.next()).id, 2)
})

test('the deadline holds for a handler that ignores its signal', async () => {
  await using it = await start()
  it.raw.request(1, 'tools/call', { ...call('deaf'), _meta: { ...CURRENT_META, [META.timeoutMs]: 10 } })
  assert.match((await it.raw.next()).error.message, /longer than 10 ms/)
})

test('a result that is too deep, too long or no JSON at all becomes an error that says so', async () => {
  await using it = await start()
  it.raw.request(1, 'tools/call', call('deep'))
  assert.match((await it.raw.next()).error.message, /deeper/)
  it.raw.request(2, 'tools/call', call('big', { bytes: 17 * 1024 * 1024 }))
  assert.match((await it.raw.next()).error.message, /ask for less/)
  it.raw.request(3, 'tools/call', call('bigint'))
  const { id, error } = await it.raw.next()
  assert.deepEqual([id, error.code], [3, -32603])
})

/** A connection with tight limits, whose client reads nothing yet. */
async function unread(deadPeerMs: number) {
  const { server, validators, seen } = sampleServer()
  const warnings: string[] = []
  const log = { info() {}, error() {}, warn: (_: object, text: string) => void warnings.push(text) }
  const memory = { answers: 1_000_000, requests: 1_000_000 }
  const service = await openService(server, validators, { ...NO_HOST, log, memory })
  const [clientEnd, serverEnd] = duplexPair()
  const connection = new ServerConnection(serverEnd, service, { maxUnreadBytes: 100_000, deadPeerMs })
  const send = (id: number, params: object) => {
    const message = { jsonrpc: '2.0', id, method: 'tools/call', params: { ...params, _meta: CURRENT_META } }
    clientEnd.write(`${JSON.stringify(message)}\n`)
  }
  return { connection, service, clientEnd, serverEnd, send, seen, warnings }
}

test('a peer that reads nothing is dropped after a while, and its calls are cancelled', async () => {
  const { connection, send, seen, warnings } = await unread(20)
  send(1, call('untilAborted'))
  for (let id = 2; id < 6; id++) send(id, call('big', { bytes: 60_000 }))
  await connection.closed
  await until('the handler stopped', () => seen.aborted.length === 1)
  assert.match(warnings.join(), /reads nothing/)
})

test('long answers that are not read wait outside the stream, and those beyond a bound fail alone, by its name', async () => {
  const { clientEnd, serverEnd, service, send } = await unread(60_000)
  for (let id = 0; id < 30; id++) send(id, call('big', { bytes: 100_000 }))
  send(30, call('echo', { text: 'short' }))
  await until('all were made', () => service.handlers.running === 0)
  assert.ok(serverEnd.writableLength < 300_000, `${serverEnd.writableLength} are in the stream`)
  assert.ok(service.answers.held <= 2_000_000, `${service.answers.held} are held`)
  const client = new RawClient(clientEnd)
  const answers = []
  while (answers.length < 31) answers.push(await client.next())
  const refused = answers.filter(({ error }) => error)
  assert.ok(refused.length >= 10 && refused.length < 15, `${refused.length} were refused`)
  for (const { error } of refused) {
    assert.deepEqual([error.code, error.data.limit], [-32001, 'server.answersHeld'])
    assert.match(error.message, /took effect/)
  }
  assert.equal(answers.findIndex(({ id }) => id === 30) < 15, true, 'a short one passes')
  await until('nothing is held', () => service.answers.held === 0)
  serverEnd.destroy()
})

test('a handler that waits until its words were taken tells them all to a peer that reads late', async () => {
  const { clientEnd, serverEnd } = await unread(60_000)
  const params = {
    ...call('flood', { messages: 400, bytes: 1000 }),
    _meta: { ...CURRENT_META, progressToken: 't' },
  }
  clientEnd.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`)
  await until('the handler waits', () => serverEnd.writableNeedDrain)
  assert.ok(serverEnd.writableLength < 100_000)
  const client = new RawClient(clientEnd)
  for (let n = 1; n <= 400; n++) assert.equal((await client.next()).params.progress, n)
  assert.equal((await client.next()).id, 1)
  serverEnd.destroy()
})

test('a peer that reads late gets everything and stays connected', async () => {
  const { clientEnd, serverEnd, send } = await unread(60_000)
  for (let id = 0; id < 6; id++) send(id, call('big', { bytes: 60_000 }))
  await until('the server stopped reading', () => serverEnd.isPaused())
  const client = new RawClient(clientEnd)
  for (let id = 0; id < 6; id++) assert.equal((await client.next()).id, id)
  send(6, call('big', { bytes: 1 }))
  assert.equal((await client.next()).id, 6)
  assert.equal(serverEnd.isPaused(), false)
  serverEnd.destroy()
})

test('a caller that ends its side still gets the answers that are ready', async () => {
  await using it = await start()
  it.raw.request(1, 'server/discover')
  it.raw.stream.end()
  assert.equal((await it.raw.next()).id, 1)
  await it.raw.closed()
})

test('closing lets running calls finish and answers them, refuses new ones, and then closes', async () => {
  const { server, validators, seen } = sampleServer()
  const running = await harness(server, validators)
  const raw = new RawClient(running.stream())
  raw.request('long', 'tools/call', call('wait', { ms: 100 }))
  raw.request('first', 'server/discover')
  assert.equal((await raw.next()).id, 'first')
  const closing = running.close()
  raw.request('late', 'server/discover')
  const refused = await raw.next()
  assert.deepEqual([refused.id, refused.error.code], ['late', -32603])
  assert.match(refused.error.message, /again/)
  assert.equal((await raw.next()).result.content[0].text, 'waited 100 ms')
  await raw.closed()
  await closing
  assert.equal(seen.closed, true)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { Memory } from '../../call/memory.ts'
import { sendJson } from './answer.ts'
import { readJson, readMessage } from './body.ts'
import type { Exchange } from './exchange.ts'
import { gateOf, type Serving, serving, until } from './testing/serve.ts'

const gate = gateOf(() => assert.fail('nothing is called'))
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }
const JSON_TYPE = { 'content-type': 'application/json' }

/** Says what it read of a body. */
const reading = (read: (exchange: Exchange) => unknown, its = gate) =>
  serving(its, async (exchange) => sendJson(exchange.res, 200, { read: await read(exchange) }))
const asMessage = (exchange: Exchange) => readMessage(exchange.gate.memory, exchange)
const asJson = (exchange: Exchange) => readJson(exchange.gate.memory, exchange)

const MIB = 1024 * 1024

/** A sender of its own making: `write` sends bytes as they are, `said` is the answer. */
function sender({ url }: Serving, headers: string) {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1').setNoDelay()
  const it = { socket, said: '', write: (bytes: string | Buffer) => socket.write(bytes) }
  socket.on('data', (data) => {
    it.said += data
  })
  socket.on('error', () => {})
  socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`)
  return it
}
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const END_OF_CHUNKS = '0\r\n\r\n'

/** A server whose users may have 1 MiB each, of which ann has all but `left` bytes in use until `release`. */
async function nearlyFull(left: number) {
  const memory = new Memory({ perCallerBytes: MIB, inAllBytes: 2 * MIB })
  // Connections may take all of it; other things, three quarters.
  const inUse = memory.take('ann', 'connections', MIB - left)
  const outcomes: unknown[] = []
  const exchanges: Exchange[] = []
  const served = await reading(
    (exchange) => {
      exchanges.push(exchange)
      const read = Promise.resolve(asMessage(exchange))
      read.then(
        (message) => outcomes.push(message),
        (error) => outcomes.push(error.message),
      )
      return read
    },
    { ...gate, memory },
  )
  return { memory, served, outcomes, exchanges, release: () => inUse.release() }
}

async function post(url: string, body: string, headers: Record<string, string> = JSON_TYPE) {
  const answer = await fetch(url, { method: 'POST', body, headers })
  return { status: answer.status, said: await answer.json() }
}

test('one message is read, whatever else its type says, and what it took is given back', async () => {
  await using served = await reading(asMessage)
  for (const type of ['application/json', 'Application/JSON; charset=utf-8']) {
    const { status, said } = await post(served.url, JSON.stringify(PING), { 'content-type': type })
    assert.deepEqual([status, said.read], [200, { kind: 'request', message: PING }])
  }
  await until('its memory is given back', () => gate.memory.used === 0)
})

test('a body that is not said to be JSON, or is packed, is 415 and says how to send it', async () => {
  await using served = await reading(asMessage)
  for (const [headers, message] of [
    [{ 'content-type': 'text/plain' }, /Send the message as application\/json/],
    [{ 'content-type': 'application/json-seq' }, /Send the message as application\/json/],
    [{ ...JSON_TYPE, 'content-encoding': 'gzip' }, /has a Content-Encoding; send it without one/],
  ] as const) {
    const { status, said } = await post(served.url, JSON.stringify(PING), headers)
    assert.equal(status, 415)
    assert.match(said.error.message, message)
  }
  assert.equal(
    (await post(served.url, JSON.stringify(PING), { ...JSON_TYPE, 'content-encoding': 'Identity' })).status,
    200,
  )
})

test('what is no message is read as refused, and what is no JSON is 400', async () => {
  await using message = await reading(asMessage)
  assert.equal((await post(message.url, '{"a"')).said.read.kind, 'refused')
  await using json = await reading(asJson)
  assert.deepEqual((await post(json.url, '[1, {"a": null}]')).said.read, [1, { a: null }])
  assert.deepEqual((await post(json.url, '  \n')).said, {})
  const { status, said } = await post(json.url, '{"a"')
  assert.equal(status, 400)
  assert.match(said.error.message, /^This is not JSON: /)
})

test('a body that is too long is 413, both where its length is said and where it is not', async () => {
  await using served = await reading(asMessage)
  const said = await post(served.url, ' '.repeat(MAX_MESSAGE_BYTES + 1))
  assert.deepEqual([said.status, said.said.error.code], [413, -32600])
  const unsaid = request(served.url, { method: 'POST', headers: JSON_TYPE })
  for (let n = 0; n < 17; n++) unsaid.write(Buffer.alloc(1024 * 1024, ' '))
  const [answer] = (await once(unsaid.end(), 'response')) as [IncomingMessage]
  assert.equal(answer.statusCode, 413)
  answer.resume()
})

test('a body for which there is no memory is refused with the limit, and nothing of it stays', async () => {
  const memory = new Memory({ perCallerBytes: 1024 * 1024, inAllBytes: 2 * 1024 * 1024 })
  await using served = await reading(asMessage, { ...gate, memory })
  const { status, said } = await post(served.url, `${JSON.stringify(PING)}${' '.repeat(2 * 1024 * 1024)}`)
  assert.equal(status, 429)
  assert.match(said.error.message, /memory\.perCallerMiB/)
  await until('its memory is given back', () => memory.used === 0)
})

test('a body that says that it is too long is 413 before anything of it has come', async () => {
  await using served = await reading(asMessage)
  const { socket, ...it } = sender(served, `content-length: ${MAX_MESSAGE_BYTES + 1}`)
  const [said] = await once(socket, 'data')
  assert.match(String(said), /^HTTP\/1\.1 413 /, it.said)
  socket.destroy()
})

test('a sender that goes on after its refusal is read for a while, then its connection ends', async () => {
  await using served = await reading(asMessage)
  const it = sender(served, 'transfer-encoding: chunked')
  const part = chunk(' '.repeat(MIB))
  let sent = 0
  const parts = function* () {
    for (; sent < 200; sent++) yield part
  }
  await pipeline(parts, it.socket).catch(() => {})
  assert.ok(sent > 64 && sent < 200, `${sent} MiB were sent`)
})

test('a body in more pieces than it can need is refused, and its connection ends', async () => {
  await using served = await reading(asMessage)
  const it = sender(served, 'transfer-encoding: chunked')
  // Many chunks of one byte each may come at once: each is a piece all the same.
  it.write(chunk(' ').repeat(1100))
  await once(it.socket, 'close')
  assert.match(it.said, /^HTTP\/1\.1 400 /)
  assert.match(it.said, /^connection: close\r$/im)
  assert.match(it.said, /in more than 1024 pieces, most of them shorter than 256 bytes/)
})

test('what a body takes is counted while it comes', async () => {
  await using served = await reading(asMessage)
  const it = sender(served, 'transfer-encoding: chunked')
  it.write(chunk(`"${'x'.repeat(200_000)}`))
  await until('all that came is counted', () => gate.memory.byKind.bodies > 200_000)
  it.socket.destroy()
  await until('its memory is given back', () => gate.memory.used === 0)
})

test('a body that has come whole is read once there is memory for it, and not before', async () => {
  const { served, exchanges, outcomes, memory, release } = await nearlyFull(1000)
  await using _ = served
  const it = sender(served, 'transfer-encoding: chunked')
  it.write(chunk(JSON.stringify({ ...PING, params: { x: 'x'.repeat(2000) } })) + END_OF_CHUNKS)
  await until('it has come', () => (exchanges[0]?.req as IncomingMessage | undefined)?.readableEnded === true)
  await new Promise(setImmediate)
  assert.deepEqual(outcomes, [])
  release()
  await until('it is answered', () => it.said.startsWith('HTTP/1.1 200 '))
  it.socket.destroy()
  await until('its memory is given back', () => memory.used === 0)
})

test('while there is no memory for a body, nothing more of it is taken from its connection', async () => {
  const { served, exchanges, release } = await nearlyFull(1000)
  await using _ = served
  const it = sender(served, 'transfer-encoding: chunked')
  for (let n = 0; n < 15; n++) it.write(chunk(' '.repeat(MIB)))
  const bytesRead = () => exchanges[0]?.req.socket.bytesRead ?? 0
  let last = 0
  let same = 0
  await until('nothing more is read', () => {
    same = bytesRead() === last && last > 1000 ? same + 1 : 0
    last = bytesRead()
    return same === 100
  })
  assert.ok(last < 2 * MIB, `${last} bytes were read`)
  release()
  it.socket.destroy()
})

test('a body whose client leaves while it waits for memory waits no longer', async () => {
  const { served, exchanges, outcomes } = await nearlyFull(1000)
  await using _ = served
  const it = sender(served, 'content-length: 100000')
  await until('it waits', () => exchanges.length === 1)
  it.socket.destroy()
  await until('it is over', () => outcomes.length === 1)
  assert.deepEqual(outcomes, ['The client disconnected.'])
})

test('a client that leaves at the moment at which there is memory for its body is noticed', async () => {
  const { promise: failed, resolve } = Promise.withResolvers<string>()
  await using served = await reading((exchange) => {
    const read = Promise.resolve(asMessage(exchange))
    const { req } = exchange
    if (!('body' in req)) req.emit('close')
    read.catch((error) => resolve(error.message))
    return read
  })
  const it = sender(served, 'content-length: 1000')
  assert.equal(await failed, 'The client disconnected.')
  it.socket.destroy()
})

test('a body that is refused while it waits for memory is given none later', async () => {
  const { served, memory, release } = await nearlyFull(1)
  await using _ = served
  const it = sender(served, 'transfer-encoding: chunked')
  it.write(chunk(' ').repeat(1100))
  await once(it.socket, 'close')
  assert.match(it.said, /^HTTP\/1\.1 400 /)
  release()
  await until('no memory is in use', () => memory.used === 0)
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  assert.equal(memory.used, 0)
})

test('a client that leaves while sending releases what was held', async () => {
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  await using served = await reading((exchange) => {
    const read = asMessage(exchange)
    resolve()
    return read
  })
  const { socket, write } = sender(served, 'content-length: 100000')
  write('{"a')
  await begun
  assert.ok(gate.memory.byKind.bodies >= 100_000, 'the length that it says is counted at once')
  socket.destroy()
  await until('its memory is given back', () => gate.memory.used === 0)
})

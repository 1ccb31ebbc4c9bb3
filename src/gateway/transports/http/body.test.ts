import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { Memory } from '../../call/memory.ts'
import { sendJson } from './answer.ts'
import { readJson, readMessage } from './body.ts'
import type { Exchange } from './exchange.ts'
import { gateOf, serving, until } from './testing/serve.ts'

const gate = gateOf(() => assert.fail('nothing is called'))
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }
const JSON_TYPE = { 'content-type': 'application/json' }

/** Says what it read of a body. */
const reading = (read: (exchange: Exchange) => unknown, its = gate) =>
  serving(its, async (exchange) => sendJson(exchange.res, 200, { read: await read(exchange) }))
const asMessage = (exchange: Exchange) => readMessage(exchange.gate.memory, exchange)
const asJson = (exchange: Exchange) => readJson(exchange.gate.memory, exchange)

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

test('what is no message is told as refused, and what is no JSON is 400', async () => {
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

test('a body in more pieces than it can need is refused, and its connection ends', async () => {
  await using served = await reading(asMessage)
  const socket = connect(Number(new URL(served.url).port), '127.0.0.1').setNoDelay()
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.write(
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  )
  // Many chunks of one byte each may come at once: each is a piece all the same.
  socket.write('1\r\n \r\n'.repeat(1100))
  await once(socket, 'close')
  assert.match(answer, /^HTTP\/1\.1 400 /)
  assert.match(answer, /^connection: close\r$/im)
  assert.match(answer, /in more than 1024 pieces, most of them shorter than 256 bytes/)
})

test('who leaves while sending takes what was held along', async () => {
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  await using served = await reading((exchange) => {
    const read = asMessage(exchange)
    resolve()
    return read
  })
  const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
  socket.write(
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"a',
  )
  await begun
  assert.ok(gate.memory.byKind.bodies > 0)
  socket.destroy()
  await until('its memory is given back', () => gate.memory.used === 0)
})

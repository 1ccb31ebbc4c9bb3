import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Result } from '../../../protocol/mcp.ts'
import type { HttpResponse } from './exchange.ts'
import { HttpWithSse, MESSAGES_PATH } from './http-with-sse.ts'
import { eventsOf, gateOf, serving, until, untilAborted } from './testing/serve.ts'

const DONE: Result = { resultType: 'complete', tools: [] }
const LIMITS = { idleMs: 60_000, atOnce: 3, atOncePerCaller: 2 }
const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
const PARAMS = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'x', version: '1' } }

async function setUp() {
  const gate = gateOf((inbound) => (inbound.method === 'tools/call' ? untilAborted(inbound) : DONE))
  const sse = new HttpWithSse(gate, LIMITS)
  const responses: HttpResponse[] = []
  const served = await serving(gate, (exchange) => {
    responses.push(exchange.res)
    return exchange.req.method === 'POST' ? sse.receive(exchange) : sse.open(exchange)
  })
  const open = async (user = 'ann') => {
    const answer = await fetch(`${served.url}/sse`, { headers: { 'x-user': user } })
    const events = eventsOf(answer)
    return { answer, events, address: answer.ok ? String((await events.next()).value?.data) : '' }
  }
  const say = (
    address: string,
    body: string | Buffer<ArrayBuffer>,
    user = 'ann',
    type = 'application/json',
  ) =>
    fetch(`${served.url}${address}`, {
      method: 'POST',
      body,
      headers: { 'x-user': user, 'content-type': type },
    })
  return { ...served, gate, sse, responses, open, say }
}

test('the first event says where messages go, and answers to them come on the stream', async () => {
  await using running = await setUp()
  const { answer, events, address } = await running.open()
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  assert.match(address, new RegExp(`^${MESSAGES_PATH}\\?sessionId=[\\w-]{32}$`))
  const taken = await running.say(
    address,
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: PARAMS }),
  )
  assert.deepEqual([taken.status, await taken.text()], [202, 'Accepted'])
  const { value } = await events.next()
  assert.equal(JSON.parse(value?.data as string).result.protocolVersion, '2024-11-05')
})

test('a message that can’t be read is answered on the stream, and one of another type is refused at once', async () => {
  await using running = await setUp()
  const { events, address } = await running.open()
  assert.equal((await running.say(address, '{"jsonrpc"')).status, 202)
  assert.equal(JSON.parse((await events.next()).value?.data as string).error.code, -32700)
  assert.equal((await running.say(address, Buffer.from([0x22, 0xff, 0x22]))).status, 202)
  assert.match(JSON.parse((await events.next()).value?.data as string).error.message, /UTF-8/)
  assert.equal((await running.say(address, LIST, 'ann', 'text/plain')).status, 415)
})

test('a stream is there for who opened it, while it is open', async () => {
  await using running = await setUp()
  const { events, address } = await running.open()
  for (const [where, user] of [
    [address, 'ben'],
    [`${MESSAGES_PATH}?sessionId=other`, 'ann'],
    [MESSAGES_PATH, 'ann'],
  ] as const) {
    const refused = await running.say(where, LIST, user)
    assert.equal(refused.status, 404)
    assert.match(await refused.text(), /There is no such stream, or it has ended; open one with GET \/sse/)
  }
  await events.return(undefined)
  await until('the stream has ended', async () => (await running.say(address, LIST)).status === 404)
})

test('a user, and all together, have as many as the limits say, and HEAD opens none', async () => {
  await using running = await setUp()
  for (const _ of [1, 2, 3, 4]) {
    const head = await fetch(`${running.url}/sse`, { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream'])
    assert.equal(running.responses.at(-1)?.writableEnded, true)
  }
  await running.open('ann')
  await running.open('ann')
  const third = (await running.open('ann')).answer
  assert.deepEqual([third.status, third.headers.get('retry-after')], [503, '5'])
  assert.deepEqual((await third.json()).error.data, { limit: 'sessions.atOncePerCaller', retryAfterMs: 5000 })
  await running.open('ben')
  assert.equal((await (await running.open('cai')).answer.json()).error.data.limit, 'sessions.atOnce')
})

test('a stream that its client leaves ends its calls, and at the close all streams end', async () => {
  await using running = await setUp()
  const left = await running.open()
  const stays = await running.open('ben')
  await running.say(
    left.address,
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: PARAMS }),
  )
  await left.events.next()
  await running.say(
    left.address,
    JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'x' } }),
  )
  const [call] = running.gate.asked
  const ended = new Promise((resolve) => call?.signal.addEventListener('abort', resolve, { once: true }))
  await left.events.return(undefined)
  await ended
  running.sse.close()
  assert.equal((await stays.events.next()).done, true)
})

/** What a server of models sends of an answer before it is whole, on a connection. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { META, NOTIFICATION } from '../protocol/mcp.ts'
import { WINDOW } from '../protocol/pieces.ts'
import { harness } from './harness.ts'
import { CURRENT_META, RawClient } from './testing/raw-client.ts'
import { sampleServer } from './testing/sample-server.ts'
import { until } from './testing/until.ts'

async function start() {
  const { server, validators, seen } = sampleServer()
  const running = await harness(server, validators)
  return { running, seen, [Symbol.asyncDispose]: () => running.close() }
}
const params = (deltas: number, asked = true) => ({
  name: 'answers',
  arguments: { deltas },
  _meta: { ...CURRENT_META, ...(asked ? { [META.deltas]: true } : {}) },
})
const textOf = (result: object) => (result as { content: [{ text: string }] }).content[0].text

test('a delta is a notification of its own, encoded once, that names its request', async () => {
  await using it = await start()
  const raw = new RawClient(it.running.stream())
  raw.request('r', 'tools/call', params(1))
  const _meta = { [META.requestId]: 'r' }
  assert.deepEqual(await raw.next(), {
    jsonrpc: '2.0',
    method: 'notifications/io.llmbasedos/model_status',
    params: { queued: { position: 1 }, _meta },
  })
  const delta = await raw.next()
  assert.deepEqual(delta, {
    jsonrpc: '2.0',
    method: 'notifications/io.llmbasedos/delta',
    params: { delta: { content: '"1"'.padEnd(1000) }, _meta },
  })
  const { id, result } = await raw.next()
  assert.equal(id, 'r')
  assert.equal(textOf(result), String(JSON.stringify(delta).length), 'its sender knows how long it was')
})

test('a caller that does not ask for deltas gets none, with a progress token or without', async () => {
  await using it = await start()
  const got: string[] = []
  for (const more of [{}, { progressToken: 1 }]) {
    const { name, arguments: args, _meta } = params(3, false)
    const given = { name, arguments: args, _meta: { ..._meta, ...more } }
    const result = await it.running.connection.request('tools/call', given, {
      onNotification: (method) => got.push(method),
    })
    assert.equal(textOf(result), '0')
  }
  assert.deepEqual(got, [])
})

test('deltas come in order, all of them before the answer, and no faster than they are taken', async () => {
  await using it = await start()
  const client = it.running.connect({ pieces: true })
  const { promise: taken, resolve: take } = Promise.withResolvers<void>()
  const got: number[] = []
  const work = client.request('tools/call', params(1000), {
    onNotification(method, { delta }) {
      if (method === NOTIFICATION.delta) got.push(Number(JSON.parse((delta as { content: string }).content)))
      return taken
    },
  })
  await until('the server waits', () => got.length > 100 && got.length === it.seen.told)
  await client.request('tools/call', { name: 'echo', arguments: { text: 'turn' } })
  const before = got.length
  assert.ok(before * 1000 < WINDOW, `${before} came`)
  take()
  await work
  assert.deepEqual(
    got,
    Array.from({ length: 1000 }, (_, i) => i + 1),
  )
})

test('a call that is cancelled sends no more deltas', async () => {
  await using it = await start()
  const client = it.running.connect({ pieces: true })
  const stop = new AbortController()
  const never = new Promise<void>(() => {})
  let got = 0
  const work = client.request('tools/call', params(100_000), {
    signal: stop.signal,
    onNotification() {
      got++
      return never
    },
  })
  await until('deltas come', () => got > 100)
  stop.abort(new Error('enough'))
  await assert.rejects(work, /enough/)
  await until('its handler has stopped', () => it.seen.aborted.includes('answers'))
  const before = got
  await client.request('tools/call', { name: 'echo', arguments: { text: 'on' } })
  assert.equal(got, before)
})

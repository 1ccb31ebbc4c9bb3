import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERRORS } from '../../../protocol/errors.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { META, type Result } from '../../../protocol/mcp.ts'
import type { Inbound } from '../../call/call.ts'
import { McpEndpoint } from './mcp.ts'
import { Sessions } from './sessions.ts'
import { eventsOf, gateOf, serving, untilAborted } from './testing/serve.ts'

const VERSION = '2026-07-28'
const DONE: Result = { resultType: 'complete', tools: [] }

async function setUp(answer: (inbound: Inbound) => Promise<Result> | Result) {
  const gate = gateOf(answer)
  const sessions = new Sessions(gate, { idleMs: 60_000, atOnce: 1, atOncePerCaller: 1 })
  const endpoint = new McpEndpoint(gate, sessions)
  const served = await serving(gate, (exchange) => endpoint.methods.POST(exchange))
  const ask = (
    method: string,
    params: object = {},
    { version = VERSION, meta = {}, signal }: { version?: string; meta?: object; signal?: AbortSignal } = {},
  ) =>
    fetch(served.url, {
      method: 'POST',
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 7,
        method,
        params: { ...params, _meta: { [META.version]: version, [META.clientCapabilities]: {}, ...meta } },
      }),
      headers: {
        accept: '*/*',
        'content-type': 'application/json',
        'mcp-protocol-version': version,
        'mcp-method': method,
      },
      ...(signal ? { signal } : {}),
    })
  return {
    gate,
    endpoint,
    ask,
    async [Symbol.asyncDispose]() {
      sessions.close()
      await served[Symbol.asyncDispose]()
    },
  }
}

test('a quick answer is JSON, and tells the pipeline what the envelope says', async () => {
  await using running = await setUp(() => DONE)
  const answer = await running.ask(
    'tools/list',
    { cursor: 'c' },
    { meta: { [META.clientCapabilities]: { elicitation: {} }, [META.logLevel]: 'debug' } },
  )
  assert.equal(answer.headers.get('content-type'), 'application/json')
  assert.deepEqual(await answer.json(), { jsonrpc: '2.0', id: 7, result: DONE })
  const [asked] = running.gate.asked
  assert.deepEqual([asked?.transport, asked?.params.cursor, asked?.client.logLevel], ['http', 'c', 'debug'])
  assert.deepEqual(asked?.client.capabilities, { elicitation: {} })
})

test('with a notification the answer becomes a stream, which ends with the result or the error', async () => {
  for (const fails of [false, true]) {
    await using running = await setUp(({ notify }) => {
      notify('notifications/progress', { progress: 1 })
      if (fails) throw new RpcError('RATE_LIMITED', 'Later.')
      return DONE
    })
    const answer = await running.ask('tools/list')
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/event-stream'])
    const messages: Record<string, unknown>[] = []
    for await (const { data } of eventsOf(answer)) messages.push(JSON.parse(data))
    assert.deepEqual(messages[0], {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progress: 1 },
    })
    assert.equal(messages.length, 2)
    const { id, error } = messages[1] as { id: unknown; error: { code: number } }
    if (fails) assert.deepEqual([id, error.code], [7, ERRORS.RATE_LIMITED.code])
    else assert.deepEqual(messages[1], { jsonrpc: '2.0', id: 7, result: DONE })
  }
})

test('an error before anything else keeps the status that HTTP has for it', async () => {
  await using running = await setUp(() => {
    throw new RpcError('RATE_LIMITED', 'Later.', { data: { retryAfterMs: 1500 } })
  })
  const answer = await running.ask('tools/list')
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '2'])
  assert.equal((await answer.json()).id, 7)
})

test('what is missing in the envelope, and a version that is not spoken, are faults of the request', async () => {
  await using running = await setUp(() => assert.fail('was called'))
  const missing = await running.ask('tools/list', {}, { meta: { [META.clientCapabilities]: 'none' } })
  assert.equal(missing.status, 400)
  assert.match((await missing.json()).error.message, /clientCapabilities/)
  const unknown = await running.ask('tools/list', {}, { version: '2030-01-01' })
  assert.equal(unknown.status, 400)
  assert.deepEqual((await unknown.json()).error.data, { supported: [VERSION], requested: '2030-01-01' })
})

test('a client that hangs up cancels its call', async () => {
  const { promise: begun, resolve } = Promise.withResolvers<Inbound>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  await using running = await setUp((inbound) => {
    resolve(inbound)
    inbound.signal.addEventListener('abort', () => end(), { once: true })
    return untilAborted(inbound)
  })
  const leaving = new AbortController()
  const answer = running.ask('tools/list', {}, { signal: leaving.signal })
  await begun
  leaving.abort()
  await assert.rejects(answer)
  await ended
})

test('what a subscription tells carries its id, and at the end of the gateway it ends with its result', async () => {
  await using running = await setUp(async (inbound) => {
    inbound.notify('notifications/subscriptions/acknowledged', { notifications: {} })
    await untilAborted(inbound).catch(() => {})
    return { resultType: 'complete' }
  })
  const answer = await running.ask('subscriptions/listen', { notifications: {} })
  const events = eventsOf(answer)
  const next = async () => JSON.parse((await events.next()).value?.data as string)
  const first = await next()
  assert.equal(first.params._meta[META.subscriptionId], 7)
  running.endpoint.endSubscriptions()
  const last = await next()
  assert.deepEqual([last.id, last.result._meta[META.subscriptionId]], [7, 7])
  assert.equal((await events.next()).done, true)
})

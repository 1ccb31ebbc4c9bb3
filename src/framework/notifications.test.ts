import assert from 'node:assert/strict'
import { test } from 'node:test'
import { META } from '../protocol/mcp.ts'
import { harness } from './harness.ts'
import { CURRENT_META, RawClient } from './testing/raw-client.ts'
import { sampleServer } from './testing/sample-server.ts'

async function start(change: object = {}) {
  const { server, validators } = sampleServer()
  const running = await harness({ ...server, ...change }, validators)
  const raw = new RawClient(running.stream())
  return { running, raw, [Symbol.asyncDispose]: () => running.close() }
}

const talk = (it: { raw: RawClient }, meta: object) =>
  it.raw.request('t', 'tools/call', { name: 'talkative', _meta: { ...CURRENT_META, ...meta } })

test('without a token and a level, a call sends its answer and nothing else', async () => {
  await using it = await start()
  talk(it, {})
  assert.equal((await it.raw.next()).id, 't')
  it.raw.request(2, 'server/discover')
  assert.equal((await it.raw.next()).id, 2)
})

test('progress grows, ends before the answer, and names token and request', async () => {
  await using it = await start()
  talk(it, { progressToken: 'p' })
  const seen = []
  for (const wanted of [0, 1, 2]) {
    const { method, params } = await it.raw.next()
    assert.equal(method, 'notifications/progress')
    assert.deepEqual(params, {
      progressToken: 'p',
      progress: wanted,
      total: 2,
      message: `at ${wanted}`,
      _meta: { [META.requestId]: 't' },
    })
    seen.push(params.progress)
  }
  assert.equal((await it.raw.next()).id, 't')
  it.raw.request(2, 'tools/call', { name: 'wait', arguments: { ms: 20 } })
  assert.equal((await it.raw.next()).id, 2, 'progress after the answer was dropped')
})

test('log messages come from the level on that was asked for', async () => {
  await using it = await start()
  talk(it, { [META.logLevel]: 'info' })
  assert.deepEqual(await it.raw.next(), {
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: {
      level: 'warning',
      logger: 'sample',
      data: { what: 'a warning' },
      _meta: { [META.requestId]: 't' },
    },
  })
  assert.equal((await it.raw.next()).id, 't')
})

test('our client gets progress and messages with the call they belong to', async () => {
  await using it = await start()
  const got: string[] = []
  await it.running.connection.request(
    'tools/call',
    { name: 'talkative', _meta: { progressToken: 5, [META.logLevel]: 'debug' } },
    { onNotification: (method) => got.push(method) },
  )
  assert.deepEqual(got, [
    ...Array(3).fill('notifications/progress'),
    'notifications/message',
    'notifications/message',
  ])
})

const ALL = {
  toolsListChanged: true,
  promptsListChanged: true,
  resourcesListChanged: true,
  resourceSubscriptions: ['sample://one'],
}

test('a subscription is acknowledged first and told of what it asked for, tagged with its id', async () => {
  await using it = await start()
  it.raw.request('s', 'subscriptions/listen', { notifications: ALL })
  const _meta = { [META.subscriptionId]: 's' }
  assert.deepEqual(await it.raw.next(), {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: { _meta, notifications: ALL },
  })
  await it.running.connection.request('tools/call', { name: 'changes' })
  for (const [method, params] of [
    ['notifications/tools/list_changed', { _meta }],
    ['notifications/prompts/list_changed', { _meta }],
    ['notifications/resources/list_changed', { _meta }],
    ['notifications/resources/updated', { uri: 'sample://one', _meta }],
  ])
    assert.deepEqual(await it.raw.next(), { jsonrpc: '2.0', method, params })
})

test('a subscription receives nothing that it did not ask for', async () => {
  await using it = await start()
  it.raw.request(1, 'subscriptions/listen', {
    notifications: { promptsListChanged: true, toolsListChanged: false },
  })
  it.raw.request(2, 'subscriptions/listen', { notifications: {} })
  assert.deepEqual((await it.raw.next()).params.notifications, { promptsListChanged: true })
  assert.deepEqual((await it.raw.next()).params.notifications, {})
  it.raw.request(3, 'tools/call', { name: 'changes' })
  const { method, params } = await it.raw.next()
  assert.equal(method, 'notifications/prompts/list_changed')
  assert.equal(params._meta[META.subscriptionId], 1)
  assert.equal((await it.raw.next()).id, 3)
})

test('what the server does not tell of is left out of the acknowledgment', async () => {
  await using it = await start({ listChanged: false, subscribe: false })
  it.raw.request(1, 'subscriptions/listen', { notifications: ALL })
  assert.deepEqual((await it.raw.next()).params.notifications, {})
})

test('a cancelled subscription hears nothing more', async () => {
  await using it = await start()
  it.raw.request(1, 'subscriptions/listen', { notifications: ALL })
  await it.raw.next()
  it.raw.notify('notifications/cancelled', { requestId: 1 })
  it.raw.request(2, 'tools/call', { name: 'changes' })
  assert.equal((await it.raw.next()).id, 2)
})

test('a server that stops ends its subscriptions with a result', async () => {
  await using it = await start()
  it.raw.request(1, 'subscriptions/listen', { notifications: ALL })
  await it.raw.next()
  const closing = it.running.close()
  assert.deepEqual(await it.raw.next(), {
    jsonrpc: '2.0',
    id: 1,
    result: { resultType: 'complete', _meta: { [META.subscriptionId]: 1 } },
  })
  await it.raw.closed()
  await closing
})

test('a filter that is none is refused', async () => {
  await using it = await start()
  for (const notifications of [
    undefined,
    null,
    [],
    { toolsListChanged: 1 },
    { resourceSubscriptions: 'x' },
    { resourceSubscriptions: [1] },
  ])
    await assert.rejects(it.running.connection.request('subscriptions/listen', { notifications }), {
      code: -32602,
      message: /notifications/,
    })
})

test('the gateway is told which entries of the wake list are to be done now, of servers that are woken', async () => {
  let hurry: (key: string) => void = () => {}
  const { server } = sampleServer()
  const open = async (host: Parameters<typeof server.open>[0]) => {
    hurry = host.hurry
    return await server.open(host)
  }
  for (const isWoken of [true, false]) {
    await using it = await start({ open, ...(isWoken ? { woken: async () => {} } : { woken: undefined }) })
    it.raw.request('s', 'subscriptions/listen', { notifications: { entriesDue: true }, _meta: CURRENT_META })
    const { params } = await it.raw.next()
    assert.deepEqual(params.notifications, isWoken ? { entriesDue: true } : {})
    hurry('look')
    it.raw.request(2, 'server/discover')
    const next = await it.raw.next()
    assert.deepEqual(
      [next.method, next.params?.key],
      isWoken ? ['notifications/io.llmbasedos/entry_due', 'look'] : [undefined, undefined],
    )
  }
})

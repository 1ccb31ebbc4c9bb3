import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { NOTIFICATION, type Result } from '../../../protocol/mcp.ts'
import type { Inbound } from '../../call/call.ts'
import type { HttpResponse } from './exchange.ts'
import { McpEndpoint } from './mcp.ts'
import { Sessions } from './sessions.ts'
import { eventsOf, gateOf, serving, untilAborted } from './testing/serve.ts'

const DONE: Result = { resultType: 'complete', tools: [] }
const GIVEN = { tools: [] }
interface Ask {
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** A server, and a session with it. */
async function setUp(
  answer: (inbound: Inbound) => Promise<Result> | Result = () => DONE,
  version = '2025-11-25',
) {
  const gate = gateOf(answer)
  const sessions = new Sessions(gate, { idleMs: 60_000, atOnce: 10, atOncePerCaller: 10 })
  const endpoint = new McpEndpoint(gate, sessions)
  const responses: HttpResponse[] = []
  const served = await serving(gate, (exchange) => {
    responses.push(exchange.res)
    const method = exchange.req.method === 'HEAD' ? 'GET' : (exchange.req.method as 'POST')
    return endpoint.methods[method](exchange)
  })
  let session = ''
  const send = (method: string, body: object | undefined, { headers = {}, signal }: Ask = {}) =>
    fetch(`${served.url}/mcp`, {
      method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(session === '' ? {} : { 'mcp-session-id': session }),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    })
  const ask = (id: number, method: string, params: object = {}, how: Ask = {}) =>
    send('POST', { jsonrpc: '2.0', id, method, params }, how)
  const tell = (method: string, params: object = {}) => send('POST', { jsonrpc: '2.0', method, params })
  const begun = await ask(1, 'initialize', { protocolVersion: version, capabilities: {}, clientInfo: {} })
  session = String(begun.headers.get('mcp-session-id'))
  await begun.json()
  return {
    gate,
    sessions,
    session,
    responses,
    send,
    ask,
    tell,
    async [Symbol.asyncDispose]() {
      sessions.close()
      await served[Symbol.asyncDispose]()
    },
  }
}
const messageOf = async (answer: Response) =>
  ((await answer.json()) as { error: { message: string } }).error.message
/** A call that the test ends, and what it was. */
function held() {
  const begun = Promise.withResolvers<Inbound>()
  const end = Promise.withResolvers<Result>()
  const answer = (inbound: Inbound) => {
    begun.resolve(inbound)
    return Promise.race([end.promise, untilAborted(inbound)])
  }
  return { answer, begun: begun.promise, end: end.resolve, fail: end.reject }
}

test('initialize begins a session, whose id its requests carry', async () => {
  await using running = await setUp()
  assert.match(running.session, /^[\w-]{32}$/)
  const answer = await running.ask(2, 'tools/list')
  assert.deepEqual([answer.status, await answer.json()], [200, { jsonrpc: '2.0', id: 2, result: GIVEN }])
  assert.ok(running.gate.asked[0]?.session)
})

test('initialize without what it needs is 400', async () => {
  await using running = await setUp()
  const answer = await running.ask(1, 'initialize', {})
  assert.deepEqual([answer.status, answer.headers.get('mcp-session-id')], [400, null])
})

test('without a session, with another one’s, and with one that is not there nothing is done', async () => {
  await using running = await setUp()
  for (const [headers, status] of [
    [{ 'mcp-session-id': 'other' }, 404],
    [{ 'x-user': 'ben' }, 404],
    [{ 'mcp-protocol-version': '1999-01-01' }, 400],
  ] as const)
    for (const method of ['POST', 'GET', 'DELETE']) {
      if (method !== 'POST' && 'mcp-protocol-version' in headers) continue
      const body = method === 'POST' ? { jsonrpc: '2.0', id: 2, method: 'tools/list' } : undefined
      const answer = await running.send(method, body, { headers })
      assert.equal(answer.status, status, `${method} ${JSON.stringify(headers)}`)
      await answer.body?.cancel()
    }
  assert.deepEqual(running.gate.asked, [])
  assert.equal(running.sessions.count, 1)
})

test('a DELETE ends the session, and then it is not there', async () => {
  await using running = await setUp()
  assert.equal((await running.send('DELETE', undefined)).status, 204)
  assert.equal((await running.ask(2, 'tools/list')).status, 404)
  assert.equal(running.gate.ended.length, 1)
})

test('notifications and answers are taken without a word, and a cancelled request ends without an answer', async () => {
  const call = held()
  await using running = await setUp(call.answer)
  assert.equal((await running.tell('notifications/initialized')).status, 202)
  assert.equal((await running.send('POST', { jsonrpc: '2.0', id: 99, result: {} })).status, 202)
  const asked = running.ask(2, 'tools/list')
  await call.begun
  assert.equal((await running.tell(NOTIFICATION.cancelled, { requestId: 3 })).status, 202)
  assert.equal((await call.begun).signal.aborted, false)
  assert.equal((await running.tell(NOTIFICATION.cancelled, { requestId: 2 })).status, 202)
  const answer = await asked
  assert.deepEqual([answer.headers.get('content-type'), await answer.text()], ['text/event-stream', ''])
})

test('an id is used for one request at a time', async () => {
  const call = held()
  await using running = await setUp(call.answer)
  const first = running.ask(2, 'tools/list')
  await call.begun
  const second = await running.ask(2, 'tools/list')
  assert.equal(second.status, 400)
  assert.match(await messageOf(second), /still being worked on; use another id/)
  call.end(DONE)
  assert.equal((await first).status, 200)
  assert.equal((await running.ask(2, 'tools/list')).status, 200)
})

test('with a notification the answer is a stream, which newer clients get a first event of to reconnect with', async () => {
  for (const [version, primed] of [
    ['2025-11-25', true],
    ['2025-06-18', false],
  ] as const) {
    await using running = await setUp(({ notify }) => {
      notify('notifications/progress', { progress: 1 })
      return DONE
    }, version)
    const answer = await running.ask(2, 'tools/list')
    const events: { id?: string; data: string }[] = []
    for await (const event of eventsOf(answer)) events.push(event)
    if (primed) assert.match(JSON.stringify(events.shift()), /^\{"id":"[\da-f]{18}-0","data":""\}$/)
    assert.deepEqual(
      events.map(({ data }) => JSON.parse(data).method ?? JSON.parse(data).result),
      ['notifications/progress', GIVEN],
    )
  }
})

test('a request goes on without its connection, and its client reconnects for what it missed', async () => {
  const call = held()
  await using running = await setUp((inbound) => {
    inbound.notify('notifications/progress', { progress: 1 })
    return call.answer(inbound)
  })
  const answer = await running.ask(2, 'tools/list')
  const events = eventsOf(answer)
  await events.next()
  const { value: progress } = await events.next()
  await events.return(undefined)
  call.end(DONE)
  const again = await running.send('GET', undefined, { headers: { 'last-event-id': String(progress?.id) } })
  const missed: unknown[] = []
  for await (const { data } of eventsOf(again)) missed.push(JSON.parse(data))
  assert.deepEqual(missed, [{ jsonrpc: '2.0', id: 2, result: GIVEN }])
  assert.equal((await call.begun).signal.aborted, false)
})

test('a cancelled request whose stream has begun ends it without an answer', async () => {
  const call = held()
  await using running = await setUp((inbound) => {
    inbound.notify('notifications/progress', { progress: 1 })
    return call.answer(inbound).catch(() => DONE)
  })
  const answer = await running.ask(2, 'tools/list')
  await call.begun
  await running.tell(NOTIFICATION.cancelled, { requestId: 2 })
  assert.doesNotMatch(await answer.text(), /"result"/)
})

test('what the client is asked comes on the stream of its request, and its answer goes on with the call', async () => {
  await using running = await setUp(({ params }) =>
    params.inputResponses
      ? DONE
      : {
          resultType: 'input_required',
          inputRequests: { a: { method: 'elicitation/create', params: { message: 'Which?' } } },
        },
  )
  const events = eventsOf(await running.ask(2, 'tools/list'))
  await events.next()
  const asked = JSON.parse((await events.next()).value?.data as string)
  assert.equal(asked.method, 'elicitation/create')
  await running.send('POST', { jsonrpc: '2.0', id: asked.id, result: { action: 'accept', content: {} } })
  assert.deepEqual(JSON.parse((await events.next()).value?.data as string).result, GIVEN)
})

test('an error is an answer of 200, as JSON or on its stream', async () => {
  for (const streams of [false, true]) {
    await using running = await setUp(({ notify }) => {
      if (streams) notify('notifications/progress', { progress: 1 })
      throw new Error('with a secret in it')
    })
    const answer = await running.ask(2, 'tools/list')
    const text = await answer.text()
    assert.equal(answer.status, 200)
    assert.match(text, /"id":2,"error":\{"code":-32603/)
    assert.doesNotMatch(text, /secret/)
    await using limited = await setUp(() => {
      throw new RpcError('RATE_LIMITED', 'Later.')
    })
    assert.equal((await limited.ask(2, 'tools/list')).status, 200)
  }
})

test('a GET opens the stream that belongs to no request, and a newer one takes its place', async () => {
  await using running = await setUp()
  const first = await running.send('GET', undefined)
  assert.deepEqual([first.status, first.headers.get('content-type')], [200, 'text/event-stream'])
  const second = await running.send('GET', undefined)
  assert.equal(await first.text(), '')
  await second.body?.cancel()
})

test('HEAD opens no stream, and leaves the one that is open', async () => {
  await using running = await setUp()
  await running.send('GET', undefined)
  const opened = running.responses.at(-1)
  const head = await running.send('HEAD', undefined)
  assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream'])
  assert.deepEqual([opened?.writableEnded, running.responses.at(-1)?.writableEnded], [false, true])
})

test('a GET that takes no events, and an event that was not given here, are refused', async () => {
  await using running = await setUp()
  for (const [headers, status, message] of [
    [{ accept: 'application/json' }, 406, /accept text\/event-stream/],
    [{ 'last-event-id': 'odd' }, 400, /was not given here/],
    [{ 'last-event-id': 'abcdef-1' }, 404, /no longer kept/],
  ] as const) {
    const answer = await running.send('GET', undefined, { headers })
    assert.equal(answer.status, status)
    assert.match(await messageOf(answer), message)
  }
})

test('the end of a session ends its requests and streams', async () => {
  const call = held()
  await using running = await setUp(call.answer)
  const standalone = await running.send('GET', undefined)
  const asked = running.ask(2, 'tools/list')
  const { signal } = await call.begun
  const aborted = once(signal, 'abort')
  running.sessions.endOf('token:ann')
  await aborted
  assert.equal(await standalone.text(), '')
  await (await asked).text()
})

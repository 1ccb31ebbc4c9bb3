import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ERRORS } from '../protocol/errors.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { META, NOTIFICATION, type Result } from '../protocol/mcp.ts'
import { Connection } from './connection.ts'
import type { PeerRequest, PeerRequestHandler } from './peer-requests.ts'

const DONE: Result = { resultType: 'complete' }

interface Sent {
  id?: unknown
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string }
}

/** A server that a test speaks for, and the client's connection to it. */
function connected(t: TestContext) {
  const [near, far] = duplexPair()
  const odd: string[] = []
  const connection = new Connection(near, {
    clientInfo: { name: 'test', version: '0' },
    pieces: true,
    onOdd: (what) => odd.push(what),
  })
  t.after(() => connection.close())
  const sent: Sent[] = []
  far.on('data', (chunk: Buffer) => {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      const message = JSON.parse(line)
      sent.push(message)
      if (message.method === 'server/discover')
        say({ id: message.id, result: { ...DONE, _meta: { [META.pieces]: true } } })
    }
  })
  const say = (message: object) => far.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const until = async (what: string, found: (one: Sent) => boolean): Promise<Sent> => {
    for (let turn = 0; turn < 10_000; turn++) {
      const one = sent.find(found)
      if (one) return one
      await nextTurn()
    }
    throw new Error(`Waited in vain for ${what}: ${JSON.stringify(sent)}`)
  }
  const answerTo = (id: unknown) =>
    until(`an answer to ${id}`, (one) => one.id === id && one.method === undefined)
  return { connection, far, say, sent, until, answerTo, odd }
}

/** Answers as a test says, and writes down what is held. */
function handler(answer: (request: PeerRequest) => Promise<Result> | Result) {
  const held = { requests: 0, answers: 0 }
  const given: PeerRequestHandler = {
    answer: async (request) => answer(request),
    async holdRequest(bytes) {
      held.requests += bytes
      return () => {
        held.requests -= bytes
      }
    },
    holdAnswer(bytes) {
      held.answers += bytes
      return () => {
        held.answers -= bytes
      }
    },
  }
  return { given, held }
}

test('a request within one of ours is answered with what its handler gives, or with its error', async (t) => {
  const { connection, say, answerTo, until } = connected(t)
  const seen: unknown[] = []
  const { given } = handler(({ method, params }) => {
    seen.push([method, params])
    if (params.bad) throw new RpcError('FORBIDDEN', 'no')
    return { ...DONE, n: 1 }
  })
  const outer = connection.request('work', {}, { peerRequests: given })
  const { id } = await until('the request', ({ method }) => method === 'work')
  say({ id: 's1', method: 'gateway/x', params: { call: id, a: 1 } })
  say({ id: 's2', method: 'gateway/x', params: { call: id, bad: true } })
  assert.deepEqual((await answerTo('s1')).result, { ...DONE, n: 1 })
  assert.deepEqual((await answerTo('s2')).error, { code: ERRORS.FORBIDDEN.code, message: 'no' })
  assert.deepEqual(seen, [
    ['gateway/x', { a: 1 }],
    ['gateway/x', { bad: true }],
  ])
  say({ id, result: DONE })
  await outer
})

test('a request that names no call in flight on this connection is refused, whatever it names', async (t) => {
  const { connection, say, answerTo, until } = connected(t)
  const { given } = handler(() => assert.fail('nothing is asked of anybody'))
  const first = connection.request('first', {}, { peerRequests: given })
  const { id } = await until('the request', ({ method }) => method === 'first')
  say({ id, result: DONE })
  await first
  const other = connected(t)
  const elsewhere = other.connection.request('elsewhere', {}, { peerRequests: given })
  const there = await other.until('the other', ({ method }) => method === 'elsewhere')
  const calls = [id, 99, -1, null, 'x', undefined, {}, there.id === id ? 1000 : there.id]
  for (const [n, call] of calls.entries()) {
    say({ id: `s${n}`, method: 'gateway/x', params: { call } })
    const { error } = await answerTo(`s${n}`)
    assert.match(
      error?.message ?? '',
      /names no call that is in flight on this connection/,
      JSON.stringify(call),
    )
  }
  say({ id: 'none', method: 'gateway/x' })
  assert.match((await answerTo('none')).error?.message ?? '', /names no call/)
  assert.ok(connection.isOpen)
  other.connection.close()
  await assert.rejects(elsewhere)
})

test('within a request that lets nothing be asked, nothing is', async (t) => {
  const { connection, say, answerTo, until } = connected(t)
  const outer = connection.request('work')
  const { id } = await until('the request', ({ method }) => method === 'work')
  say({ id: 's1', method: 'gateway/x', params: { call: id } })
  assert.equal((await answerTo('s1')).error?.code, ERRORS.FORBIDDEN.code)
  say({ id, result: DONE })
  await outer
})

test('ids of the peer’s own are texts, each once', async (t) => {
  const { connection, say, answerTo, until } = connected(t)
  const never = handler(() => new Promise(() => {}))
  void connection.request('work', {}, { peerRequests: never.given }).catch(() => {})
  const { id } = await until('the request', ({ method }) => method === 'work')
  say({ id: 7_000_000, method: 'gateway/x', params: { call: id } })
  assert.match((await answerTo(7_000_000)).error?.message ?? '', /must be a text/)
  say({ id: 's1', method: 'gateway/x', params: { call: id } })
  say({ id: 's1', method: 'gateway/x', params: { call: id } })
  assert.match((await answerTo('s1')).error?.message ?? '', /still running/)
})

test('what is asked within a call is aborted with it: answered, cancelled, or lost with its connection', async (t) => {
  for (const ends of ['answered', 'cancelled', 'lost'] as const) {
    const { connection, say, until, far } = connected(t)
    const aborted = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const { given } = handler(({ cancellation }) => {
      begun.resolve()
      cancellation.signal.addEventListener('abort', () => aborted.resolve())
      return new Promise(() => {})
    })
    const gone = new AbortController()
    const outer = connection.request('work', {}, { peerRequests: given, signal: gone.signal }).catch(() => {})
    const { id } = await until('the request', ({ method }) => method === 'work')
    say({ id: 's1', method: 'gateway/x', params: { call: id } })
    await begun.promise
    if (ends === 'answered') say({ id, result: DONE })
    else if (ends === 'cancelled') gone.abort(new Error('enough'))
    else far.destroy()
    if (ends === 'lost') connection.close()
    await aborted.promise
    await outer
  }
})

test('the peer takes one back, and others go on', async (t) => {
  const { connection, say, answerTo, until, sent } = connected(t)
  const taken: unknown[] = []
  const { given } = handler(({ params, cancellation }) => {
    if (params.quick) return DONE
    return new Promise((_, reject) =>
      cancellation.signal.addEventListener('abort', () => {
        taken.push(params.n)
        reject(cancellation.reason)
      }),
    )
  })
  void connection.request('work', {}, { peerRequests: given }).catch(() => {})
  const { id } = await until('the request', ({ method }) => method === 'work')
  say({ id: 's1', method: 'gateway/x', params: { call: id, n: 1 } })
  say({ method: NOTIFICATION.cancelled, params: { requestId: 's1' } })
  say({ method: NOTIFICATION.cancelled, params: { requestId: 'unknown' } })
  say({ id: 's2', method: 'gateway/x', params: { call: id, quick: true } })
  await answerTo('s2')
  assert.deepEqual(taken, [1])
  assert.ok(!sent.some((one) => one.id === 's1'))
})

test('long requests come once there is room, long answers go once they are asked for, and nothing stays held', async (t) => {
  const { connection, far, say, until, sent } = connected(t)
  const long = 'x'.repeat(300_000)
  const { given, held } = handler(({ params }) => {
    assert.equal((params.text as string).length, long.length)
    return { ...DONE, text: long }
  })
  const outer = connection.request('work', {}, { peerRequests: given })
  const { id } = await until('the request', ({ method }) => method === 'work')
  const text = JSON.stringify({ jsonrpc: '2.0', id: 's1', method: 'gateway/x', params: { text: long } })
  say({ method: NOTIFICATION.large, params: { requestId: 's1', bytes: text.length, call: id } })
  await until(
    'it is wanted',
    ({ method, params }) => method === NOTIFICATION.send && params?.requestId === 's1',
  )
  assert.equal(held.requests, text.length)
  for (let at = 0; at < text.length; at += 100_000) {
    const piece = text.slice(at, at + 100_000)
    say({ method: NOTIFICATION.piece, params: { requestId: 's1', bytes: piece.length } })
    far.write(piece)
  }
  await until(
    'its answer is announced',
    ({ method, params }) => method === NOTIFICATION.large && params?.requestId === 's1',
  )
  assert.equal(held.requests, 0)
  assert.ok(held.answers >= long.length)
  say({ id, result: DONE })
  await outer
  assert.equal(held.answers, 0)
  assert.ok(!sent.some((one) => one.id === 's1'))
})

test('a long request for which there is no room is refused by itself', async (t) => {
  const { connection, say, answerTo, until } = connected(t)
  const { given } = handler(() => DONE)
  given.holdRequest = () => Promise.reject(new RpcError('RATE_LIMITED', 'no room'))
  void connection.request('work', {}, { peerRequests: given }).catch(() => {})
  const { id } = await until('the request', ({ method }) => method === 'work')
  say({ method: NOTIFICATION.large, params: { requestId: 's1', bytes: 300_000, call: id } })
  assert.match((await answerTo('s1')).error?.message ?? '', /no room/)
  say({ id: 's2', method: 'gateway/x', params: { call: id } })
  assert.deepEqual((await answerTo('s2')).result, DONE)
})

test('a handler that sends more than the peer takes waits until it has', async (t) => {
  const { connection, say, answerTo, until } = connected(t)
  const waited: boolean[] = []
  const { given } = handler(async (request) => {
    const text = 'x'.repeat(100_000)
    waited.push(request.notify('notifications/x', { text }) === undefined)
    const drained = request.notify('notifications/x', { text })
    waited.push(drained === undefined)
    await drained
    return DONE
  })
  void connection.request('work', {}, { peerRequests: given }).catch(() => {})
  const { id } = await until('the request', ({ method }) => method === 'work')
  say({ id: 's1', method: 'gateway/x', params: { call: id } })
  const { params } = await until('it is told', ({ method }) => method === 'notifications/x')
  assert.equal((params?._meta as Record<string, unknown> | undefined)?.[META.requestId], 's1')
  say({ method: NOTIFICATION.taken, params: { requestId: 's1', length: 200_000 } })
  await answerTo('s1')
  assert.deepEqual(waited, [true, false])
})

test('a peer that asks and reads no answers is given up', async (t) => {
  const [near, far] = duplexPair()
  const odd: string[] = []
  const connection = new Connection(near, {
    clientInfo: { name: 'test', version: '0' },
    onOdd: (what) => odd.push(what),
  })
  t.after(() => connection.close())
  const text = 'x'.repeat(1_000_000)
  const { given } = handler(() => ({ ...DONE, text }))
  const lost = assert.rejects(
    connection.request('work', {}, { peerRequests: given }),
    /does not read the answers/,
  )
  for (let n = 0; n < 40 && connection.isOpen; n++) {
    far.write(`{"jsonrpc":"2.0","id":"s${n}","method":"gateway/x","params":{"call":1}}\n`)
    await nextTurn()
    await nextTurn()
  }
  await lost
  assert.match(odd.join(), /asks and does not read the answers/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from '../../../protocol/cancellation.ts'
import { HttpSession } from './http-session.ts'
import { gateOf, principalOf } from './testing/serve.ts'

function setUp() {
  const gate = gateOf(() => assert.fail('nothing is called'))
  const session = new HttpSession(gate, {
    principal: principalOf('ann'),
    transport: 'http',
    server: undefined,
    toolset: 'all',
    session: 's',
    version: '2025-11-25',
    client: { capabilities: {}, info: undefined, logLevel: undefined },
  })
  return { gate, session }
}

test('a stream is found by its id while something of it is left', () => {
  const { session } = setUp()
  const stream = session.openStream()
  assert.equal(session.stream(stream.id), stream)
  assert.equal(session.stream(session.standalone.id), session.standalone)
  assert.equal(session.stream('other'), undefined)
  stream.send({ a: 1 })
  stream.end()
  assert.equal(session.stream(stream.id), stream)
  stream.forget()
  assert.equal(session.stream(stream.id), undefined)
})

test('of streams that have ended 20 are kept, the latest, and those that go on all are', () => {
  const { session } = setUp()
  const running = session.openStream()
  const ended = Array.from({ length: 25 }, () => {
    const stream = session.openStream()
    stream.send({ a: 1 })
    stream.end()
    return stream
  })
  session.openStream()
  assert.deepEqual(
    ended.map(({ id }) => session.stream(id) !== undefined),
    ended.map((_, i) => i >= 5),
  )
  assert.equal(session.stream(running.id), running)
})

test('a session is idle without a running request and without a client that listens', () => {
  const { session } = setUp()
  assert.equal(session.isIdle, true)
  session.running.set(1, new Cancellation())
  assert.equal(session.isIdle, false)
})

test('with a session its requests end, its streams, and what was kept of them', () => {
  const { gate, session } = setUp()
  const request = new Cancellation()
  session.running.set(1, request)
  const stream = session.openStream()
  stream.send({ a: 'x'.repeat(1000) })
  session.standalone.send({ b: 1 })
  assert.ok(gate.memory.used > 0)
  session.end()
  assert.equal(request.aborted, true)
  assert.equal(stream.ended && session.standalone.ended, true)
  assert.equal(session.stream(stream.id), undefined)
  assert.deepEqual(gate.ended, ['s'])
  assert.equal(gate.memory.used, 0)
})

test('ids of sessions can’t be guessed from others', () => {
  const ids = Array.from({ length: 50 }, () => setUp().session.id)
  assert.equal(new Set(ids).size, 50)
  for (const id of ids) assert.match(id, /^[\w-]{32}$/)
})

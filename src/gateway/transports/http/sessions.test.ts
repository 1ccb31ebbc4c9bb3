import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { Cancellation } from '../../../protocol/cancellation.ts'
import type { SessionFacts } from '../session.ts'
import type { HttpError } from './errors.ts'
import { type SessionLimits, Sessions } from './sessions.ts'
import { gateOf, principalOf } from './testing/serve.ts'

const LIMITS: SessionLimits = { idleMs: 60_000, atOnce: 3, atOncePerCaller: 2 }
const factsOf = (user: string, server?: string): SessionFacts => ({
  principal: principalOf(user),
  transport: 'http',
  server,
  toolset: 'all',
  session: 's',
  version: '2025-11-25',
  client: { capabilities: {}, info: undefined, logLevel: undefined },
})
const status = (expected: number, text: RegExp) => (error: HttpError) => {
  assert.equal(error.status, expected)
  assert.match(error.message, text)
  return true
}
let now = 0
function setUp(limits = LIMITS) {
  const gate = gateOf(() => assert.fail('nothing is called'))
  const sessions = new Sessions(gate, limits)
  /** One that was last used some milliseconds after the one before. */
  const open = (user: string, server?: string) => {
    now += 10
    return sessions.open(factsOf(user, server))
  }
  const isThere = (session: { id: string }, user: string) => {
    try {
      return !!sessions.get(session.id, principalOf(user), undefined)
    } catch {
      return false
    }
  }
  return { gate, sessions, open, isThere, [Symbol.dispose]: () => sessions.close() }
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval'] })
  mock.method(performance, 'now', () => now)
})
afterEach(() => {
  mock.timers.reset()
  mock.restoreAll()
})

test('a session is there for the caller that opened it, at the endpoint where it was opened, and for no other', () => {
  using all = setUp()
  const session = all.open('ann', 'fs')
  assert.equal(all.sessions.get(session.id, principalOf('ann'), 'fs'), session)
  const gone = status(404, /There is no such session, or it has ended; send "initialize"/)
  assert.throws(() => all.sessions.get(session.id, principalOf('ben'), 'fs'), gone)
  assert.throws(() => all.sessions.get(session.id, principalOf('ann'), undefined), gone)
  assert.throws(() => all.sessions.get('other', principalOf('ann'), 'fs'), gone)
  for (const id of [undefined, ['a', 'b']])
    assert.throws(
      () => all.sessions.get(id, principalOf('ann'), 'fs'),
      status(400, /Mcp-Session-Id is missing/),
    )
})

test('of a user with as many as they may have, the one unused for longest ends, and no other user’s', () => {
  using all = setUp()
  const [first, second, other] = [all.open('ann'), all.open('ann'), all.open('ben')]
  now += 10
  assert.ok(all.isThere(first, 'ann'))
  const third = all.open('ann')
  assert.deepEqual(
    [first, second, third].map((one) => all.isThere(one, 'ann')),
    [true, false, true],
  )
  assert.ok(all.isThere(other, 'ben'))
  assert.equal(all.sessions.count, 3)
})

test('of as many as there may be, the one unused for longest ends, of whichever user', () => {
  using all = setUp({ ...LIMITS, atOncePerCaller: 3 })
  const first = all.open('ann')
  for (const user of ['ann', 'ben', 'ben']) all.open(user)
  assert.equal(all.isThere(first, 'ann'), false)
  assert.equal(all.sessions.count, 3)
})

test('a session in use is not ended: where all are, the answer names the limit and when to try again', () => {
  using all = setUp()
  for (const session of [all.open('ann'), all.open('ann')]) session.running.set(1, new Cancellation())
  assert.throws(
    () => all.open('ann'),
    (error: HttpError) => {
      assert.equal(error.status, 503)
      assert.deepEqual(error.error.data, { limit: 'sessions.atOncePerCaller', retryAfterMs: 5000 })
      return /2 sessions in use, the most there may be/.test(error.message)
    },
  )
  all.open('ben').running.set(1, new Cancellation())
  assert.throws(
    () => all.open('cai'),
    (error: HttpError) => /sessions\.atOnce\)/.test(error.message),
  )
})

test('a session that is not used for long ends, and one with a request running does not', () => {
  using all = setUp()
  const [idle, used, busy] = [all.open('ann'), all.open('ann'), all.open('ben')]
  busy.running.set(1, new Cancellation())
  now += 59_000
  assert.ok(all.isThere(used, 'ann'))
  now += 2000
  mock.timers.tick(30_000)
  assert.deepEqual(
    [idle, used].map((one) => all.isThere(one, 'ann')),
    [false, true],
  )
  assert.ok(all.isThere(busy, 'ben'))
  assert.equal(all.gate.ended.length, 1)
})

test('the sessions of a credential that has ended end, and at the close all do', () => {
  using all = setUp()
  all.open('ann')
  all.open('ann')
  const other = all.open('ben')
  all.sessions.endOf('token:ann')
  assert.equal(all.sessions.count, 1)
  assert.ok(all.isThere(other, 'ben'))
  all.sessions.close()
  assert.equal(all.sessions.count, 0)
  assert.equal(all.gate.ended.length, 3)
  assert.equal(all.gate.memory.used, 0)
})

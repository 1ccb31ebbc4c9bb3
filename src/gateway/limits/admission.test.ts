import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import type { AdmittedCall, AuthorisedCall, Grant } from '../call/call.ts'
import { Admission } from './admission.ts'
import { RateWindows } from './rate-windows.ts'

const grant = (tier: string, rate: Grant['rate']): Grant => ({
  tier,
  allows: () => true,
  rate,
  llm: undefined,
  ofUser: { tier, rate, tokensPerDay: undefined },
})
const UNLIMITED = grant('OWNER', undefined)
const FEW = grant('FEW', { requests: 2, windowMs: 60_000 })
/** A caller with one of a user's tokens. */
const callerOf = (user: string, token = 'one') => ({ id: `token:${user}-${token}`, user, tier: undefined })

function setUp(options: { atOnce?: number; atOncePerCaller?: number; subscriptionsPerCaller?: number }) {
  const rates = new RateWindows({ load: () => [], save: async () => {} })
  const limits = new Admission({
    rates,
    atOnce: 100,
    atOncePerCaller: 100,
    subscriptionsPerCaller: 100,
    timeoutMs: 5000,
    ...options,
  })
  const admit = (user: string, { method = 'tools/call', grant = UNLIMITED, token = 'one' } = {}) =>
    limits.admit({ principal: callerOf(user, token), method, grant } as AuthorisedCall)
  return { rates, limits, admit }
}

/** A refusal that says which limit was met and when to try again. */
const limit = (name: string) => (error: RpcError) => {
  const { limit: met, retryAfterMs } = error.data as { limit: string; retryAfterMs: number }
  assert.equal(error.code, -32001)
  assert.equal(met, name)
  assert.ok(error.message.includes(name.split('.')[0] as string) && retryAfterMs > 0)
  return true
}

test('one user has so many calls at once, and another still has their own', () => {
  const { admit } = setUp({ atOncePerCaller: 2 })
  const first = admit('a')
  admit('a')
  assert.throws(() => admit('a'), limit('calls.atOncePerCaller'))
  admit('b')
  first.release()
  admit('a')
})

test('a user has no more calls and subscriptions for having more tokens', () => {
  const { admit, limits } = setUp({ atOncePerCaller: 2, subscriptionsPerCaller: 1 })
  const first = admit('a', { token: 'one' })
  const listening = admit('a', { token: 'two', method: METHOD.listen })
  assert.throws(() => admit('a', { token: 'three' }), limit('calls.atOncePerCaller'))
  first.release()
  assert.throws(
    () => admit('a', { token: 'three', method: METHOD.listen }),
    limit('calls.subscriptionsPerCaller'),
  )
  listening.release()
  admit('a', { token: 'three', method: METHOD.listen })
  assert.equal(limits.inFlight, 1)
})

test('all callers together have so many', () => {
  const { admit, limits } = setUp({ atOnce: 2 })
  const first = admit('a')
  admit('b')
  assert.throws(() => admit('c'), limit('calls.atOnce'))
  assert.equal(limits.inFlight, 2)
  first.release()
  admit('c')
})

test('subscriptions have a limit of their own and no deadline', () => {
  const { admit } = setUp({ subscriptionsPerCaller: 1 })
  const first = admit('a', { method: METHOD.listen })
  assert.equal(first.call.timeoutMs, 0)
  assert.throws(() => admit('a', { method: METHOD.listen }), limit('calls.subscriptionsPerCaller'))
  assert.equal(admit('a').call.timeoutMs, 5000)
  first.release()
  admit('a', { method: METHOD.listen })
})

test('finding out what there is, subscriptions and administration are not counted', () => {
  const { admit, rates } = setUp({})
  for (const method of [METHOD.discover, METHOD.listen, 'admin/status']) admit('a', { method, grant: FEW })
  assert.equal(rates.remaining(callerOf('a'), FEW), 2)
  admit('a', { grant: FEW })
  assert.equal(rates.remaining(callerOf('a'), FEW), 1)
})

test('a call that is refused is not counted, and holds no slot', () => {
  const { admit, rates, limits } = setUp({ atOncePerCaller: 1 })
  const first = admit('a', { grant: FEW })
  assert.throws(() => admit('a', { grant: FEW }), limit('calls.atOncePerCaller'))
  assert.equal(rates.remaining(callerOf('a'), FEW), 1)
  first.release()
  admit('a', { grant: FEW }).release()
  assert.throws(() => admit('a', { grant: FEW }), limit('FEW.rate_limit_requests'))
  assert.equal(limits.inFlight, 0)
})

test('a call that only waits gives its slot to others, and takes it back', () => {
  const { admit, limits } = setUp({ atOnce: 2, atOncePerCaller: 1 })
  const waiting = admit('a')
  waiting.call.slot.suspend()
  assert.equal(limits.inFlight, 0)
  const other = admit('a')
  assert.throws(() => admit('a'), limit('calls.atOncePerCaller'))
  // As many may be suspended as there are slots: the second of this caller keeps its own.
  other.call.slot.suspend()
  other.call.slot.resume()
  assert.equal(limits.inFlight, 1)
  waiting.call.slot.resume()
  waiting.call.slot.resume()
  assert.equal(limits.inFlight, 2)
  waiting.release()
  other.release()
  assert.equal(limits.inFlight, 0)
})

test('a call that ends while it is suspended leaves nothing behind', () => {
  const { admit, limits } = setUp({ atOncePerCaller: 1 })
  for (let i = 0; i < 5; i++) {
    const permit = admit('a')
    permit.call.slot.suspend()
    permit.release()
    permit.call.slot.resume()
    assert.equal(limits.inFlight, 0)
  }
})

/** A call that is made within another one. */
const within = (outer: AdmittedCall, given: object = {}) =>
  ({ ...outer, slot: undefined, within: { call: outer }, ...given }) as unknown as AuthorisedCall

test('a call within another one has that one’s slot, so that a chain of calls takes one', () => {
  const { limits, admit } = setUp({ atOncePerCaller: 1 })
  const outer = admit('a')
  const middle = limits.admit(within(outer.call))
  const inner = limits.admit(within(middle.call))
  assert.equal(limits.inFlight, 1)
  assert.throws(() => admit('a'), limit('calls.atOncePerCaller'))
  // A second one of the same call needs a slot of its own.
  assert.throws(() => limits.admit(within(outer.call)), limit('calls.atOncePerCaller'))
  inner.release()
  middle.release()
  assert.equal(limits.inFlight, 1)
  limits.admit(within(outer.call)).release()
  outer.release()
  assert.equal(limits.inFlight, 0)
  admit('a')
})

test('in whichever order calls within one another end, no slot is lost and none is there twice', () => {
  for (const order of [
    [0, 1, 2],
    [1, 0, 2],
    [2, 0, 1],
    [0, 2, 1],
    [1, 2, 0],
  ]) {
    const { limits, admit } = setUp({})
    const outer = admit('a')
    const middle = limits.admit(within(outer.call))
    const all = [outer, middle, limits.admit(within(middle.call))]
    for (const [n, which] of order.entries()) {
      all[which]?.release()
      assert.equal(limits.inFlight, n < 2 ? 1 : 0, `${order}`)
    }
  }
})

test('a call that lent its slot is not suspended, and one that is suspended lends none', () => {
  const { limits, admit } = setUp({ atOncePerCaller: 2 })
  const outer = admit('a')
  const inner = limits.admit(within(outer.call))
  outer.suspend()
  assert.equal(limits.inFlight, 1)
  inner.release()
  outer.suspend()
  assert.equal(limits.inFlight, 0)
  const second = limits.admit(within(outer.call))
  assert.equal(limits.inFlight, 1)
  second.release()
  outer.resume()
  outer.release()
  assert.equal(limits.inFlight, 0)
})

test('a call within another one must have ended before that', () => {
  const { limits, admit } = setUp({})
  const outer = admit('a')
  outer.call.deadline = performance.now() + 1000
  const inner = limits.admit(within(outer.call))
  assert.ok(inner.call.timeoutMs <= 1000 && inner.call.deadline <= outer.call.deadline)
  outer.call.deadline = performance.now() - 1
  assert.equal(limits.admit(within(outer.call)).call.timeoutMs, 1)
})

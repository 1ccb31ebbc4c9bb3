import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Caller, Grant } from '../call/call.ts'
import { type KeptWindow, RateWindows } from './rate-windows.ts'

const MINUTE = 60_000
/** Of a tier, and of its user by the licence's, which is the same unless it is named. */
const grant = (
  requests: number,
  { tier = 'FREE', windowMs = MINUTE, licensed }: { tier?: string; windowMs?: number; licensed?: Grant } = {},
): Grant => {
  const rate = { requests, windowMs }
  return {
    tier,
    allows: () => true,
    rate,
    llm: undefined,
    ofUser: { tier: licensed?.tier ?? tier, rate: licensed ? licensed.rate : rate, tokensPerDay: undefined },
  }
}
const UNLIMITED: Grant = {
  ...grant(1),
  tier: 'OWNER',
  rate: undefined,
  ofUser: { tier: 'OWNER', rate: undefined, tokensPerDay: undefined },
}
const callerOf = (user: string, token = 'one', tier?: string): Caller => ({
  id: `token:${user}-${token}`,
  user,
  tier,
})
const A = callerOf('a')

function setUp() {
  const clock = { monotonic: 5_000, wall: 1_700_000_000_000 }
  const kept = new Map<string, KeptWindow>()
  const store = {
    load: () => [...kept.values()],
    save: async (windows: KeptWindow[]) => {
      for (const window of windows) kept.set(window.key, window)
    },
  }
  const open = () => new RateWindows(store, { monotonic: () => clock.monotonic, wall: () => clock.wall })
  const pass = (ms: number) => {
    clock.monotonic += ms
    clock.wall += ms
  }
  return { clock, open, pass }
}
const FULL = { code: -32001 }

test('so many requests fit into a window, and the error for the next says which limit it met and when to try again', () => {
  const { open, pass } = setUp()
  const rates = open()
  for (let i = 0; i < 3; i++) rates.take(A, grant(3))
  assert.equal(rates.remaining(A, grant(3)), 0)
  assert.throws(
    () => rates.take(A, grant(3)),
    (error: { code: number; data: { limit: string; retryAfterMs: number } }) => {
      assert.equal(error.code, -32001)
      assert.equal(error.data.limit, 'FREE.rate_limit_requests')
      assert.ok(error.data.retryAfterMs > 0 && error.data.retryAfterMs <= MINUTE + 1000)
      pass(error.data.retryAfterMs)
      return true
    },
  )
  rates.take(A, grant(3))
})

test('users and tiers are counted apart, and who has no limit is not counted', () => {
  const rates = setUp().open()
  rates.take(A, grant(1))
  rates.take(callerOf('b'), grant(1))
  rates.take(A, grant(1, { tier: 'PRO' }))
  for (let i = 0; i < 10; i++) rates.take(A, UNLIMITED)
  assert.equal(rates.remaining(A, UNLIMITED), undefined)
  assert.throws(() => rates.take(A, grant(1)), FULL)
})

test('a user has one window, however many tokens they make', async () => {
  const { open, pass } = setUp()
  const before = open()
  for (const token of ['one', 'two', 'three']) before.take(callerOf('a', token), grant(3))
  const fourth = callerOf('a', 'four')
  assert.equal(before.remaining(fourth, grant(3)), 0)
  assert.throws(() => before.take(fourth, grant(3)), FULL)
  assert.equal(before.remaining(callerOf('b', 'four'), grant(3)), 3)
  await before.save()
  pass(1000)
  assert.throws(() => open().take({ ...A, id: 'uid:1000' }, grant(3)), FULL)
})

test('a token with a tier of its own has its own window, and its user’s besides', async () => {
  const { open, pass } = setUp()
  const rates = open()
  const licensed = grant(5)
  const guest = grant(3, { tier: 'GUEST', licensed })
  const [one, other] = [callerOf('a', 'one', 'GUEST'), callerOf('a', 'other', 'GUEST')] as [Caller, Caller]
  const isFull = (tier: string) => (error: { data: { limit: string } }) =>
    error.data.limit === `${tier}.rate_limit_requests`
  for (let i = 0; i < 3; i++) rates.take(one, guest)
  assert.deepEqual([rates.remaining(one, guest), rates.remaining(other, guest)], [0, 2])
  assert.throws(() => rates.take(one, guest), isFull('GUEST'))
  rates.take(other, guest)
  rates.take(A, licensed)
  // What is refused for the user does not count for the token either.
  assert.throws(() => rates.take(other, guest), isFull('FREE'))
  assert.throws(() => rates.take(A, licensed), isFull('FREE'))
  await rates.save()
  pass(1000)
  const after = open()
  assert.throws(() => after.take(one, guest), isFull('GUEST'))
  assert.equal(after.remaining(other, grant(3, { tier: 'GUEST', licensed: grant(50) })), 2)
  const lone = grant(2, { tier: 'LONE', licensed: UNLIMITED })
  const third = callerOf('a', 'third', 'LONE')
  for (let i = 0; i < 2; i++) after.take(third, lone)
  assert.throws(() => after.take(third, lone), isFull('LONE'))
})

test('no more than the limit ever pass within a window, and a denied request is not counted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 200 }),
      (limit, gaps) => {
        const { clock, open, pass } = setUp()
        const rates = open()
        const passed: number[] = []
        for (const gap of gaps) {
          pass(gap)
          // The slice that is leaving counts whole: what is surely outside must not be counted.
          const surely = passed.filter((at) => at > clock.monotonic - MINUTE - MINUTE / 60).length
          try {
            rates.take(A, grant(limit))
            passed.push(clock.monotonic)
          } catch {
            assert.ok(surely >= limit)
          }
          assert.ok(passed.filter((at) => at > clock.monotonic - MINUTE).length <= limit)
        }
      },
    ),
  )
})

test('counts survive a restart, with the age that they have by then', async () => {
  const { open, pass } = setUp()
  const before = open()
  for (let i = 0; i < 3; i++) before.take(A, grant(3))
  await before.save()
  pass(30_000)
  const after = open()
  assert.throws(() => after.take(A, grant(3)), FULL)
  await after.save()
  pass(32_000)
  open().take(A, grant(3))
})

test('a clock that jumps neither lets extra requests in nor locks a caller out', async () => {
  const { clock, open, pass } = setUp()
  const rates = open()
  for (let i = 0; i < 3; i++) rates.take(A, grant(3))
  clock.wall += 86_400_000
  assert.throws(() => rates.take(A, grant(3)), FULL)
  clock.wall -= 10 * 86_400_000
  await rates.save()
  clock.wall -= 86_400_000 // set back while the gateway was down
  const after = open()
  assert.throws(() => after.take(A, grant(3)), FULL)
  pass(MINUTE + 1000)
  after.take(A, grant(3))
})

test('a tier that is redefined begins its count anew', () => {
  const rates = setUp().open()
  rates.take(A, grant(1))
  rates.take(A, grant(1, { windowMs: 2 * MINUTE }))
})

test('counts that could not be written down are written the next time', async () => {
  const kept = new Map<string, KeptWindow>()
  let full = true
  const store = {
    load: () => [...kept.values()],
    async save(windows: KeptWindow[]) {
      if (full) throw new Error('The disk is full.')
      for (const window of windows) kept.set(window.key, window)
    },
  }
  const rates = new RateWindows(store)
  rates.take(A, grant(1))
  await assert.rejects(rates.save(), /full/)
  full = false
  await rates.save()
  assert.throws(() => new RateWindows(store).take(A, grant(1)), FULL)
})

test('what is counted while the counts are written is written the next time', async () => {
  const kept = new Map<string, KeptWindow>()
  const written = Promise.withResolvers<void>()
  const store = {
    load: () => [...kept.values()],
    async save(windows: KeptWindow[]) {
      await written.promise
      for (const window of windows) kept.set(window.key, window)
    },
  }
  const rates = new RateWindows(store)
  rates.take(A, grant(2))
  const saving = rates.save()
  rates.take(A, grant(2))
  written.resolve()
  await saving
  await rates.save()
  assert.throws(() => new RateWindows(store).take(A, grant(2)), FULL)
})

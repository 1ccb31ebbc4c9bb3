import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Grant } from '../call.ts'
import { type KeptWindow, RateWindows } from './rate-windows.ts'

const MINUTE = 60_000
const grant = (requests: number, windowMs = MINUTE, tier = 'FREE'): Grant => ({
  tier,
  allows: () => true,
  rate: { requests, windowMs },
  llm: undefined,
})

function setUp() {
  const clock = { monotonic: 5_000, wall: 1_700_000_000_000 }
  const kept = new Map<string, KeptWindow>()
  const store = {
    load: () => [...kept.values()],
    save: (windows: KeptWindow[]) => {
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

test('so many requests fit into a window, and the next is told which limit it met and when to try again', () => {
  const { open, pass } = setUp()
  const rates = open()
  for (let i = 0; i < 3; i++) rates.take('a', grant(3))
  assert.equal(rates.remaining('a', grant(3)), 0)
  assert.throws(
    () => rates.take('a', grant(3)),
    (error: { code: number; data: { limit: string; retryAfterMs: number } }) => {
      assert.equal(error.code, -32001)
      assert.equal(error.data.limit, 'FREE.rate_limit_requests')
      assert.ok(error.data.retryAfterMs > 0 && error.data.retryAfterMs <= MINUTE + 1000)
      pass(error.data.retryAfterMs)
      return true
    },
  )
  rates.take('a', grant(3))
})

test('callers and tiers are counted apart, and who has no limit is not counted', () => {
  const rates = setUp().open()
  rates.take('a', grant(1))
  rates.take('b', grant(1))
  rates.take('a', grant(1, MINUTE, 'PRO'))
  const free: Grant = { tier: 'OWNER', allows: () => true, rate: undefined, llm: undefined }
  for (let i = 0; i < 10; i++) rates.take('a', free)
  assert.equal(rates.remaining('a', free), undefined)
  assert.throws(() => rates.take('a', grant(1)), FULL)
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
            rates.take('a', grant(limit))
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

test('counts survive a restart, with the age that they have by then', () => {
  const { open, pass } = setUp()
  const before = open()
  for (let i = 0; i < 3; i++) before.take('a', grant(3))
  before.save()
  pass(30_000)
  const after = open()
  assert.throws(() => after.take('a', grant(3)), FULL)
  after.save()
  pass(32_000)
  open().take('a', grant(3))
})

test('a clock that jumps lets nobody in and locks nobody out', () => {
  const { clock, open, pass } = setUp()
  const rates = open()
  for (let i = 0; i < 3; i++) rates.take('a', grant(3))
  clock.wall += 86_400_000
  assert.throws(() => rates.take('a', grant(3)), FULL)
  clock.wall -= 10 * 86_400_000
  rates.save()
  clock.wall -= 86_400_000 // set back while the gateway was down
  const after = open()
  assert.throws(() => after.take('a', grant(3)), FULL)
  pass(MINUTE + 1000)
  after.take('a', grant(3))
})

test('a tier that is redefined begins its count anew', () => {
  const rates = setUp().open()
  rates.take('a', grant(1))
  rates.take('a', grant(1, 2 * MINUTE))
})

test('counts that could not be written down are written the next time', () => {
  const kept = new Map<string, KeptWindow>()
  let full = true
  const store = {
    load: () => [...kept.values()],
    save(windows: KeptWindow[]) {
      if (full) throw new Error('The disk is full.')
      for (const window of windows) kept.set(window.key, window)
    },
  }
  const rates = new RateWindows(store)
  rates.take('a', grant(1))
  assert.throws(() => rates.save(), /full/)
  full = false
  rates.save()
  assert.throws(() => new RateWindows(store).take('a', grant(1)), FULL)
})

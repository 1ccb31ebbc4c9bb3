import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import type { Grant } from '../call.ts'
import { type KeptUsage, TokenUsage } from './token-usage.ts'

const NOON = Date.parse('2026-11-21T12:00:00Z')
const grant = (tokensPerRequest?: number, tokensPerDay?: number): Grant => ({
  tier: 'T',
  allows: () => true,
  rate: undefined,
  llm: { allowsModel: () => true, tokensPerRequest, tokensPerDay },
})

function setUp() {
  const clock = { now: NOON }
  const kept = new Map<string, KeptUsage>()
  const store = {
    load: (day: string) => [...kept.values()].filter((one) => one.day === day),
    save: (usage: KeptUsage[]) => {
      for (const one of usage) kept.set(`${one.key} ${one.day}`, one)
    },
  }
  return { clock, open: () => new TokenUsage(store, () => clock.now) }
}
const quota = (limit: string) => (error: RpcError) =>
  error.code === -32003 && (error.data as { limit: string }).limit === limit

test('the prompt is charged at once, the answer as it comes, and what was counted in the end', () => {
  const usage = setUp().open()
  const g = grant(undefined, 100)
  const charge = usage.begin('a', g, 10, undefined)
  assert.equal(usage.remaining('a', g), 90)
  for (let i = 0; i < 5; i++) charge.add('word')
  assert.equal(usage.remaining('a', g), 85)
  assert.deepEqual(charge.settle({ promptTokens: 12, completionTokens: 7 }), {
    ...{ promptTokens: 12, completionTokens: 7 },
  })
  assert.equal(usage.remaining('a', g), 81)
  assert.equal(usage.remaining('b', g), 100)
})

test('what can not fit is refused and charges nothing, and what does not say gets what is left', () => {
  const usage = setUp().open()
  const g = grant(50, 100)
  assert.throws(() => usage.begin('a', g, 50, undefined), quota('T.max_llm_tokens_per_request'))
  assert.throws(() => usage.begin('a', g, 10, 41), quota('T.max_llm_tokens_per_request'))
  assert.equal(usage.remaining('a', g), 100)
  assert.equal(usage.begin('a', g, 10, undefined).maxTokens, 40)
  assert.equal(usage.begin('a', g, 10, 40).maxTokens, 40)
  usage.begin('a', g, 45, undefined)
  assert.throws(() => usage.begin('a', g, 10, 30), quota('T.max_llm_tokens_per_day'))
  assert.equal(usage.begin('a', g, 10, undefined).maxTokens, 25)
  assert.equal(setUp().open().begin('a', grant(), 10, undefined).maxTokens, undefined)
})

test('an answer that is longer than it may be is stopped, as is one in a day that others use up', () => {
  const usage = setUp().open()
  const g = grant(20, 50)
  const long = usage.begin('a', g, 10, undefined)
  for (let i = 0; i < 10; i++) long.add('x')
  assert.throws(() => long.add('x'), quota('T.max_llm_tokens_per_request'))
  const one = usage.begin('a', g, 10, undefined)
  const other = usage.begin('a', g, 10, undefined)
  for (let i = 0; i < 4; i++) one.add('x')
  for (let i = 0; i < 5; i++) other.add('x')
  assert.throws(() => one.add('x'), quota('T.max_llm_tokens_per_day'))
})

test('a count that is too low to be true is not believed', () => {
  const usage = setUp().open()
  const charge = usage.begin('a', grant(undefined, 1000), 1, undefined)
  for (let i = 0; i < 10; i++) charge.add('sixteen letters.')
  assert.equal(charge.settle({ completionTokens: 0 }).completionTokens, 10)
})

test('use outlives a restart, and ends with the day in UTC', () => {
  const { clock, open } = setUp()
  const g = grant(undefined, 100)
  const before = open()
  before.begin('a', g, 30, undefined)
  before.save()
  before.save() // with nothing to write
  assert.equal(open().remaining('a', g), 70)
  clock.now = Date.parse('2026-11-22T00:00:00Z')
  assert.equal(before.remaining('a', g), 100)
  assert.equal(open().remaining('a', g), 100)
  // A clock that is set back finds the day as it was left.
  clock.now = NOON
  assert.equal(before.remaining('a', g), 70)
})

test('a tier without language models has none left', () => {
  assert.equal(
    setUp()
      .open()
      .remaining('a', { ...grant(), llm: undefined }),
    0,
  )
  assert.equal(setUp().open().remaining('a', grant()), undefined)
})

test('whatever is asked, no more is granted than the day has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(60), fc.option(fc.integer({ min: 1, max: 60 })), fc.nat(80))),
      (asks) => {
        const usage = setUp().open()
        const g = grant(50, 200)
        let spent = 0
        for (const [prompt, wanted, pieces] of asks) {
          try {
            const charge = usage.begin('a', g, prompt, wanted ?? undefined)
            spent += prompt
            assert.ok(prompt + (charge.maxTokens ?? 0) <= 50)
            for (let i = 0; i < pieces; i++) {
              spent++
              charge.add('x')
            }
          } catch (error) {
            assert.equal((error as RpcError).code, -32003)
          }
        }
        // One piece too many is seen when it has come.
        assert.ok(spent <= 200 + asks.length)
        assert.equal(usage.remaining('a', g), Math.max(0, 200 - spent))
      },
    ),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import type { Caller, Grant, LlmGrant } from '../call/call.ts'
import { type KeptUsage, TokenUsage } from './token-usage.ts'

const NOON = Date.parse('2026-11-21T12:00:00Z')
const grant = (tokensPerRequest?: number, tokensPerDay?: number): Grant => ({
  tier: 'T',
  allows: () => true,
  rate: undefined,
  llm: { allowsModel: () => true, tokensPerRequest, tokensPerDay },
  ofUser: { tier: 'T', rate: undefined, tokensPerDay },
})
const ADA: Caller = { id: 'token:a1', user: 'ada', tier: undefined }
const BOB: Caller = { id: 'token:b1', user: 'bob', tier: undefined }

function setUp() {
  const clock = { now: NOON }
  const kept = new Map<string, KeptUsage>()
  const store = {
    load: (day: string) => [...kept.values()].filter((one) => one.day === day),
    save: async (usage: KeptUsage[]) => {
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
  const charge = usage.begin(ADA, g, 10, undefined)
  assert.equal(usage.remaining(ADA, g), 90)
  for (let i = 0; i < 5; i++) charge.add('word')
  assert.equal(usage.remaining(ADA, g), 85)
  assert.deepEqual(charge.settle({ promptTokens: 12, completionTokens: 7 }), {
    promptTokens: 12,
    completionTokens: 7,
  })
  assert.equal(usage.remaining(ADA, g), 81)
  assert.equal(usage.remaining(BOB, g), 100)
})

test('what can not fit is refused and charges nothing, and what does not say gets what is left', () => {
  const usage = setUp().open()
  const g = grant(50, 100)
  assert.throws(() => usage.begin(ADA, g, 50, undefined), quota('T.max_llm_tokens_per_request'))
  assert.throws(() => usage.begin(ADA, g, 10, 41), quota('T.max_llm_tokens_per_request'))
  assert.equal(usage.remaining(ADA, g), 100)
  assert.equal(usage.begin(ADA, g, 10, undefined).maxTokens, 40)
  assert.equal(usage.begin(ADA, g, 10, 40).maxTokens, 40)
  usage.begin(ADA, g, 45, undefined)
  assert.throws(() => usage.begin(ADA, g, 10, 30), quota('T.max_llm_tokens_per_day'))
  assert.equal(usage.begin(ADA, g, 10, undefined).maxTokens, 25)
  assert.equal(setUp().open().begin(ADA, grant(), 10, undefined).maxTokens, undefined)
})

test('an answer that is longer than it may be is stopped, as is one in a day that others use up', () => {
  const usage = setUp().open()
  const g = grant(20, 50)
  const long = usage.begin(ADA, g, 10, undefined)
  for (let i = 0; i < 10; i++) long.add('x')
  assert.throws(() => long.add('x'), quota('T.max_llm_tokens_per_request'))
  const one = usage.begin(ADA, g, 10, undefined)
  const other = usage.begin(ADA, g, 10, undefined)
  for (let i = 0; i < 4; i++) one.add('x')
  for (let i = 0; i < 5; i++) other.add('x')
  assert.throws(() => one.add('x'), quota('T.max_llm_tokens_per_day'))
})

test('a count that is too low to be true is not believed', () => {
  const usage = setUp().open()
  const charge = usage.begin(ADA, grant(undefined, 1000), 1, undefined)
  for (let i = 0; i < 10; i++) charge.add('sixteen letters.')
  assert.equal(charge.settle({ completionTokens: 0 }).completionTokens, 10)
})

test('use outlives a restart, and ends with the day in UTC', async () => {
  const { clock, open } = setUp()
  const g = grant(undefined, 100)
  const before = open()
  before.begin(ADA, g, 30, undefined)
  await before.save()
  await before.save() // with nothing to write
  assert.equal(open().remaining(ADA, g), 70)
  clock.now = Date.parse('2026-11-22T00:00:00Z')
  assert.equal(before.remaining(ADA, g), 100)
  assert.equal(open().remaining(ADA, g), 100)
  // A clock that is set back finds the day as it was left.
  clock.now = NOON
  assert.equal(before.remaining(ADA, g), 70)
})

test('a user has one count, however many tokens they make', () => {
  const usage = setUp().open()
  const g = grant(undefined, 100)
  usage.begin(ADA, g, 30, undefined)
  const another = { ...ADA, id: 'token:a2' }
  assert.equal(usage.remaining(another, g), 70)
  const stream = usage.begin(another, g, 60, undefined)
  assert.equal(usage.remaining({ ...ADA, id: 'uid:1000' }, g), 10)
  for (let i = 0; i < 10; i++) stream.add('x')
  assert.throws(() => stream.add('x'), quota('T.max_llm_tokens_per_day'))
  assert.throws(() => usage.begin(ADA, g, 1, undefined), quota('T.max_llm_tokens_per_day'))
  assert.equal(usage.remaining(BOB, g), 100)
})

test('a token with a tier of its own has its own count, and its user’s besides', () => {
  const usage = setUp().open()
  const licensed = grant(undefined, 100)
  const guest: Grant = {
    ...licensed,
    tier: 'GUEST',
    llm: { ...(licensed.llm as LlmGrant), tokensPerDay: 40 },
  }
  const [one, other] = ['g1', 'g2'].map((id) => ({ ...ADA, id: `token:${id}`, tier: 'GUEST' })) as [
    Caller,
    Caller,
  ]
  usage.begin(one, guest, 35, undefined)
  assert.deepEqual([usage.remaining(one, guest), usage.remaining(other, guest)], [5, 40])
  assert.throws(() => usage.begin(one, guest, 10, undefined), quota('GUEST.max_llm_tokens_per_day'))
  usage.begin(other, guest, 39, undefined)
  // Of the user's own hundred, 26 are left.
  assert.equal(usage.remaining(ADA, licensed), 26)
  const third = { ...one, id: 'token:g3' }
  assert.equal(usage.begin(third, guest, 10, undefined).maxTokens, 16)
  assert.throws(() => usage.begin(third, guest, 20, undefined), quota('T.max_llm_tokens_per_day'))
})

test('ten at once go beyond a day by no more than the piece of each that shows it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.array(fc.nat(9), { maxLength: 600 }), (day, order) => {
      const usage = setUp().open()
      const g = grant(undefined, day)
      const running = new Map(
        Array.from({ length: 10 }, (_, i) => [i, usage.begin({ ...ADA, id: `token:${i}` }, g, 1, undefined)]),
      )
      let spent = 10
      for (const i of order) {
        const stream = running.get(i)
        if (!stream) continue
        spent++
        try {
          stream.add('x')
        } catch {
          running.delete(i)
        }
      }
      assert.ok(spent <= day + 10, `${spent} of ${day}`)
      if (running.size < 10)
        assert.throws(() => usage.begin(ADA, g, 1, undefined), quota('T.max_llm_tokens_per_day'))
    }),
  )
})

test('a tier without language models has none left', () => {
  assert.equal(
    setUp()
      .open()
      .remaining(ADA, { ...grant(), llm: undefined }),
    0,
  )
  assert.equal(setUp().open().remaining(ADA, grant()), undefined)
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
            const charge = usage.begin(ADA, g, prompt, wanted ?? undefined)
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
        assert.equal(usage.remaining(ADA, g), Math.max(0, 200 - spent))
      },
    ),
  )
})

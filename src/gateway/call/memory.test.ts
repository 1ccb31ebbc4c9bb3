import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import { GARBAGE_BYTES, type Held, type Kept, KINDS, LARGE_SHARE, Memory, SMALL_BYTES } from './memory.ts'

const MIB = 1024 * 1024
const memory = (perCallerMiB: number, inAllMiB: number, onGarbage = () => {}) =>
  new Memory({ perCallerBytes: perCallerMiB * MIB, inAllBytes: inAllMiB * MIB, onGarbage })
const refusal = (of: () => unknown): RpcError & { data: { limit: string; retryAfterMs?: number } } => {
  try {
    of()
  } catch (error) {
    return error as ReturnType<typeof refusal>
  }
  throw new assert.AssertionError({ message: 'It was not refused.' })
}

test('what is over the budget of one user is refused by its name, and another goes on', () => {
  const m = memory(8, 32)
  for (let n = 0; n < 3; n++) m.take('ann', 'bodies', 2 * MIB)
  const error = refusal(() => m.take('ann', 'bodies', MIB))
  assert.equal(error.code, -32001)
  assert.match(
    error.message,
    /takes 6 of the 8 MiB that one user may have \(memory\.perCallerMiB\).*read your/,
  )
  assert.deepEqual(error.data, { limit: 'memory.perCallerMiB', retryAfterMs: 1000 })
  assert.equal(m.take('ben', 'bodies', 2 * MIB).bytes, 2 * MIB)
})

test('what is over the budget of all is refused by its name', () => {
  const m = memory(8, 16)
  m.take('ann', 'bodies', 6 * MIB)
  m.take('ben', 'bodies', 6 * MIB)
  const error = refusal(() => m.take('cid', 'bodies', MIB))
  assert.match(error.message, /12 of the 16 MiB that all callers together may have \(memory\.inAllMiB\)/)
  assert.deepEqual(error.data, { limit: 'memory.inAllMiB', retryAfterMs: 1000 })
})

test('the error for what can never fit says to send it in parts, and not to be tried again', () => {
  const error = refusal(() => memory(8, 16).take('ann', 'calls', 7 * MIB))
  assert.match(error.message, /takes 7 MiB.*most for one message is 6 MiB.*less at a time/)
  assert.deepEqual(error.data, { limit: 'memory.perCallerMiB' })
})

test('small things still fit where large ones have taken all that they may', () => {
  const m = memory(8, 8)
  m.take('ann', 'bodies', 6 * MIB)
  refusal(() => m.take('ann', 'bodies', SMALL_BYTES + 1))
  assert.equal(m.take('ann', 'calls', SMALL_BYTES).bytes, SMALL_BYTES)
})

test('a refused resize leaves what is held as it was', () => {
  const m = memory(8, 16)
  const held = m.take('ann', 'bodies', 2 * MIB)
  refusal(() => held.resize(7 * MIB))
  assert.equal(m.usedBy('ann'), 2 * MIB)
  held.release()
  held.release()
  assert.equal(m.used, 0)
})

test('what is only kept makes room, the oldest of that user first', () => {
  const m = memory(4, 16)
  const dropped: string[] = []
  const keep = (user: string, name: string) => m.keep(user, MIB, () => dropped.push(name))
  keep('ben', 'his')
  for (const name of ['first', 'second', 'third']) keep('ann', name)
  m.take('ann', 'bodies', 2 * MIB)
  assert.deepEqual(dropped, ['first', 'second'])
  assert.equal(m.usedBy('ann'), 3 * MIB)
})

test('then the oldest of all go, where the budget of all is at fault', () => {
  const m = memory(8, 8)
  const dropped: string[] = []
  for (const name of ['ann 1', 'ben 1', 'ann 2', 'ben 2'])
    m.keep(name.slice(0, 3), MIB, () => dropped.push(name))
  m.take('cid', 'bodies', 4 * MIB)
  assert.deepEqual(dropped, ['ann 1', 'ben 1'])
  refusal(() => m.take('cid', 'bodies', 4 * MIB))
  assert.equal(dropped.length, 2, 'nothing goes for what does not fit even so')
})

test('what does not fit among what may not go is not kept', () => {
  const m = memory(4, 8)
  m.take('ann', 'bodies', 3 * MIB)
  assert.equal(
    m.keep('ann', 2 * MIB, () => assert.fail('it was never kept')),
    undefined,
  )
  assert.equal(m.usedBy('ann'), 3 * MIB)
})

test('requests that wait for room get it in order, and small things do not wait for large ones', async () => {
  const m = memory(8, 16)
  const first = m.take('ann', 'answers', 5 * MIB)
  const got: string[] = []
  const wait = (name: string, bytes: number) =>
    m.room('ann', 'answers', bytes).then((held) => {
      got.push(name)
      return held
    })
  const large = wait('large', 4 * MIB)
  const next = wait('next', MIB)
  await wait('small', 1000)
  assert.deepEqual(got, ['small'])
  first.release()
  await Promise.all([large, next])
  assert.deepEqual(got, ['small', 'large', 'next'])
})

test('one user who waits for their own budget holds up no other', async () => {
  const m = memory(8, 32)
  m.take('ann', 'answers', 6 * MIB)
  const hers = m.room('ann', 'answers', MIB)
  const his = await m.room('ben', 'answers', MIB)
  assert.equal(his.bytes, MIB)
  assert.equal(await Promise.race([hers, Promise.resolve('waits')]), 'waits')
})

test('waiting ends with its signal, and whoever waits behind goes on', async () => {
  const m = memory(8, 16)
  m.take('ann', 'answers', 3 * MIB)
  const controller = new AbortController()
  const large = m.room('ann', 'answers', 5 * MIB, controller.signal)
  const behind = m.room('ann', 'answers', MIB)
  controller.abort(new Error('The caller disconnected.'))
  await assert.rejects(large, /The caller disconnected/)
  assert.equal((await behind).bytes, MIB)
  await assert.rejects(m.room('ann', 'answers', MIB, AbortSignal.abort(new Error('gone'))), /gone/)
  await assert.rejects(m.room('ann', 'answers', 7 * MIB), /memory\.perCallerMiB/, 'it could wait for ever')
  assert.equal(m.used, 4 * MIB)
})

test('large things that were released are reported once they are many', () => {
  let told = 0
  const m = memory(64, 64, () => told++)
  const each = 16 * MIB
  for (let n = 0; n < GARBAGE_BYTES / each; n++) {
    assert.equal(told, 0)
    m.take('ann', 'bodies', each).release()
  }
  assert.equal(told, 1)
})

test('whatever is taken, changed, kept and waited for, no budget is ever exceeded and all is given back', async () => {
  const bytes = fc.oneof(fc.nat(3 * SMALL_BYTES), fc.nat(3 * MIB))
  const user = fc.constantFrom('ann', 'ben', 'cid')
  const steps = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constantFrom('take', 'keep', 'wait'),
        user,
        bytes,
        kind: fc.constantFrom(...KINDS),
      }),
      fc.record({ do: fc.constantFrom('resize', 'release'), at: fc.nat(), bytes }),
    ),
    { maxLength: 80 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const m = memory(4, 8)
      const held = new Set<Held | Kept>()
      const userOf = (one: Held | Kept) => (one as Held).user
      const waiting: Promise<unknown>[] = []
      const kept = new Set<Held | Kept>()
      const end = new AbortController()
      const check = () => {
        const sums = new Map<string, number>()
        for (const one of held) sums.set(userOf(one), (sums.get(userOf(one)) ?? 0) + one.bytes)
        for (const name of ['ann', 'ben', 'cid']) {
          assert.equal(m.usedBy(name), sums.get(name) ?? 0)
          assert.ok(m.usedBy(name) <= 4 * MIB)
        }
        const large = [...held]
          .filter((one) => one.bytes > SMALL_BYTES && (one as Held).kind !== 'connections')
          .reduce((sum, one) => sum + one.bytes, 0)
        assert.ok(large <= 8 * MIB * LARGE_SHARE)
        assert.ok(m.used <= 8 * MIB)
        assert.equal(
          Object.values(m.byKind).reduce((sum, one) => sum + one, 0),
          m.used,
        )
      }
      for (const step of sequence) {
        try {
          if ('user' in step) {
            if (step.do === 'take') held.add(m.take(step.user, step.kind, step.bytes))
            else if (step.do === 'keep') {
              const one = m.keep(step.user, step.bytes, () => held.delete(one as Kept))
              if (one) held.add(one) && kept.add(one)
            } else
              waiting.push(
                m.room(step.user, step.kind, step.bytes, end.signal).then(
                  (one) => held.add(one),
                  () => {},
                ),
              )
          } else {
            const one = [...held][step.at % Math.max(1, held.size)]
            if (!one) continue
            if (step.do === 'resize') {
              if (!kept.has(one)) (one as Held).resize(step.bytes)
            } else {
              held.delete(one)
              one.release()
            }
          }
        } catch (error) {
          assert.equal((error as RpcError).code, -32001)
        }
        await new Promise((resolve) => setImmediate(resolve))
        check()
      }
      end.abort()
      await Promise.all(waiting)
      for (const one of held) one.release()
      assert.equal(m.used, 0)
      for (const name of ['ann', 'ben', 'cid']) assert.equal(m.usedBy(name), 0)
    }),
  )
})

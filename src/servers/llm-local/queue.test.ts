import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError } from '../../models/engine.ts'
import { Queue } from './queue.ts'

const never = new AbortController().signal
const silent = () => {}

test('each that waits has its turn in order, and learns its place whenever it changes', async () => {
  const queue = new Queue(10)
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>())
  const order: number[] = []
  const places: number[][] = [[], [], []]
  const done = gates.map(({ promise }, i) =>
    queue.run(
      never,
      (place) => places[i]?.push(place),
      async () => {
        order.push(i)
        await promise
      },
    ),
  )
  for (const [i, { resolve }] of gates.entries()) {
    resolve()
    await done[i]
  }
  assert.deepEqual(order, [0, 1, 2])
  assert.deepEqual(places, [[], [1], [2, 1]])
})

test('one too many is refused at once', async () => {
  const queue = new Queue(1)
  const gate = Promise.withResolvers<void>()
  const first = queue.run(never, silent, () => gate.promise)
  const second = queue.run(never, silent, async () => 'second')
  await assert.rejects(
    queue.run(never, silent, async () => 'third'),
    (error: EngineError) => error instanceof EngineError && error.code === 'queue_full',
  )
  gate.resolve()
  await first
  assert.equal(await second, 'second')
})

test('one that gives up leaves its place to those behind it', async () => {
  const queue = new Queue(10)
  const gate = Promise.withResolvers<void>()
  const first = queue.run(never, silent, () => gate.promise)
  const giveUp = new AbortController()
  const reason = new Error('no patience')
  const second = queue.run(giveUp.signal, silent, async () => assert.fail('it had given up'))
  const places: number[] = []
  const third = queue.run(
    never,
    (place) => places.push(place),
    async () => 'third',
  )
  giveUp.abort(reason)
  await assert.rejects(second, reason)
  gate.resolve()
  await first
  assert.equal(await third, 'third')
  assert.deepEqual(places, [2, 1])
})

test('work that fails hands the turn on', async () => {
  const queue = new Queue(10)
  const failing = queue.run(never, silent, () => Promise.reject(new Error('broken')))
  const next = queue.run(never, silent, async () => 'next')
  await assert.rejects(failing, /broken/)
  assert.equal(await next, 'next')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Room } from './room.ts'

const { signal } = new AbortController()
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a request for more than there is waits, in order, and a smaller one does not pass it', async () => {
  const room = new Room(100)
  const came: string[] = []
  assert.equal(room.take(50, 'a', signal), undefined)
  assert.equal(room.take(40, 'b', signal), undefined)
  room.take(50, 'c', signal)?.then(() => came.push('large'))
  room.take(5, 'd', signal)?.then(() => came.push('small'))
  await turn()
  assert.deepEqual(came, [])
  room.give(50, 'a')
  await turn()
  assert.deepEqual([came, room.held], [['large', 'small'], 95])
})

test('one owner has half of it at most, and waiting for their own share holds up no other', async () => {
  const room = new Room(100)
  room.take(50, 'a', signal)
  let came = false
  room.take(10, 'a', signal)?.then(() => {
    came = true
  })
  assert.equal(await room.take(50, 'b', signal), undefined)
  assert.equal(came, false)
  room.give(50, 'a')
  await turn()
  assert.equal(came, true)
})

test('what is larger than all of it comes alone', async () => {
  const room = new Room(100)
  room.take(10, 'a', signal)
  const large = room.take(500, 'b', signal)
  room.give(10, 'a')
  await large
  assert.equal(room.held, 500)
  const next = room.take(1, 'a', signal)
  room.give(500, 'b')
  await next
})

test('a request that is given up lets the next go on', async () => {
  const room = new Room(100)
  room.take(90, 'a', signal)
  const gone = new AbortController()
  const large = room.take(20, 'b', gone.signal)
  const small = room.take(10, 'c', signal)
  gone.abort(new Error('enough'))
  await assert.rejects(async () => large, /enough/)
  await small
  await assert.rejects(async () => room.take(50, 'd', AbortSignal.abort(new Error('before'))), /before/)
})

test('every request is served in the end, and no more is held than may be', async () => {
  const one = fc.record({ bytes: fc.integer({ min: 1, max: 150 }), owner: fc.constantFrom('a', 'b', 'c') })
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 30 }), async (all) => {
      const room = new Room(100)
      await Promise.all(
        all.map(async ({ bytes, owner }) => {
          await room.take(bytes, owner, signal)
          assert.ok(room.held <= Math.max(100, bytes), `${room.held} are held`)
          await turn()
          room.give(bytes, owner)
        }),
      )
      assert.equal(room.held, 0)
    }),
    { numRuns: 50 },
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerRoom } from './answer-room.ts'
import type { Inbound } from './call.ts'
import { Memory } from './memory.ts'

const MIB = 1024 * 1024
/** Of a user's 128 MiB answers have 32, and one session has 8 of those. */
const memoryOf = () => new Memory({ perCallerBytes: 128 * MIB, inAllBytes: 256 * MIB })
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A call, and what settles once its client has taken all; without that it keeps up. */
function call(session: string | undefined, { user = 'ada', name = 'Client', stalled = false } = {}) {
  const { promise, resolve } = Promise.withResolvers<void>()
  let drained: Promise<void> | undefined = stalled ? promise : undefined
  const inbound = {
    principal: { id: `token:${user}`, user },
    session,
    client: { info: { name, version: '1' } },
    drained: () => drained,
  } as unknown as Inbound
  const takes = () => {
    drained = undefined
    resolve()
  }
  return { inbound, takes }
}

/** Whether room was given by now. */
async function isGiven(waiting: Promise<void> | undefined): Promise<boolean> {
  if (waiting === undefined) return true
  await turn()
  return Promise.race([waiting.then(() => true), turn().then(() => false)])
}

test('a session whose client takes nothing holds up itself, and no other of its user', async () => {
  const room = new AnswerRoom(memoryOf(), 60_000)
  const slow = Array.from({ length: 100 }, () => call('slow', { stalled: true }))
  const waiting = slow.map(({ inbound }) => room.take(inbound, 2 * MIB))
  for (const { inbound } of slow.slice(0, 4)) room.ended(inbound)
  assert.equal(waiting.filter((one) => one === undefined).length, 4)
  for (let n = 0; n < 50; n++) {
    const { inbound } = call('other')
    assert.ok(await isGiven(room.take(inbound, 4 * MIB)), `answer ${n}`)
    room.ended(inbound)
    await turn()
  }
  assert.equal(await isGiven(waiting[4]), false)
  slow[0]?.takes()
  await turn()
  assert.ok(await isGiven(waiting[4]))
})

test('clients without a session are distinguished by what they call themselves', async () => {
  const room = new AnswerRoom(memoryOf(), 60_000)
  const slow = call(undefined, { stalled: true })
  room.take(slow.inbound, 8 * MIB)
  assert.equal(await isGiven(room.take(call(undefined).inbound, MIB)), false)
  assert.ok(await isGiven(room.take(call(undefined, { name: 'Other' }).inbound, MIB)))
})

test('an answer that is longer than a session’s share comes all the same', async () => {
  const room = new AnswerRoom(memoryOf(), 60_000)
  assert.ok(await isGiven(room.take(call('one').inbound, 16 * MIB)))
  assert.ok(await isGiven(room.take(call('other').inbound, 16 * MIB)))
})

test('what answers take is part of what their user may have, and given back with their calls', async () => {
  const memory = memoryOf()
  const room = new AnswerRoom(memory, 60_000)
  const { inbound } = call('one')
  room.take(inbound, MIB)
  assert.ok(memory.usedBy('ada') > MIB && memory.byKind.answers > MIB)
  room.ended(inbound)
  assert.equal(memory.used, 0)
})

test('an answer waits for memory that its user’s other things have, and for no more than a time', async () => {
  const memory = memoryOf()
  const others = memory.take('ada', 'bodies', 94 * MIB)
  const soon = new AnswerRoom(memory, 10)
  await assert.rejects(async () => soon.take(call('one').inbound, 4 * MIB), {
    code: -32001,
    message: /The call was made, but there is no memory for its answer\. .*memory\.perCallerMiB/,
  })
  const waiting = new AnswerRoom(memory, 60_000).take(call('one').inbound, 4 * MIB)
  assert.equal(await isGiven(waiting), false)
  others.release()
  assert.ok(await isGiven(waiting))
})

test('memory that an answer releases is not another’s until what is written in that turn was counted', async () => {
  const memory = memoryOf()
  memory.take('ada', 'bodies', 84 * MIB)
  const room = new AnswerRoom(memory, 60_000)
  const first = call('one').inbound
  room.take(first, 7 * MIB)
  const waiting = room.take(call('other').inbound, 7 * MIB)
  room.ended(first)
  const unread = memory.take('ada', 'answers', 7 * MIB)
  assert.equal(await isGiven(waiting), false)
  unread.release()
  assert.ok(await isGiven(waiting))
})

test('a call that ends while its answer waits leaves nothing behind', async () => {
  const memory = memoryOf()
  const room = new AnswerRoom(memory, 60_000)
  const others = memory.take('ada', 'bodies', 94 * MIB)
  const { inbound } = call('one')
  const waiting = room.take(inbound, 4 * MIB)
  room.ended(inbound)
  await assert.rejects(async () => waiting, /The call has ended/)
  others.release()
  await turn()
  assert.equal(memory.used, 0)
  for (let n = 0; n < 8; n++) assert.ok(await isGiven(room.take(call('one').inbound, MIB)))
})

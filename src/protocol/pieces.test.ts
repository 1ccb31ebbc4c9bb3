import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Id, type Notification, notification } from './jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from './limits.ts'
import { NOTIFICATION } from './mcp.ts'
import { MessageReader } from './message-reader.ts'
import { Pieces } from './pieces.ts'

const FULL = 100_000

interface Whole {
  text: Buffer
  attached: Buffer | undefined
}

/** One side: what it has sent lies in `wire` until the test hands it to the other one. */
function side() {
  let wire: Buffer[] = []
  const announced: { id: Id; bytes: number; attached: number }[] = []
  const arrived = new Map<Id, Whole>()
  const short: string[] = []
  const sent: Id[] = []
  const broken: string[] = []
  const seen: Notification[] = []
  const length = () => wire.reduce((sum, bytes) => sum + bytes.length, 0)
  const reader = new MessageReader({
    onText(text) {
      const message = JSON.parse(text) as Notification
      seen.push(message)
      if (!pieces.receive(message.method, message.params)) short.push(message.method)
    },
    onRefused: ({ message }) => assert.fail(message),
  })
  const pieces = new Pieces({
    reader,
    send: (message, bytes) => {
      wire.push(Buffer.from(`${JSON.stringify(message)}\n`), ...(bytes ? [bytes] : []))
    },
    sendWhole: (parts) => void wire.push(...parts),
    isFull: () => length() > FULL,
    onLarge: (id, bytes, attached) => void announced.push({ id, bytes, attached }),
    onWhole: (id, text, attached) => void arrived.set(id, { text, attached }),
    onBroken: (what) => void broken.push(what),
  })
  return {
    pieces,
    announced,
    arrived,
    short,
    sent,
    broken,
    seen,
    length,
    say: (method: string) => void wire.push(Buffer.from(`${JSON.stringify(notification(method))}\n`)),
    /** Takes so many bytes off the wire, as they are torn there. */
    take(most: number): Buffer {
      const all = Buffer.concat(wire)
      wire = most < all.length ? [all.subarray(most)] : []
      return all.subarray(0, most)
    },
    read: (bytes: Buffer) => reader.push(bytes),
  }
}

type Side = ReturnType<typeof side>

/** Hands over all that both have sent, until neither has anything more. */
function settle(a: Side, b: Side): void {
  while (a.length() > 0 || b.length() > 0) {
    b.read(a.take(65_536))
    a.read(b.take(65_536))
    a.pieces.pump()
    b.pieces.pump()
  }
}

const text = (n: number, length: number) => Buffer.alloc(length, `${n}{}\n"`)

test('whatever is interleaved, torn, given up or accepted late: what was accepted comes as it was, and nothing else', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 100_000, max: 700_000 }))
  const action = fc.oneof(
    fc.record({ do: fc.constant('hold' as const), size, attached: fc.option(size) }),
    fc.record({ do: fc.constant('carry' as const), bytes: fc.integer({ min: 1, max: 150_000 }) }),
    fc.record({ do: fc.constant('answer' as const), bytes: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ do: fc.constantFrom('accept' as const, 'drop' as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant('say' as const) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const a = side()
      const b = side()
      const held: Whole[] = []
      const dropped = new Set<Id>()
      const accepted = new Set<Id>()
      let said = 0
      const accept = (id: Id) => {
        accepted.add(id)
        b.pieces.accept(id)
      }
      for (const one of actions) {
        if (one.do === 'hold') {
          const attached = one.attached === null ? undefined : text(held.length + 1, one.attached)
          const id = held.push({ text: text(held.length, one.size), attached }) - 1
          a.pieces.hold(id, text(id, one.size), attached, () => void a.sent.push(id))
        } else if (one.do === 'carry') b.read(a.take(one.bytes))
        else if (one.do === 'answer') a.read(b.take(one.bytes))
        else if (one.do === 'say') a.say(`short${said++}`)
        else {
          const found = b.announced[one.which]
          if (found && one.do === 'accept') accept(found.id)
          if (found && one.do === 'drop' && !b.arrived.has(found.id)) {
            dropped.add(found.id)
            b.pieces.drop(found.id)
            a.pieces.drop(found.id)
          }
        }
        a.pieces.pump()
      }
      settle(a, b)
      for (const { id } of b.announced) accept(id)
      settle(a, b)
      assert.deepEqual([a.broken, b.broken], [[], []])
      assert.deepEqual(
        b.short,
        Array.from({ length: said }, (_, i) => `short${i}`),
      )
      for (const [id, whole] of held.entries())
        if (dropped.has(id)) assert.equal(b.arrived.has(id), false)
        else assert.deepEqual(b.arrived.get(id), whole)
      assert.equal(b.arrived.size + dropped.size, held.length)
    }),
    { numRuns: 150 },
  )
})

test('nothing comes before it is asked for, and long messages come in turns, with short ones between', () => {
  const a = side()
  const b = side()
  for (const id of [1, 2, 3]) a.pieces.hold(id, text(id, 500_000), undefined, () => void a.sent.push(id))
  settle(a, b)
  assert.deepEqual(
    b.announced.map(({ bytes }) => bytes),
    [500_000, 500_000, 500_000],
  )
  assert.equal(b.seen.filter(({ method }) => method === NOTIFICATION.piece).length, 0)
  for (const id of [1, 2]) b.pieces.accept(id)
  a.read(b.take(Number.POSITIVE_INFINITY))
  assert.ok(a.length() < 2 * FULL + 200_000, 'no more than enough is handed over')
  a.say('short')
  settle(a, b)
  const order = b.seen.filter(({ method }) => method === NOTIFICATION.piece || method === 'short')
  assert.ok(order.findIndex(({ method }) => method === 'short') <= 3)
  const ids = order.flatMap(({ params }) => (params ? [(params as { requestId: number }).requestId] : []))
  assert.ok(ids.length === 8 && ids.indexOf(2) <= 2 && ids.lastIndexOf(1) >= 5, ids.join())
  assert.deepEqual([...b.arrived.keys()], [1, 2])
  assert.deepEqual(a.sent, [1, 2])
})

test('a peer that knows nothing of pieces gets whole messages, one after the other as it reads', () => {
  const a = side()
  const line = `${JSON.stringify(notification('x'.repeat(120_000)))}\n`
  for (const id of [1, 2, 3]) a.pieces.holdWhole(id, [Buffer.from(line)], () => void a.sent.push(id))
  assert.deepEqual(a.sent, [1])
  assert.equal(a.take(Number.POSITIVE_INFINITY).toString(), line)
  a.pieces.pump()
  assert.deepEqual(a.sent, [1, 2])
  a.pieces.end()
  assert.equal(a.take(Number.POSITIVE_INFINITY).toString(), line + line)
})

const RULES: [string, string, object][] = [
  ['a piece that was not accepted', NOTIFICATION.piece, { requestId: 1, bytes: 5 }],
  ['an announcement twice', NOTIFICATION.large, { requestId: 1, bytes: 5 }],
  ['a length that no message has', NOTIFICATION.large, { requestId: 2, bytes: MAX_MESSAGE_BYTES + 1 }],
  ['a length below zero', NOTIFICATION.large, { requestId: 2, bytes: 5, attached: -1 }],
  ['a length that is no number', NOTIFICATION.large, { requestId: 2, bytes: '5' }],
  ['an empty piece', NOTIFICATION.piece, { requestId: 1, bytes: 0 }],
  ['no id', NOTIFICATION.send, {}],
  ['an id that is an object', NOTIFICATION.large, { requestId: {}, bytes: 5 }],
]
for (const [what, method, params] of RULES)
  test(`${what} breaks the rules`, () => {
    const b = side()
    b.read(Buffer.from(`${JSON.stringify(notification(NOTIFICATION.large, { requestId: 1, bytes: 5 }))}\n`))
    assert.deepEqual(b.broken, [])
    b.read(Buffer.from(`${JSON.stringify(notification(method, params as Record<string, unknown>))}\n`))
    assert.equal(b.broken.length, 1)
  })

test('more than was announced breaks the rules, and what was given up may still come', () => {
  const b = side()
  const tell = (method: string, params: Record<string, unknown>, bytes = '') =>
    b.read(Buffer.from(`${JSON.stringify(notification(method, params))}\n${bytes}`))
  for (const requestId of [1, 2]) {
    tell(NOTIFICATION.large, { requestId, bytes: 5 })
    b.pieces.accept(requestId)
  }
  tell(NOTIFICATION.piece, { requestId: 1, bytes: 3 }, 'abc')
  b.pieces.drop(1)
  tell(NOTIFICATION.piece, { requestId: 1, bytes: 2 }, '{\n')
  tell(NOTIFICATION.send, { requestId: 9 })
  assert.deepEqual([b.broken, b.arrived.size], [[], 0])
  tell(NOTIFICATION.piece, { requestId: 2, bytes: 6 }, 'abcdef')
  assert.equal(b.broken.length, 1)
})

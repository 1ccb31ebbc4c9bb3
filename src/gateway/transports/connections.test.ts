import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { CONNECTION_BYTES, Memory } from '../call/memory.ts'
import { Connections } from './connections.ts'
import type { HttpResponse } from './http/exchange.ts'

const LIMITS = {
  unknownAtOnce: 100,
  unknownPerSource: 100,
  unknownMs: 60_000,
  connectionsAtOnce: 100,
  connectionsPerCaller: 100,
}

function setUp(room: number) {
  const memory = new Memory({ perCallerBytes: room, inAllBytes: 2 * room })
  const connections = new Connections(LIMITS, memory)
  const arrive = () => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress: '127.0.0.1',
      destroyed: false,
      destroy: () => {
        socket.destroyed = true
        socket.emit('close')
      },
    })
    return { socket, connection: connections.arrive(socket as unknown as Socket) }
  }
  return { memory, connections, arrive }
}

test('a connection counts as memory of its user from when they are identified until it has closed', () => {
  const { memory, connections, arrive } = setUp(1024 * 1024)
  const plain = arrive()
  assert.equal(memory.used, 0)
  plain.connection.identifiedAs('ada')
  plain.connection.identifiedAs('ada')
  assert.equal(memory.byKind.connections, CONNECTION_BYTES.http)
  const secure = arrive()
  connections.secured(secure.connection, secure.socket as unknown as Socket)
  secure.connection.identifiedAs('ben')
  assert.equal(memory.usedBy('ben'), CONNECTION_BYTES.https)
  secure.connection.identifiedAs('ada')
  assert.equal(memory.usedBy('ben'), 0)
  for (const { socket } of [plain, secure]) socket.destroy()
  assert.equal(memory.used, 0)
})

test('what has come and is not read counts with its connection, as far as there is room', () => {
  const { memory, arrive } = setUp(CONNECTION_BYTES.http + 1000)
  const { connection, socket } = arrive()
  assert.ok(connection.holds(5000), 'its user is not known yet')
  connection.identifiedAs('ada')
  assert.ok(connection.holds(1000))
  assert.ok(!connection.holds(1001))
  assert.equal(memory.used, CONNECTION_BYTES.http + 1000)
  socket.destroy()
  assert.equal(memory.used, 0)
})

test('where there is no memory for a new one, the one of its user that is idle longest is closed', () => {
  const { memory, arrive } = setUp(3 * CONNECTION_BYTES.http)
  const all = [arrive(), arrive(), arrive()]
  for (const { connection } of all) connection.identifiedAs('ada')
  all[0]?.connection.begin({} as HttpResponse)
  arrive().connection.identifiedAs('ada')
  assert.deepEqual(
    all.map(({ socket }) => socket.destroyed),
    [false, true, false],
  )
  all[2]?.connection.begin({} as HttpResponse)
  const busy = arrive()
  busy.connection.identifiedAs('ada')
  busy.connection.begin({} as HttpResponse)
  const refused = arrive()
  assert.throws(() => refused.connection.identifiedAs('ada'), {
    code: -32001,
    message: /memory\.perCallerMiB/,
  })
  // Else it would be waited for until an unknown one has to be known.
  refused.socket.destroy()
  assert.equal(memory.used, 3 * CONNECTION_BYTES.http)
})

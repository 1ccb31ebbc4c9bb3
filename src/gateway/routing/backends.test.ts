import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import { Memory } from '../call/memory.ts'
import { Backends, type BackendsOptions, type CallerRequest } from './backends.ts'

interface Incoming {
  id?: number
  method: string
  params?: Record<string, unknown>
}

const NOTES = { service_name: 'notes', scope: 'user', listChanged: false } as Descriptor
const MIB = 1024 * 1024
const RESULT = { resultType: 'complete' }

/** Backends whose sockets lie in a folder of the test. */
function setUp(t: TestContext, options: Partial<BackendsOptions> = {}) {
  const folder = temporaryDirectory()
  const told: unknown[][] = []
  const tell =
    (what: string) =>
    (...given: unknown[]) =>
      void told.push([what, ...given])
  const backends = new Backends({
    memory: new Memory({ perCallerBytes: 64 * MIB, inAllBytes: 128 * MIB }),
    sockets: folder.path,
    idleMs: 10_000,
    startMs: 10_000,
    outputBytes: 1000,
    clientInfo: { name: 'test', version: '1' },
    onListChanged: tell('changed'),
    onEntryDue: tell('due'),
    onColdStart: tell('started'),
    onOdd: tell('odd'),
    ...options,
  })
  const open: (() => void)[] = []
  t.after(() => {
    backends.close()
    for (const close of open) close()
    folder[Symbol.dispose]()
  })
  /** A server by hand: what it says to a message is up to `answer`, but for the first one. */
  const serve = async (
    path: string,
    answer: (message: Incoming, reply: (result: object) => void, socket: Socket) => void,
    { started = Promise.resolve() as Promise<unknown> } = {},
  ) => {
    const methods: string[] = []
    const sockets = new Set<Socket>()
    let connections = 0
    const server: Server = createServer(async (socket) => {
      connections++
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
      await started
      let rest = ''
      socket.setEncoding('utf8').on('data', (chunk) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() as string
        for (const message of lines.map((line) => JSON.parse(line) as Incoming)) {
          methods.push(message.method)
          const reply = (result: object) =>
            socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result })}\n`)
          if (message.method === 'server/discover') reply(RESULT)
          else answer(message, reply, socket)
        }
      })
    })
    mkdirSync(join(folder.path, path, '..'), { recursive: true })
    server.listen(join(folder.path, path))
    await once(server, 'listening')
    const close = () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
    open.push(close)
    return {
      methods,
      sockets,
      close,
      get connections() {
        return connections
      },
    }
  }
  const call = (
    options: Partial<CallerRequest> = {},
    {
      user = 'ada',
      descriptor = NOTES,
      trace = {},
    }: { user?: string; descriptor?: Descriptor; trace?: object } = {},
  ) =>
    backends
      .get(descriptor, user)
      .request(
        'tools/call',
        { name: 'x' },
        { signal: new AbortController().signal, checkAgain() {}, late: () => new Error('late'), ...options },
        trace,
      )
  return { backends, call, serve, told, folder: folder.path, of: () => backends.get(NOTES, 'ada') }
}

const atOnce = (_: Incoming, reply: (result: object) => void) => reply(RESULT)

test('a call whose caller may not make it any longer when its server has started is never sent', async (t) => {
  const { serve, call } = setUp(t)
  const start = Promise.withResolvers<void>()
  const { methods } = await serve('ada/notes.sock', atOnce, { started: start.promise })
  let ended = false
  const checkAgain = () => {
    if (ended) throw new Error('The token has ended.')
  }
  const refused = assert.rejects(call({ checkAgain }), /has ended/)
  const other = call()
  ended = true
  start.resolve()
  await refused
  await other
  assert.deepEqual(methods, ['server/discover', 'tools/call'])
})

test('a call ends with its time, and with its caller, also while its server starts', async (t) => {
  const { serve, call, backends } = setUp(t)
  await serve('ada/notes.sock', atOnce, { started: new Promise(() => {}) })
  await assert.rejects(call({ timeoutMs: 1 }), /late/)
  const gone = new AbortController()
  const waiting = call({ signal: gone.signal })
  gone.abort(new Error('gone'))
  await assert.rejects(waiting, /gone/)
  assert.equal(backends.inFlight, 0)
})

test('a call whose caller has gone before wakes no server, and nothing is left of it that could fail', async (t) => {
  const { call, of } = setUp(t)
  const trace = {}
  await assert.rejects(call({ signal: AbortSignal.abort(new Error('gone')) }, { trace }), /gone/)
  assert.deepEqual([of().state, of().inFlight, trace], ['asleep', 0, {}])
})

test('a long message that a server sends unasked counts until it has come, and without room for it its connection ends', async (t) => {
  const memory = new Memory({ perCallerBytes: MIB, inAllBytes: 4 * MIB })
  const { serve, call } = setUp(t, { memory, outputBytes: 16 * MIB })
  let length = MIB / 2
  let rest = undefined as (() => void) | undefined
  await serve('ada/notes.sock', ({ id }, _, socket) => {
    const text = JSON.stringify({ jsonrpc: '2.0', id, result: { ...RESULT, text: 'x'.repeat(length) } })
    socket.write(text)
    rest = () => socket.write('\n')
  })
  const first = call()
  while (memory.used < length) await nextTurn()
  rest?.()
  assert.equal((await first).text, 'x'.repeat(length))
  assert.equal(memory.used, 0)

  length = 2 * MIB
  await assert.rejects(call(), (error: RpcError) => {
    assert.match(error.message, /^The call was made, but there is no memory for its answer\./)
    return (error.data as { limit?: string }).limit === 'memory.perCallerMiB'
  })
  while (memory.used > 0) await nextTurn()

  length = 10
  rest = undefined
  const last = call()
  while (rest === undefined) await nextTurn()
  ;(rest as () => void)()
  await last
})

test('calls share one connection, and only those that wait for it are cold', async (t) => {
  const { serve, call, told, of } = setUp(t)
  const server = await serve('ada/notes.sock', atOnce)
  assert.equal(of().state, 'asleep')
  const traces = [{}, {}, {}]
  await Promise.all([call({}, { trace: traces[0] as object }), call({}, { trace: traces[1] as object })])
  await call({}, { trace: traces[2] as object })
  assert.deepEqual(traces, [{ cold: true }, { cold: true }, {}])
  assert.deepEqual([server.connections, of().state], [1, 'awake'])
  assert.deepEqual(told, [['started', 'notes']])
})

test('each user has a connection of their own, but to a server that is there for all', async (t) => {
  const { serve, call } = setUp(t)
  const [ada, bob] = [await serve('ada/notes.sock', atOnce), await serve('bob/notes.sock', atOnce)]
  const shared = await serve('time.sock', atOnce)
  const TIME = { service_name: 'time', scope: 'system', listChanged: false } as Descriptor
  for (const user of ['ada', 'bob']) {
    await call({}, { user })
    await call({}, { user, descriptor: TIME })
  }
  assert.deepEqual([ada.connections, bob.connections, shared.connections], [1, 1, 1])
})

test('a server that can’t be reached is reported with its name and what to do, and is tried again', async (t) => {
  const { serve, call, of } = setUp(t)
  await assert.rejects(call(), /The server "notes" can't be reached \(ENOENT\); "luca doctor"/)
  assert.equal(of().state, 'failing')
  await serve('ada/notes.sock', atOnce)
  assert.deepEqual(await call(), RESULT)
  assert.equal(of().state, 'awake')
})

test('a server that goes during a call may have done it, which is said, and the next call starts it again', async (t) => {
  const { serve, call, of } = setUp(t)
  let calls = 0
  const server = await serve('ada/notes.sock', (_, reply, socket) => {
    if (++calls === 1) socket.destroy()
    else reply(RESULT)
  })
  await assert.rejects(call(), /stopped while it worked on this call, and it is not known/)
  assert.equal(of().state, 'failing')
  assert.deepEqual(await call(), RESULT)
  assert.equal(server.connections, 2)
})

test('a server that takes the connection and says nothing fails the call, which was then not made', async (t) => {
  const { serve, call } = setUp(t, { startMs: 20 })
  const { methods } = await serve('ada/notes.sock', atOnce, { started: new Promise(() => {}) })
  await assert.rejects(call(), /did not start within 0\.02 seconds \(servers\.startSeconds\).*not made/)
  assert.deepEqual(methods, [])
})

test('an answer that is longer than may be given back is refused by the name of its bound', async (t) => {
  const { serve, call, of } = setUp(t)
  let length = 2000
  await serve('ada/notes.sock', (_, reply) => reply({ text: 'x'.repeat(length) }))
  await assert.rejects(call(), (error: RpcError) => {
    assert.match(error.message, /longer than 1000 bytes.*calls\.outputBytes/)
    assert.deepEqual(error.data, { limit: 'calls.outputBytes' })
    return true
  })
  assert.equal(of().state, 'awake')
  length = 500
  await call()
})

test('a connection that nothing uses is closed, and not while a call is under way', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { serve, call, of } = setUp(t, { idleMs: 1000, startMs: 10_000_000 })
  const held: (() => void)[] = []
  const server = await serve('ada/notes.sock', (_, reply) => {
    if (held.push(() => reply(RESULT)) === 2) held[0]?.()
  })
  const [first, second] = [call(), call()]
  await first
  t.mock.timers.tick(100_000)
  assert.deepEqual([of().state, of().inFlight], ['awake', 1])
  held[1]?.()
  await second
  t.mock.timers.tick(999)
  assert.equal(of().state, 'awake')
  t.mock.timers.tick(1)
  const [socket] = server.sockets
  if (socket && !socket.destroyed) await once(socket, 'close')
  assert.equal(of().inFlight, 0)
  assert.equal(of().state, 'asleep')
})

test('changed lists of a server are reported, and waiting for them keeps no server awake', async (t) => {
  const { serve, call, told } = setUp(t, { idleMs: 1 })
  const descriptor = { ...NOTES, listChanged: true }
  const server = await serve('ada/notes.sock', (message, reply, socket) => {
    if (message.method === 'tools/call') return reply(RESULT)
    assert.deepEqual(message.params?.notifications, {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
    })
    for (const kind of ['tools', 'prompts', 'resources', 'else'])
      socket.write(
        `${JSON.stringify({
          jsonrpc: '2.0',
          method: `notifications/${kind}/list_changed`,
          params: { _meta: { 'io.modelcontextprotocol/subscriptionId': message.id } },
        })}\n`,
      )
  })
  await call({}, { descriptor })
  const [socket] = server.sockets
  if (socket && !socket.destroyed) await once(socket, 'close')
  assert.deepEqual(told, [
    ['started', 'notes'],
    ...['tools', 'prompts', 'resources'].map((kind) => ['changed', 'notes', kind]),
  ])
})

test('a notification for all reaches those that are awake, and wakes no server', async (t) => {
  const { serve, call, backends } = setUp(t)
  const heard = Promise.withResolvers<Incoming>()
  await serve('ada/notes.sock', (message, reply) => {
    if (message.id === undefined) heard.resolve(message)
    else reply(RESULT)
  })
  const bob = await serve('bob/notes.sock', atOnce)
  backends.get(NOTES, 'bob')
  await call()
  backends.notifyAll('notifications/session_ended', { session: 's' })
  assert.deepEqual((await heard.promise).params, { session: 's' })
  assert.equal(bob.connections, 0)
})

test('a server has entries of its user hurried, each once in a while, and no one else does', async (t) => {
  const entries: unknown[] = []
  const hurried = Promise.withResolvers<void>()
  const { serve, call } = setUp(t, {
    onEntryDue(entry) {
      entries.push(entry)
      hurried.resolve()
    },
  })
  const due = (id: unknown, key: unknown) =>
    `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/io.llmbasedos/entry_due', params: { key, _meta: { 'io.modelcontextprotocol/subscriptionId': id } } })}\n`
  const answer = (message: Incoming, reply: (result: object) => void, socket: Socket) => {
    if (message.method !== 'subscriptions/listen') return reply(RESULT)
    for (let i = 0; i < 1000; i++) socket.write(due(message.id, i % 2 === 0 ? 'look' : 7))
  }
  for (const path of ['ada/mail.sock', 'shared.sock', 'ada/notes.sock']) await serve(path, answer)
  const mail = { service_name: 'mail', scope: 'user', listChanged: false, wakes: true } as Descriptor
  const shared = { ...mail, service_name: 'shared', scope: 'system' } as Descriptor
  for (const descriptor of [shared, NOTES, mail]) await call({}, { descriptor })
  await hurried.promise
  assert.deepEqual(entries, [{ user: 'ada', server: 'mail', key: 'look' }])
})

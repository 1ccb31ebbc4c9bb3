import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { Backends } from './backends.ts'

/** A server whose socket takes connections, and that starts when it is told to. */
async function slowServer(t: TestContext) {
  const sockets = mkdtempSync(join(tmpdir(), 'backends-'))
  mkdirSync(join(sockets, 'ada'))
  const methods: string[] = []
  let start = () => {}
  const started = new Promise<void>((resolve) => {
    start = resolve
  })
  const connections: Socket[] = []
  const server = createServer(async (socket) => {
    connections.push(socket)
    socket.on('error', () => {})
    await started
    let rest = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() as string
      for (const { id, method } of lines.map((line) => JSON.parse(line))) {
        methods.push(method)
        if (id !== undefined)
          socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete' } })}\n`)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(join(sockets, 'ada/slow.sock'), resolve))
  const backends = new Backends({
    ...{ sockets, idleMs: 10_000, startMs: 10_000, outputBytes: 1000 },
    ...{ clientInfo: { name: 'test', version: '1' }, onListChanged() {}, onColdStart() {}, onOdd() {} },
  })
  t.after(() => {
    backends.close()
    for (const socket of connections) socket.destroy()
    server.close()
    rmSync(sockets, { recursive: true })
  })
  const backend = backends.get({ service_name: 'slow', scope: 'user' } as Descriptor, 'ada')
  const { signal } = new AbortController()
  const call = (options: { checkAgain?: () => void; timeoutMs?: number } = {}) =>
    backend.request(
      'tools/call',
      { name: 'x' },
      { signal, checkAgain() {}, late: () => new Error('late'), ...options },
      {},
    )
  return { start, methods, call }
}

test('a call whose caller may not make it any longer when its server has started is never sent', async (t) => {
  const { start, methods, call } = await slowServer(t)
  let ended = false
  const checkAgain = () => {
    if (ended) throw new Error('The token has ended.')
  }
  const refused = assert.rejects(call({ checkAgain }), /has ended/)
  const other = call()
  ended = true
  start()
  await refused
  await other
  assert.deepEqual(methods, ['server/discover', 'tools/call'])
})

test('a call ends with its time, also while its server starts', async (t) => {
  const { call } = await slowServer(t)
  await assert.rejects(call({ timeoutMs: 1 }), /late/)
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '../client/connect.ts'
import { type Connection, ConnectionLost } from '../client/connection.ts'
import { Activator } from './testing/activator.ts'
import { until } from './testing/until.ts'

async function start(env: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'serve-'))
  const socket = join(directory, 'sample.sock')
  const activator = new Activator(socket, env)
  await activator.ready()
  return {
    activator,
    directory,
    connect: () => connect(socket, { clientInfo: { name: 'test', version: '1' } }),
    async [Symbol.asyncDispose]() {
      await activator[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

const call = (connection: Connection, name: string, args: object = {}) =>
  connection.request('tools/call', { name, arguments: args })

const textOf = (result: object): string => JSON.stringify((result as { content: unknown }).content)

test('started without a socket, a server says how it is meant to be started and exits with 2', async () => {
  const main = fileURLToPath(new URL('testing/sample-main.ts', import.meta.url))
  const { LISTEN_PID: _, LISTEN_FDS: __, ...env } = process.env
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 2)
  assert.match(said, /socket/)
})

test('a server without connections ends after a while, and the next connection is served by a new one', async () => {
  await using it = await start({ LLMBDO_IDLE_SECONDS: '0.05' })
  for (const round of [1, 2, 3]) {
    const connection = await it.connect()
    assert.match(textOf(await call(connection, 'echo', { text: `round ${round}` })), /round/)
    connection.close()
    await until(`server ${round} ended`, () => it.activator.ended.length === round)
  }
  assert.deepEqual(it.activator.ended, [0, 0, 0])
})

test('a server with a connection stays, however long nothing is asked', async () => {
  const idle = { LLMBDO_IDLE_SECONDS: '0.05' }
  await using it = await start(idle)
  const connection = await it.connect()
  await call(connection, 'echo', { text: 'first' })
  // Another one, to which no client stays connected, ends meanwhile: so long nothing was asked.
  await using other = await start(idle)
  for (const round of [1, 2, 3]) {
    const brief = await other.connect()
    await call(brief, 'echo', { text: 'brief' })
    brief.close()
    await until(`the other ended ${round} times`, () => other.activator.ended.length === round)
  }
  assert.deepEqual(it.activator.ended, [])
  await call(connection, 'echo', { text: 'second' })
  assert.equal(it.activator.started.length, 1)
  connection.close()
})

test('connections that come while a server goes are all served', async () => {
  await using it = await start({ LLMBDO_IDLE_SECONDS: '0.001' })
  for (let round = 0; round < 8; round++) {
    const connection = await it.connect()
    assert.match(textOf(await call(connection, 'echo', { text: `r${round}` })), /r/)
    connection.close()
    await delay(round * 2) // a little later each time, to meet the server at every point of its end
  }
  assert.ok(it.activator.ended.every((code) => code === 0))
})

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} lets running calls finish, ends subscriptions, and the process exits with 0`, async () => {
    await using it = await start()
    const connection = await it.connect()
    const acknowledged = Promise.withResolvers<void>()
    const listening = connection.request(
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      { onNotification: () => acknowledged.resolve() },
    )
    await acknowledged.promise
    const waiting = call(connection, 'wait', { ms: 300 })
    await call(connection, 'echo', { text: 'the other call runs by now' })
    it.activator.signal(signal)
    assert.equal((await listening).resultType, 'complete')
    assert.match(textOf(await waiting), /waited 300 ms/)
    await connection.closed
    await until('the server ended', () => it.activator.ended.length === 1)
    assert.deepEqual(it.activator.ended, [0])
  })

test('subscriptions whose caller has left do not hold up the end', async () => {
  await using it = await start({ SAMPLE_GRACE_MS: '60000' })
  const [leaving, staying] = [await it.connect(), await it.connect()]
  const acknowledged = Promise.withResolvers<void>()
  const listening = leaving.request(
    'subscriptions/listen',
    { notifications: {} },
    { onNotification: () => acknowledged.resolve() },
  )
  await acknowledged.promise
  leaving.close()
  await assert.rejects(listening, ConnectionLost)
  await call(staying, 'echo', { text: 'the other connection is gone by now' })
  it.activator.signal('SIGTERM')
  await until('the server ended', () => it.activator.ended.length === 1)
  assert.deepEqual(it.activator.ended, [0])
})

test('a call that does not end in time is answered as such, and the process exits all the same', async () => {
  await using it = await start({ SAMPLE_GRACE_MS: '100' })
  const connection = await it.connect()
  const deaf = call(connection, 'deaf')
  await call(connection, 'echo', { text: 'the other call runs by now' })
  it.activator.signal('SIGTERM')
  await assert.rejects(deaf, { code: -32603, message: /stopping.*again/ })
  await until('the server ended', () => it.activator.ended.length === 1)
  assert.deepEqual(it.activator.ended, [0])
})

test('a server that crashes takes its connections with it, and the next one is served anew', async () => {
  await using it = await start()
  const connection = await it.connect()
  const pending = call(connection, 'deaf')
  await call(connection, 'echo', { text: 'the other call runs by now' })
  it.activator.signal('SIGKILL')
  await assert.rejects(pending, ConnectionLost)
  const next = await it.connect()
  assert.match(textOf(await call(next, 'echo', { text: 'alive' })), /alive/)
  next.close()
})

test('a server that was asked to stop leaves its compile cache behind', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'))
  try {
    await using it = await start({ NODE_COMPILE_CACHE: cache })
    const connection = await it.connect()
    await call(connection, 'echo', { text: 'x' })
    it.activator.signal('SIGTERM')
    await until('the server ended', () => it.activator.ended.length === 1)
    assert.notDeepEqual(readdirSync(cache, { recursive: true }), [])
  } finally {
    rmSync(cache, { recursive: true })
  }
})

for (const [what, env, status] of [
  ['an idle time that is no number', { LLMBDO_IDLE_SECONDS: 'soon' }, 78],
  ['a folder that is not absolute', { STATE_DIRECTORY: 'somewhere' }, 78],
  ['a server that can not be opened', { SAMPLE_FAILS: 'the disk is gone' }, 69],
] as const)
  test(`with ${what} the process ends, says so in a sentence, and exits with ${status}`, async () => {
    await using it = await start(env)
    const connection = await it.connect()
    await until('the server ended', () => it.activator.ended.length === 1)
    assert.equal(it.activator.ended[0], status)
    const [value] = Object.values(env)
    assert.match(it.activator.said, new RegExp(`"level":"error".*It can't start without [^:]+: .*${value}`))
    connection.close()
  })

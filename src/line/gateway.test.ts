import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { CliError } from '../command/cli-error.ts'
import { ReconnectingGateway } from './gateway.ts'

let folder: string
let socket: string
let gateway: ReconnectingGateway
const servers: (() => Promise<void>)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'luca-gateway-'))
  socket = join(folder, 'gateway.sock')
  gateway = new ReconnectingGateway(socket)
})
afterEach(async () => {
  gateway.close()
  for (const stop of servers.splice(0)) await stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Something to connect to; gives what ends it with all its connections. */
async function listen(): Promise<() => Promise<void>> {
  const peers = new Set<Socket>()
  const server: Server = createServer((peer) => peers.add(peer.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const peer of peers) peer.destroy()
    })
  servers.push(stop)
  return stop
}

/** Resolves at the next change that leaves it connected, or not. */
const turns = (connected: boolean): Promise<void> =>
  new Promise((resolve) => {
    gateway.onChange = () => {
      if (gateway.isConnected === connected) resolve()
    }
  })

test('one connection serves all who ask for it at once', async () => {
  await listen()
  const [first, second] = await Promise.all([gateway.link(), gateway.link()])
  assert.equal(first, second)
  assert.equal(await gateway.link(), first)
})

test('a lost connection is reported, and made again by itself once there is a gateway', {
  timeout: 30_000,
}, async () => {
  const stop = await listen()
  await gateway.keepConnected()
  assert.ok(gateway.isConnected)
  const lost = turns(false)
  await stop()
  await lost
  await assert.rejects(
    gateway.link(),
    (error) => error instanceof CliError && error.outcome === 'unreachable',
  )
  const found = turns(true)
  await listen()
  await found
})

test('without a gateway at first it goes on trying', { timeout: 30_000 }, async () => {
  await gateway.keepConnected()
  assert.ok(!gateway.isConnected)
  const found = turns(true)
  await listen()
  await found
})

test('connecting again gives up the connection there is', async () => {
  await listen()
  const before = await gateway.link()
  await gateway.reconnect()
  assert.ok(!before.isOpen)
  assert.ok(gateway.isConnected)
})

/** Many large answers at once, and clients that take them slowly or not at all, through the real appliance. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { connect } from '../src/client/connect.ts'
import type { Connection } from '../src/client/connection.ts'
import { attachedTo } from '../src/protocol/attached.ts'
import { META } from '../src/protocol/mcp.ts'
import { installRogue } from './rogue-server/install.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf, post } from './support/http.ts'
import { processes } from './support/processes.ts'

const MB = 1_000_000
const MOST_GATEWAY_MB = 400
/** What its unit may have. */
const MOST_FS_MB = 512
const FILE = randomBytes(MB)
const BASE64 = FILE.toString('base64')

let a: Appliance
let base: string
let link: Connection
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'rogue-'))
  const rogue = await installRogue(base)
  // Two hundred connections begin at once here, which a stranger may not.
  const config = 'http: {unknownPerSource: 300, unknownAtOnce: 300}\n'
  a = await startAppliance({ units: [rogue.units], descriptors: [rogue.caps], config })
  await writeFile(join(a.files, 'one.bin'), FILE)
  await writeFile(join(a.files, 'small.txt'), 'small')
  link = await connect(a.socket, { clientInfo: { name: 'test', version: '0' } })
})
after(async () => {
  link?.close()
  await a?.stop()
  await rm(base, { recursive: true, force: true })
})

/** The most memory that a program of this appliance had so far, in MB. */
function peakOf(program: string): number {
  const [pid] = processes(program).filter((one) =>
    readFileSync(`/proc/${one}/environ`, 'utf8').includes(a.state),
  )
  return (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / MB
}

function assertWithinBounds(): void {
  const [gateway, fs] = [peakOf('gateway.mjs'), peakOf('fs.cjs')]
  assert.ok(gateway < MOST_GATEWAY_MB, `the gateway had ${gateway} MB`)
  assert.ok(fs < MOST_FS_MB, `fs had ${fs} MB`)
}

const READ = { name: 'fs_read_media_file', arguments: { path: '/one.bin' } }
/** A client that calls itself something, as all do. */
const OTHER = { [META.clientInfo]: { name: 'other', version: '1' } }
const text = (id: number, params: object, meta: object = {}) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { ...params, _meta: { ...envelope, ...meta } },
  })
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they came
const blobOf = (result: any): string => result.content[0].resource.blob
const many = <T>(count: number, one: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => one(n)))

async function webSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${a.token}` },
  })
  socket.on('error', () => {})
  await once(socket, 'open')
  return socket
}

for (const count of [40, 200])
  test(`${count} reads of 1 MB at once are all answered, over HTTP, a WebSocket and the UNIX socket`, async () => {
    for (const { json } of await many(count, (n) => callTool(a.url, a.token, READ.name, READ.arguments, n)))
      assert.ok(json.result && blobOf(json.result) === BASE64, JSON.stringify(json.error))

    const socket = await webSocket()
    const answers = new Promise<Set<number>>((resolve, reject) => {
      const ids = new Set<number>()
      socket.on('close', () => reject(new Error('It was closed.')))
      socket.on('message', (data) => {
        const { id, result, error } = JSON.parse(String(data))
        if (error || blobOf(result) !== BASE64) reject(new Error(JSON.stringify(error)))
        if (ids.add(id).size === count) resolve(ids)
      })
    })
    for (let id = 0; id < count; id++) socket.send(text(id, READ))
    assert.equal((await answers).size, count)
    socket.removeAllListeners('close')
    socket.close()

    const params = { ...READ, _meta: { [META.attach]: true } }
    params.arguments = Object.assign({}, READ.arguments, { length: MB })
    for (const result of await many(count, () => link.request('tools/call', params)))
      assert.ok(attachedTo(result)?.equals(FILE))
    assertWithinBounds()
  })

test('ten answers of 15 MB at once all come, also from a server that knows nothing of pieces', async () => {
  const bytes = 15 * MB
  for (const { json } of await many(10, (n) => callTool(a.url, a.token, 'rogue_long', { bytes }, n)))
    assert.ok(json.result?.content[0].text.length >= bytes, JSON.stringify(json.error))
})

/** A client that asks for much and reads nothing of it. */
async function stalled(kind: 'http' | 'websocket' | 'unix'): Promise<{ end(): void }> {
  const count = 100
  if (kind === 'websocket') {
    const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, {
      headers: { authorization: `Bearer ${a.token}` },
    })
    socket.on('error', () => {})
    let raw: Socket | undefined
    socket.on('upgrade', (res) => {
      raw = res.socket
    })
    await once(socket, 'open')
    raw?.pause()
    for (let id = 0; id < count; id++) socket.send(text(id, READ))
    return { end: () => socket.terminate() }
  }
  if (kind === 'unix') {
    const socket = connectSocket(a.socket)
    socket.on('error', () => {}).pause()
    for (let id = 0; id < count; id++) socket.write(`${text(id, READ)}\n`)
    return { end: () => void socket.destroy() }
  }
  const { hostname, port, host } = new URL(a.origin)
  const sockets = Array.from({ length: count }, (_, id) => {
    const socket = connectSocket(Number(port), hostname)
    socket.on('error', () => {}).pause()
    const body = text(id, READ)
    const headers = Object.entries(headersOf(a.token, 'tools/call', READ.name))
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.write(
      `POST /mcp HTTP/1.1\r\nhost: ${host}\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`,
    )
    return socket
  })
  return { end: () => sockets.forEach((socket) => void socket.destroy()) }
}

const inFlight = async (): Promise<number> => {
  const { stdout } = await a.luca(['call', 'admin/status', '--json'])
  return JSON.parse(stdout).servers.find((s: { name: string }) => s.name === 'fs').inFlight
}

for (const kind of ['http', 'websocket', 'unix'] as const)
  test(`while a client takes nothing of a hundred large answers (${kind}), writes and small reads are made, once each, and another client has large answers`, async () => {
    const client = await stalled(kind)
    await until('some wait', async () => (await inFlight()) > 5)
    const path = `/beside-${kind}.txt`
    const before = a.log().split('"tool":"fs_write_file"').length - 1
    for (let n = 1; n <= 20; n++) {
      const written = await callTool(a.url, a.token, 'fs_write_file', {
        path: `${path}.${n}`,
        content: `${n}`,
      })
      assert.ok(written.json.result && !written.json.result.isError, written.text)
      const read = await callTool(a.url, a.token, 'fs_read_text_file', { path: '/small.txt' })
      assert.equal(read.json.result.structuredContent.content, 'small')
      assert.equal(await readFile(join(a.files, `${path}.${n}`), 'utf8'), `${n}`)
      const large = await post(a.url, a.token, 'tools/call', { ...READ, _meta: OTHER })
      assert.ok(blobOf(large.json.result) === BASE64, 'another client of the same user has its large answers')
    }
    const calls = () => a.log().split('"tool":"fs_write_file"').length - 1 - before
    await until('all are written down', () => calls() >= 20)
    assert.equal(calls(), 20)
    client.end()
    await until('nothing waits any longer', async () => (await inFlight()) === 0)
    const { json } = await callTool(a.url, a.token, READ.name, READ.arguments)
    assert.equal(blobOf(json.result), BASE64)
    assertWithinBounds()
  })

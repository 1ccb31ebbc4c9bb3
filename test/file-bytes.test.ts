/** Large files through the gateway: bytes beside messages on the streams of this machine, base64 everywhere else. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { truncate, writeFile } from 'node:fs/promises'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { connect } from '../src/client/connect.ts'
import type { Connection } from '../src/client/connection.ts'
import { attachedTo } from '../src/protocol/attached.ts'
import { META } from '../src/protocol/mcp.ts'
import { type Appliance, ROOT, startAppliance } from './support/appliance.ts'
import { envelope, post } from './support/http.ts'

const CONTENT = randomBytes(10_000_019)
const NAME = 'fs_read_media_file'
const asking = { ...envelope, [META.attach]: true }

let a: Appliance
let link: Connection
before(async () => {
  a = await startAppliance()
  await writeFile(join(a.files, 'large.bin'), CONTENT)
  await writeFile(join(a.files, 'empty.bin'), '')
  link = await connect(a.socket, { clientInfo: { name: 'test', version: '0' } })
})
after(async () => {
  link?.close()
  await a?.stop()
})

interface Structured {
  content: { resource: { blob: string } }[]
}
const blobOf = (result: object): string | undefined =>
  (result as { structuredContent: Structured }).structuredContent.content[0]?.resource.blob

/** The bytes that one run of luca writes to its stdout. */
async function bytesOf(...words: string[]): Promise<Buffer> {
  const child = spawn(join(ROOT, 'bin/luca'), [...words, '--socket', a.socket])
  const parts: Buffer[] = []
  child.stdout.on('data', (part) => parts.push(part))
  assert.equal((await once(child, 'close'))[0], 0)
  return Buffer.concat(parts)
}

test('luca cat gives exactly the bytes of a file, in every way it can', async () => {
  assert.ok((await bytesOf('cat', '/large.bin')).equals(CONTENT))
  assert.equal((await bytesOf('cat', '/large.bin', 'base64')).toString(), `${CONTENT.toString('base64')}\n`)
  const document = JSON.parse((await bytesOf('cat', '/large.bin', '--json')).toString())
  assert.ok(Buffer.from(document.content, 'base64').equals(CONTENT))
  assert.equal((await bytesOf('cat', '/empty.bin')).length, 0)
})

test('a reader that has seen enough ends it, and what was asked for ahead with it', async () => {
  const child = spawn('sh', [
    '-c',
    `"$0" cat /large.bin --socket "$1" | head -c 100000`,
    join(ROOT, 'bin/luca'),
    a.socket,
  ])
  const parts: Buffer[] = []
  child.stdout.on('data', (part) => parts.push(part))
  await once(child, 'close')
  assert.ok(Buffer.concat(parts).equals(CONTENT.subarray(0, 100_000)))
})

test('a file that is cut off while it is read ends where it now ends', async () => {
  const path = join(a.files, 'shrinking.bin')
  await writeFile(path, CONTENT)
  const child = spawn(join(ROOT, 'bin/luca'), ['cat', '/shrinking.bin', '--socket', a.socket])
  // Unread, the pipe fills up and holds luca back.
  await once(child.stdout, 'readable')
  await truncate(path, 4_000_000)
  let length = 0
  child.stdout.on('data', (part: Buffer) => {
    length += part.length
  })
  assert.equal((await once(child, 'close'))[0], 0)
  assert.ok(length >= 4_000_000 && length <= CONTENT.length, String(length))
})

test('answers at the same time each have their own bytes beside them', async () => {
  const ranges = Array.from({ length: 30 }, (_, i) => ({
    offset: i * 300_001,
    length: 1 + ((i * 77_777) % 400_000),
  }))
  const results = await Promise.all(
    ranges.map((range, i) =>
      link.request('tools/call', {
        name: NAME,
        arguments: { path: '/large.bin', ...range },
        ...(i % 3 === 0 ? {} : { _meta: { [META.attach]: true } }),
      }),
    ),
  )
  for (const [i, { offset, length }] of ranges.entries()) {
    const result = results[i] as object
    const bytes = attachedTo(result)
    assert.equal(bytes !== undefined, i % 3 !== 0)
    assert.ok(
      (bytes ?? Buffer.from(blobOf(result) ?? '', 'base64')).equals(
        CONTENT.subarray(offset, offset + length),
      ),
    )
    if (bytes) assert.equal(blobOf(result), '')
  }
})

test('bytes of an answer that is no longer waited for are no messages', async () => {
  const params = {
    name: NAME,
    arguments: { path: '/large.bin', length: 3_000_000 },
    _meta: { [META.attach]: true },
  }
  for (let i = 0; i < 20; i++) {
    const stop = new AbortController()
    const given = link.request('tools/call', params, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), i)
    await given.catch(({ message }) => assert.equal(message, 'enough'))
  }
  assert.equal(attachedTo(await link.request('tools/call', params))?.length, 3_000_000)
})

test('over HTTP, and in a batch, nothing is beside a message, whatever is asked for', async () => {
  const params = { name: NAME, arguments: { path: '/large.bin', offset: 5, length: 100 }, _meta: asking }
  const expected = CONTENT.subarray(5, 105).toString('base64')
  const { json } = await post(a.url, a.token, 'tools/call', params)
  assert.equal(blobOf(json.result), expected)
  assert.equal(json.result._meta[META.attached], undefined)

  const socket = connectSocket(a.socket)
  socket.write(`${JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'tools/call', params }])}\n`)
  const [line] = (await once(createInterface({ input: socket }), 'line')) as [string]
  socket.destroy()
  assert.equal(blobOf(JSON.parse(line)[0].result), expected)
})

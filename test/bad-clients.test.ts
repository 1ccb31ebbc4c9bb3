/** Clients that go away or overdo it, a configuration that is wrong, and a full disk, against the real gateway. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf } from './support/http.ts'
import { startRogueAppliance, stillWorks } from './support/rogue-appliance.ts'

let a: Appliance
before(async () => {
  a = await startRogueAppliance()
})
after(() => a?.stop())

describe('clients that go away or overdo it', () => {
  test('1 000 calls at once are all answered', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 100 })
    const one = (i: number) =>
      new Promise<string>((resolve, reject) => {
        const req = request(
          a.url,
          { method: 'POST', agent, headers: headersOf(a.token, 'tools/call', 'rogue_echo') },
          (res) => {
            let text = ''
            res.on('data', (chunk) => {
              text += chunk
            })
            res.on('end', () => resolve(JSON.parse(text).result.content[0].text))
          },
        )
        req.on('error', reject)
        req.end(
          JSON.stringify({
            jsonrpc: '2.0',
            id: i,
            method: 'tools/call',
            params: { name: 'rogue_echo', arguments: { i }, _meta: envelope },
          }),
        )
      })
    const texts = await Promise.all(Array.from({ length: 1000 }, (_, i) => one(i)))
    for (const [i, text] of texts.entries()) assert.equal(text, JSON.stringify({ i }))
    agent.destroy()
  })
  test('a client that hangs up cancels its call', async () => {
    const req = request(a.url, { method: 'POST', headers: headersOf(a.token, 'tools/call', 'rogue_never') })
    req.on('error', () => {})
    req.end(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'rogue_never', arguments: {}, _meta: envelope },
      }),
    )
    await until('it is in flight', async () =>
      JSON.parse((await a.luca(['call', 'admin/status', '--json'])).stdout).servers.some(
        (s: { name: string; inFlight: number }) => s.name === 'rogue' && s.inFlight > 0,
      ),
    )
    req.destroy()
    await until('it is written down as cancelled', () =>
      /"tool":"rogue_never".*"outcome":"cancelled"/.test(a.log()),
    )
    await stillWorks(a)
  })
  test('a client that never finishes its request holds up no other', async () => {
    const socket = connect(Number(new URL(a.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${a.token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    )
    await stillWorks(a)
    socket.destroy()
  })
  test('a client that does not read its answers holds up no other', async () => {
    await writeFile(join(a.files, 'large.txt'), 'x'.repeat(2 * 1024 * 1024))
    const text = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'fs_read_text_file', arguments: { path: '/large.txt' }, _meta: envelope },
    })
    const headers = Object.entries(headersOf(a.token, 'tools/call', 'fs_read_text_file'))
      .map(([k, v]) => `${k}: ${v}\r\n`)
      .join('')
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(Number(new URL(a.url).port), '127.0.0.1')
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.pause()
        socket.write(
          `POST /mcp HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        )
        return socket
      }),
    )
    await stillWorks(a)
    for (const socket of sockets) socket.destroy()
  })
  test('no error told a client anything of the inside', async () => {
    const reply = await callTool(a.url, a.token, 'rogue_die')
    assert.ok(!/ at |\/src\/|node:internal|\.ts:/.test(reply.text), reply.text)
    await callTool(a.url, a.token, 'rogue_echo')
  })
})

describe('configuration', () => {
  test('an unknown key keeps the gateway from starting, and the line is named', async () => {
    await assert.rejects(
      startAppliance({ config: 'calls:\n  timeoutSecond: 3\n' }),
      /gateway\.yaml:2: .*timeoutSecond.*timeoutSeconds/s,
    )
  })
  test('a wrong type keeps the gateway from starting, and the line is named', async () => {
    await assert.rejects(
      startAppliance({ config: 'owner: me\ncalls:\n  timeoutSeconds: soon\n' }),
      /gateway\.yaml:3/,
    )
  })
})

test('a full disk is reported as such and leaves the file whole', async (t) => {
  const files = await mkdtemp(join(tmpdir(), 'full-'))
  t.after(() => rm(files, { recursive: true, force: true }))
  const config = 'consent: {trustedTools: [fs_write_file]}\n'
  await using limited = await startAppliance({ files, fileSizeLimitKiB: 512, config })
  await writeFile(join(files, 'kept.txt'), 'as it was')
  const reply = await callTool(limited.url, limited.token, 'fs_write_file', {
    path: '/kept.txt',
    content: 'x'.repeat(1024 * 1024),
  })
  assert.equal(reply.json.result.isError, true, reply.text)
  const read = await callTool(limited.url, limited.token, 'fs_read_text_file', { path: '/kept.txt' })
  assert.equal(read.json.result.content[0].text, 'as it was')
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocketServer } from 'ws'
import { BridgedClient } from './fixtures/client.ts'
import { urlTarget } from './target.ts'

let folder: string
let server: ReturnType<typeof createServer>
let url: string
let sockets: WebSocketServer
const tokens: (string | undefined)[] = []
/** The HTTP status that connections are refused with. */
let status: number | undefined

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'luca-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  })
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) })
  sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req, socket, head) => {
    if (status !== undefined)
      return void socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\n\r\nnot you`)
    tokens.push(req.headers.authorization)
    sockets.handleUpgrade(req, socket, head, (peer) =>
      peer.on('message', (data) => {
        const { id } = JSON.parse(String(data))
        // As a text may come: over several lines.
        peer.send(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } }, undefined, 2))
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `https://localhost:${(server.address() as AddressInfo).port}/mcp`
})
after(() => {
  disconnect()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const disconnect = () => {
  for (const socket of sockets.clients) socket.terminate()
}

test("the appliance's own certificate is trusted where it is named, and the token is read anew", async () => {
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'lb_first\n')
  const target = urlTarget({ url, tokenFile, ca: join(folder, 'cert.pem') })
  await using client = new BridgedClient(target)
  client.send({ id: 1, method: 'ping' })
  assert.deepEqual((await client.answer(1)).result, { ok: true })
  assert.equal(client.chunks[0]?.split('\n').length, 2)
  writeFileSync(tokenFile, 'lb_second\n')
  disconnect()
  await client.logged(/not connected/)
  client.send({ id: 2, method: 'ping' })
  await client.answer(2)
  assert.deepEqual(tokens, ['Bearer lb_first', 'Bearer lb_second'])
  assert.doesNotMatch(client.log, /lb_/)
})

test('one that is not trusted is said at once, with what to do', async () => {
  await using client = new BridgedClient(urlTarget({ url, token: 'lb_x' }))
  client.send({ id: 1, method: 'ping' })
  assert.match((await client.answer(1)).error.message, /certificate is not trusted .*--ca/)
})

test('a client that is refused learns why at once', async () => {
  status = 403
  await using client = new BridgedClient(urlTarget({ url, token: 'lb_x', ca: join(folder, 'cert.pem') }))
  client.send({ id: 1, method: 'ping' })
  assert.match((await client.answer(1)).error.message, /answered 403: not you/)
  status = undefined
})

test('a token file that is not there is named', async () => {
  await using client = new BridgedClient(urlTarget({ url, tokenFile: join(folder, 'none') }))
  client.send({ id: 1, method: 'ping' })
  assert.match((await client.answer(1)).error.message, /There is no token file .*none/)
})

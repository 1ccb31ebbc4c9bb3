/** The certificate from the root helper to the gateway that runs, and to its clients. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { ensureCertificate, renewCertificate } from '../src/admin/certificates.ts'
import { giveCertificate } from '../src/admin/gateway.ts'
import { setHostname } from '../src/admin/hostname.ts'
import { type TestMachine, testMachine } from '../src/admin/testing/machine.ts'
import { type SpawnedGateway, spawnGateway } from './support/bare-gateway.ts'

const MAIN = join(import.meta.dirname, '../src/gateway/main.ts')

/** Starts a gateway on a machine's certificate; one that has none is given none. */
const start = (machine: TestMachine) => spawnGateway(machine, MAIN, 'certificate')

/** The answer to a question about its health; on a connection that has shown its certificate before, if one is given. */
async function ask(
  gateway: SpawnedGateway,
  name: string,
  { ca, over }: { ca: string; over?: TLSSocket },
): Promise<{ status: number; shown: PeerCertificate }> {
  const socket = over ?? (await shakeHands(gateway, name, ca))
  const asked = request({
    createConnection: () => socket,
    path: '/health',
    headers: { host: `${name}:8443` },
  }).end()
  const [answer] = await once(asked, 'response')
  const shown = socket.getPeerCertificate()
  answer.resume()
  await once(answer, 'end')
  return { status: answer.statusCode, shown }
}

async function shakeHands({ port }: SpawnedGateway, servername: string, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername, ca })
  await once(socket, 'secureConnect')
  return socket
}

let machine: TestMachine
before(() => {
  machine = testMachine()
})
after(() => machine[Symbol.dispose]())

test('a machine that gets another name or address shows its certificate at once, and no connection is cut off', async () => {
  await ensureCertificate(machine)
  const ca = readFileSync(join(machine.state, 'ca.crt'), 'utf8')
  await using gateway = await start(machine)
  machine.giveToGateway = (bundle) => giveCertificate(gateway.socket, bundle)
  const before = await shakeHands(gateway, 'box.local', ca)
  await assert.rejects(ask(gateway, 'attic.local', { ca }), /altnames/)

  machine.addresses = () => ['192.168.1.8', 'fd00::8']
  await renewCertificate({}, machine)
  machine.hostname = () => 'attic'
  await setHostname({ name: 'attic' }, machine)

  const { status, shown } = await ask(gateway, 'attic.local', { ca })
  assert.equal(status, 200)
  for (const name of ['attic', 'attic.local', '192.168.1.8', 'fd00::8', '127.0.0.1', 'localhost'])
    assert.equal(checkServerIdentity(name, shown), undefined, name)
  for (const name of ['box.local', '192.168.1.7']) assert.ok(checkServerIdentity(name, shown), name)
  assert.equal((await ask(gateway, 'attic.local', { ca, over: before })).status, 200)
})

test('a gateway without a certificate serves HTTPS as soon as it is given one', async () => {
  using fresh = testMachine()
  await using gateway = await start(fresh)
  fresh.giveToGateway = (bundle) => giveCertificate(gateway.socket, bundle)
  await renewCertificate({}, fresh)
  const ca = readFileSync(join(fresh.state, 'ca.crt'), 'utf8')
  assert.equal((await ask(gateway, 'box', { ca })).status, 200)
  for (const [wrong, why] of [
    ['', /must hold a key/],
    ['-----BEGIN nonsense', /must hold a key/],
    ['x'.repeat(100_000), /more than 65536 bytes/],
  ] as const)
    await assert.rejects(giveCertificate(gateway.socket, wrong), why)
  assert.equal((await ask(gateway, 'box', { ca })).status, 200)
})

test('a certificate that the gateway did not take is made and given anew the next time', async () => {
  using other = testMachine()
  other.giveToGateway = (bundle) => giveCertificate(join(other.folder, 'nobody.sock'), bundle)
  await assert.rejects(renewCertificate({}, other), /did not accept the new certificate .*luca unit restart/)
  await assert.rejects(renewCertificate({}, other), /did not accept/)
})

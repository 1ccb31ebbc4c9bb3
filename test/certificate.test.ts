/** The certificate from the root helper to the gateway that runs, and to its clients. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { ensureCertificate, renewCertificate } from '../src/admin/certificates.ts'
import { giveCertificate } from '../src/admin/gateway.ts'
import { setHostname } from '../src/admin/hostname.ts'
import { type TestMachine, testMachine } from '../src/admin/testing/machine.ts'

/** Passes on a socket for HTTPS and one for certificates, as systemd does, and says the port. */
const SCRIPT = `
import os, socket, sys
https = socket.socket(); https.bind(('127.0.0.1', 0)); https.listen(128)
own = socket.socket(socket.AF_UNIX); own.bind(sys.argv[1]); own.listen(8)
print(https.getsockname()[1], flush=True)
a, b = os.dup(https.fileno()), os.dup(own.fileno())
https.close(); own.close()
os.dup2(a, 3); os.dup2(b, 4)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', LISTEN_FDNAMES='https:certificate')
os.execv(sys.argv[2], sys.argv[2:])
`
const MAIN = join(import.meta.dirname, '../src/gateway/main.ts')

interface Gateway extends AsyncDisposable {
  port: number
  /** Where certificates are given to it. */
  socket: string
}

/** Starts a gateway on a machine's certificate; one that has none is given none. */
async function start(machine: TestMachine): Promise<Gateway> {
  const at = (name: string) => join(machine.folder, name)
  for (const name of ['gateway', 'credentials', 'configuration', 'users']) mkdirSync(at(name))
  const sealed = join(machine.state, 'credstore.encrypted/llmbasedos-gateway._.tls.pem')
  try {
    const text = readFileSync(sealed, 'utf8').slice('sealed:'.length)
    writeFileSync(at('credentials/llmbasedos-gateway._.tls.pem'), Buffer.from(text, 'base64'))
  } catch {}
  const gateway: ChildProcess = spawn(
    'python3',
    ['-c', SCRIPT, at('certificate.sock'), process.execPath, MAIN],
    {
      env: {
        ...process.env,
        STATE_DIRECTORY: at('gateway'),
        CONFIGURATION_DIRECTORY: at('configuration'),
        CREDENTIALS_DIRECTORY: at('credentials'),
        LLMBDO_USERS: at('users'),
        LLMBDO_MCP_CAPS_DIR: at('caps'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [port] = await once(gateway.stdout as NodeJS.EventEmitter, 'data')
  gateway.stdout?.resume()
  return {
    port: Number(port),
    socket: at('certificate.sock'),
    async [Symbol.asyncDispose]() {
      const gone = once(gateway, 'exit')
      gateway.kill('SIGKILL')
      await gone
    },
  }
}

/** The answer to a question about its health; on a connection that has shown its certificate before, if one is given. */
async function ask(
  gateway: Gateway,
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

async function shakeHands({ port }: Gateway, servername: string, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername, ca })
  await once(socket, 'secureConnect')
  return socket
}

let machine: TestMachine
before(() => {
  machine = testMachine()
})
after(() => machine[Symbol.dispose]())

test('a machine that gets another name or address shows its certificate at once, and nobody is cut off', async () => {
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
  await assert.rejects(renewCertificate({}, other), /did not take the new certificate .*luca unit restart/)
  await assert.rejects(renewCertificate({}, other), /did not take/)
})

import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCertificate, renewCertificate, showCertificate } from './certificates.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'

const read = ({ state }: TestMachine, name: string) => readFileSync(join(state, name), 'utf8')
const sealed = (machine: TestMachine, name: string) =>
  Buffer.from(read(machine, name).slice('sealed:'.length), 'base64').toString()
const DAY_MS = 86_400_000

test('the gateway gets a certificate for all names of this machine, signed by its authority', async () => {
  using machine = testMachine()
  const made = await makeCertificate({ names: ['box.example', '192.168.1.2', 'fe80::1'] }, machine)
  assert.deepEqual(made.certificate?.names, [
    ...['box', 'box.local', 'localhost', '127.0.0.1', '0:0:0:0:0:0:0:1'],
    ...['box.example', '192.168.1.2', 'FE80:0:0:0:0:0:0:1'],
  ])
  const ca = new X509Certificate(made.authority?.pem ?? '')
  const [key, cert, authority] = sealed(machine, 'credstore.encrypted/llmbasedos-gateway._.tls.pem').split(
    /(?<=-----END .*-----\n)/,
  ) as [string, string, string]
  assert.equal(authority, made.authority?.pem)
  const own = new X509Certificate(cert)
  assert.ok(own.checkPrivateKey(createPrivateKey(key)))
  assert.ok(own.checkIssued(ca) && own.verify(ca.publicKey))
  assert.ok(ca.ca && !own.ca)
  assert.deepEqual(own.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.equal(own.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.equal(made.authority?.fingerprint, ca.fingerprint256)
  const days = (own.validToDate.getTime() - own.validFromDate.getTime()) / DAY_MS
  assert.ok(days <= 397 && days > 396)
  assert.equal(machine.lines('systemctl').at(-1), 'systemctl try-restart -- llmbasedos-gateway.service')
})

test('keys lie on the disk only sealed, and the one of the authority apart from what services are given', async () => {
  using machine = testMachine()
  await makeCertificate({}, machine)
  assert.deepEqual(readdirSync(join(machine.state, 'credstore.encrypted')).sort(), [
    'llmbasedos-gateway._.tls.pem',
  ])
  assert.equal(statSync(join(machine.state, 'ca')).mode & 0o777, 0o700)
  assert.equal(statSync(join(machine.state, 'ca/ca.key')).mode & 0o777, 0o600)
  assert.equal(statSync(join(machine.state, 'ca.crt')).mode & 0o777, 0o644)
  for (const file of readdirSync(machine.state, { recursive: true, encoding: 'utf8' }))
    if (statSync(join(machine.state, file)).isFile()) assert.doesNotMatch(read(machine, file), /PRIVATE/)
  assert.deepEqual(readdirSync(machine.scratch), [])
})

test('a certificate is made anew under the same authority', async () => {
  using machine = testMachine()
  const first = await makeCertificate({}, machine)
  const second = await makeCertificate({ days: 1 }, machine)
  assert.deepEqual(second.authority, first.authority)
  assert.notEqual(second.certificate?.expiresAt, first.certificate?.expiresAt)
  assert.deepEqual(await showCertificate({}, machine), second)
})

test('a certificate whose key is lost is made anew by itself', async () => {
  using machine = testMachine()
  await renewCertificate(machine)
  const first = read(machine, 'gateway.crt')
  await renewCertificate(machine)
  assert.equal(read(machine, 'gateway.crt'), first)
  rmSync(join(machine.state, 'credstore.encrypted/llmbasedos-gateway._.tls.pem'))
  await renewCertificate(machine)
  assert.notEqual(read(machine, 'gateway.crt'), first)
})

test('a certificate never outlives its authority', async () => {
  using machine = testMachine()
  const { authority } = await makeCertificate({}, machine)
  const end = Date.parse(authority?.expiresAt ?? '')
  const almost = { ...machine, now: () => end - 2.5 * DAY_MS }
  const { certificate } = await makeCertificate({}, almost)
  assert.ok(Date.parse(certificate?.expiresAt ?? '') < Date.now() + 2.5 * DAY_MS)
  await assert.rejects(makeCertificate({}, { ...machine, now: () => end }), /expired; move/)
})

test('an authority whose key is lost is not replaced in silence, since devices trust it', async () => {
  using machine = testMachine()
  await makeCertificate({}, machine)
  const before = read(machine, 'ca.crt')
  rmSync(join(machine.state, 'ca/ca.key'))
  await assert.rejects(makeCertificate({}, machine), /can't be read|went wrong|ENOENT/)
  assert.equal(read(machine, 'ca.crt'), before)
  assert.deepEqual(readdirSync(machine.scratch), [])
})

test('before one was made there is nothing to show', async () => {
  using machine = testMachine()
  assert.deepEqual(await showCertificate({}, machine), { certificate: null, authority: null })
  assert.ok(!existsSync(join(machine.state, 'ca.crt')))
})

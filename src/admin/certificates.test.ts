import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureCertificate, makeCertificate, renewCertificate, showCertificate } from './certificates.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'

const read = ({ state }: TestMachine, name: string) => readFileSync(join(state, name), 'utf8')
const sealed = (machine: TestMachine, name: string) =>
  Buffer.from(read(machine, name).slice('sealed:'.length), 'base64').toString()
const DAY_MS = 86_400_000

test('the gateway gets a certificate for all names of this machine, signed by its CA', async () => {
  using machine = testMachine()
  const made = await makeCertificate({ names: ['box.example', '192.168.1.2', 'fe80::1'] }, machine)
  assert.deepEqual(made.certificate?.names, [
    ...['box', 'box.local', '192.168.1.7', 'localhost', '127.0.0.1', '::1'],
    ...['box.example', '192.168.1.2', 'fe80::1'],
  ])
  const ca = new X509Certificate(made.ca?.pem ?? '')
  const [key, cert, issuer] = sealed(machine, 'credstore.encrypted/llmbasedos-gateway._.tls.pem').split(
    /(?<=-----END .*-----\n)/,
  ) as [string, string, string]
  assert.equal(issuer, made.ca?.pem)
  const own = new X509Certificate(cert)
  assert.ok(own.checkPrivateKey(createPrivateKey(key)))
  assert.ok(own.checkIssued(ca) && own.verify(ca.publicKey))
  assert.ok(ca.ca && !own.ca)
  assert.deepEqual(own.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.equal(own.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.equal(made.ca?.fingerprint, ca.fingerprint256)
  const days = (own.validToDate.getTime() - own.validFromDate.getTime()) / DAY_MS
  assert.ok(days <= 397 && days > 396)
  assert.deepEqual(machine.shown, [key + cert + issuer], 'the gateway that runs was given it')
  assert.deepEqual(machine.lines('systemctl'), [], 'nothing was restarted')
})

test('keys lie on the disk only sealed, and the one of the CA apart from what services are given', async () => {
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

test('a certificate is made anew under the same CA', async () => {
  using machine = testMachine()
  const first = await makeCertificate({}, machine)
  const second = await makeCertificate({ days: 1 }, machine)
  assert.deepEqual(second.ca, first.ca)
  assert.notEqual(second.certificate?.expiresAt, first.certificate?.expiresAt)
  assert.deepEqual(await showCertificate({}, machine), second)
})

test('a certificate whose key is lost is made anew by itself', async () => {
  using machine = testMachine()
  await renewCertificate({}, machine)
  const first = read(machine, 'gateway.crt')
  await renewCertificate({}, machine)
  assert.equal(read(machine, 'gateway.crt'), first)
  rmSync(join(machine.state, 'credstore.encrypted/llmbasedos-gateway._.tls.pem'))
  await renewCertificate({}, machine)
  assert.notEqual(read(machine, 'gateway.crt'), first)
})

test('a certificate never outlives its CA', async () => {
  using machine = testMachine()
  const { ca } = await makeCertificate({}, machine)
  const end = Date.parse(ca?.expiresAt ?? '')
  const almost = { ...machine, now: () => end - 2.5 * DAY_MS }
  const { certificate } = await makeCertificate({}, almost)
  assert.equal(certificate?.expiresAt, ca?.expiresAt)
  await assert.rejects(makeCertificate({}, { ...machine, now: () => end }), /expired; move/)
})

test('it is made anew for each address and name that comes or goes, and for nothing else', async () => {
  using machine = testMachine()
  const names = async () => (await renewCertificate({}, machine)).certificate?.names
  await makeCertificate({ names: ['box.example', 'BOX', 'FD00:0::1'] }, machine)
  const ALWAYS = ['localhost', '127.0.0.1', '::1', 'box.example']
  machine.addresses = () => ['10.0.2.15', 'fd00::1']
  assert.deepEqual(await names(), ['box', 'box.local', '10.0.2.15', 'fd00::1', ...ALWAYS])
  machine.addresses = () => ['fd00::1', '10.0.2.15']
  await names()
  assert.equal(machine.shown.length, 2, 'the order of addresses is no reason')
  machine.addresses = () => []
  assert.deepEqual(await names(), ['box', 'box.local', ...ALWAYS, 'fd00::1'])
  machine.hostname = () => 'attic.example.org'
  assert.deepEqual(await names(), ['attic.example.org', 'attic.local', ...ALWAYS, 'box', 'fd00::1'])
  assert.equal(machine.shown.length, 4)
})

test('before the network is there, addresses of an earlier start are left in it', async () => {
  using machine = testMachine()
  await ensureCertificate(machine)
  const first = read(machine, 'gateway.crt')
  await ensureCertificate({ ...machine, addresses: () => [] })
  assert.equal(read(machine, 'gateway.crt'), first)
  await ensureCertificate({ ...machine, addresses: () => ['10.0.0.1'] })
  assert.notEqual(read(machine, 'gateway.crt'), first)
  assert.deepEqual(machine.shown, [], 'the gateway has not started')
})

test('a clock that was wrong at the first start does no harm', async () => {
  using machine = testMachine()
  const datesOf = (name: string) => {
    const { validFromDate, validToDate } = new X509Certificate(read(machine, name))
    return [validFromDate.getTime(), validToDate.getTime()] as const
  }
  const now = Date.now()
  const holds = (name: string) => {
    const [begin, end] = datesOf(name)
    return begin <= now && end > now
  }
  // Ahead by some hours, as where the firmware keeps the time of its place.
  await ensureCertificate({ ...machine, now: () => now + 14 * 3_600_000 })
  assert.ok(holds('gateway.crt') && holds('ca.crt'))
  await ensureCertificate({ ...machine, now: () => now + 900 * DAY_MS })
  assert.ok(!holds('gateway.crt'))
  await renewCertificate({}, machine)
  assert.ok(holds('gateway.crt'), 'one that is not yet valid is made anew')

  using ahead = testMachine()
  const ca = await makeCertificate({}, { ...ahead, now: () => now + 900 * DAY_MS })
  const renewed = await renewCertificate({}, ahead)
  assert.deepEqual(renewed.ca, ca.ca, 'what devices trust stays')
  assert.ok(new X509Certificate(renewed.ca?.pem ?? '').validFromDate.getTime() < now)
})

test('a certificate of another CA, or one that is broken, is made anew', async () => {
  using machine = testMachine()
  await ensureCertificate(machine)
  rmSync(join(machine.state, 'ca.crt'))
  await ensureCertificate(machine)
  const pem = (name: string) => new X509Certificate(read(machine, name))
  assert.ok(pem('gateway.crt').verify(pem('ca.crt').publicKey))
  writeFileSync(join(machine.state, 'gateway.crt'), 'nonsense')
  await ensureCertificate(machine)
  assert.ok(pem('gateway.crt').verify(pem('ca.crt').publicKey))
})

test('a CA whose key is lost is not replaced in silence, since devices trust it', async () => {
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
  assert.deepEqual(await showCertificate({}, machine), { certificate: null, ca: null })
  assert.ok(!existsSync(join(machine.state, 'ca.crt')))
})

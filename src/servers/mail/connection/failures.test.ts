/** Each way in which a server of mail is not to be had is one sentence with what to do next, at real servers. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import type { OutwardOptions } from '../../../host/outward/outward.ts'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import { listening, outwardToLoopback, type TestServer } from '../../../host/outward/testing/server.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { logIn } from '../imap/imapflow.ts'
import type { MailProblem } from './mail-problem.ts'
import { openImap, openSmtp } from './open.ts'

const { signal } = new AbortController()
const certificate = certificateFor('DNS:mail.test')

/** One that ended years ago. */
function expiredCertificate(): { key: string; cert: string } {
  using folder = temporaryDirectory()
  const at = (name: string) => join(folder.path, name)
  const openssl = (...words: string[]) =>
    execFileSync('openssl', words, { stdio: 'ignore', cwd: folder.path })
  writeFileSync(at('index'), '')
  writeFileSync(
    at('conf'),
    '[ca]\ndefault_ca = own\n[own]\ndatabase = index\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256\npolicy = any\ncopy_extensions = copy\n[any]\ncommonName = supplied\n',
  )
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem']
  openssl(
    'req',
    '-new',
    ...key,
    '-subj',
    '/CN=test',
    '-addext',
    'subjectAltName=DNS:mail.test',
    '-out',
    'csr',
  )
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z']
  openssl(
    'ca',
    '-batch',
    '-selfsign',
    '-notext',
    '-config',
    'conf',
    '-keyfile',
    'key.pem',
    '-in',
    'csr',
    ...dates,
    '-out',
    'cert.pem',
  )
  return { key: readFileSync(at('key.pem'), 'utf8'), cert: readFileSync(at('cert.pem'), 'utf8') }
}

const greets = (text: string) => (socket: Socket) => {
  socket.on('error', () => {}).on('data', () => socket.write('* BAD what?\r\n'))
  socket.write(text)
}
const GREETING = '* OK ready\r\n'

interface Asked {
  outward?: Partial<OutwardOptions>
  host?: string
  port?: number
  security?: 'tls' | 'starttls'
  pin?: string
}

/** What is said where a connection is opened, by both protocols. */
async function said({
  outward: options = {},
  host = 'mail.test',
  port = 1,
  security = 'tls',
  pin,
}: Asked): Promise<string> {
  using outward = outwardToLoopback(options)
  const address = { host, port, security, ...(pin !== undefined && { pin }) }
  const problem = await openImap(outward, address, signal).then(
    () => assert.fail('it is not opened'),
    (error: MailProblem) => error,
  )
  assert.equal(problem.name, 'MailProblem', String(problem.stack))
  return problem.message
}
const tls = (own: { key: string; cert: string }): Promise<TestServer> =>
  listening(createTlsServer(own, (socket) => greets(GREETING)(socket)))

test('a certificate that has expired', async () => {
  const expired = expiredCertificate()
  await using server = await tls(expired)
  assert.match(
    await said({ port: server.port, outward: { ca: [expired.cert] } }),
    /^The certificate of mail\.test has expired, so nothing was sent \(CERT_HAS_EXPIRED\)\. Whoever runs it has to renew it/,
  )
})

test('a certificate for another name', async () => {
  await using server = await tls(certificate)
  assert.match(
    await said({ host: 'other.test', port: server.port, outward: { ca: [certificate.cert] } }),
    /^The certificate of other\.test is for another name, so nothing was sent .* Use the name that its provider gives, with --host/,
  )
})

test('a certificate that nobody signed shows its fingerprint, also by SMTP', async () => {
  await using server = await tls(certificate)
  const words = await said({ port: server.port })
  assert.match(
    words,
    /^The certificate of mail\.test is signed by nobody whom this machine trusts.*--pin (?:[0-9A-F]{2}:){31}/,
  )
  using outward = outwardToLoopback()
  const address = { host: 'mail.test', port: server.port, security: 'tls' as const }
  await assert.rejects(
    openSmtp(outward, address, signal),
    ({ message }: Error) => message === words.replace('--pin', '--smtp-pin'),
  )
})

test('a pinned certificate that has changed', async () => {
  await using server = await tls(certificate)
  assert.match(
    await said({ port: server.port, pin: '00'.repeat(32) }),
    /is not the one that is pinned; nothing was sent\. It has the SHA-256 fingerprint .* If it was renewed, compare this fingerprint there, and give it with --pin/,
  )
})

test('a server that is not there, or that no name leads to', async () => {
  assert.match(
    await said({}),
    /mail\.test:1 can't be reached \(ECONNREFUSED\)\. Nothing answers at that port: check --host and --port/,
  )
  const resolve = (code: string) => async () => {
    throw Object.assign(new Error(code), { code })
  }
  assert.match(
    await said({ outward: { resolve: resolve('ENOTFOUND') } }),
    /there is no such name\. Check its name; --host/,
  )
  assert.match(
    await said({ outward: { resolve: resolve('EAI_AGAIN') } }),
    /This machine may have no network now/,
  )
  assert.match(
    await said({ outward: { resolve: () => new Promise(() => {}), limits: { connectMs: 50 } } }),
    /was not reached.* It may be down, or a firewall in between/,
  )
})

test('a server without TLS from the start, and one without STARTTLS', async () => {
  await using plain = await listening(createServer(greets(GREETING)))
  assert.match(
    await said({ port: plain.port }),
    /can't be spoken to by TLS.* It may want STARTTLS: --starttls/,
  )
  await using refusing = await listening(
    createServer((socket) => {
      socket.on('error', () => {}).on('data', () => socket.write('tls BAD Unknown command\r\n'))
      socket.write(GREETING)
    }),
  )
  assert.match(
    await said({ port: refusing.port, security: 'starttls' }),
    /mail\.test does not encrypt this connection: tls BAD Unknown command\. Add the account without --starttls/,
  )
})

/** Logs in to a server that answers so. */
async function loginAt(answer: (tag: string) => string, greeting = GREETING): Promise<MailProblem> {
  await using server = await listening(
    createTlsServer(certificate, (socket) => {
      socket.on('error', () => {}).setEncoding('latin1')
      socket.write(greeting)
      socket.on('data', (text: string) => {
        const [tag = '', command = ''] = text.split(' ')
        if (/CAPABILITY/i.test(command)) socket.write(`* CAPABILITY IMAP4rev1\r\n${tag} OK\r\n`)
        else socket.write(`${answer(tag)}\r\n`)
      })
    }),
  )
  using outward = outwardToLoopback({ ca: [certificate.cert] })
  const socket = await openImap(outward, { host: 'mail.test', port: server.port, security: 'tls' }, signal)
  return await logIn(socket, { host: 'mail.test', user: 'ada', password: 'secret' }).then(
    () => assert.fail('nobody is let in'),
    (error: MailProblem) => error,
  )
}

for (const [what, answer, says] of [
  [
    'a wrong password',
    'NO [AUTHENTICATIONFAILED] Invalid credentials',
    /refuses the name or the password\. It says: Invalid credentials/,
  ],
  [
    'IMAP that is turned off',
    'NO [ALERT] Your account is not enabled for IMAP use. Please enable IMAP.',
    /IMAP is turned off for this account: turn it on in its settings there/,
  ],
  ['a server that is busy', 'NO [UNAVAILABLE] Later', /lets no one in at the moment/],
] as const)
  test(`logging in with ${what}`, async () => {
    assert.match((await loginAt((tag) => `${tag} ${answer}`)).message, says)
  })

/** Mail as a person has it, at a real Dovecot. Needs `make build`. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Dovecot, startDovecot } from '../src/servers/mail/testing/dovecot.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'

let dovecot: Dovecot
let a: Appliance
const server = () => ['--host', 'localhost', '--port', String(dovecot.imaps), '--login', 'ada']
const pin = () => ['--pin', new X509Certificate(dovecot.ca).fingerprint256]
const secrets = () =>
  existsSync(join(a.state, 'credstore'))
    ? readdirSync(join(a.state, 'credstore')).filter((name) => name.startsWith('mcp-mail.'))
    : []

before(async () => {
  dovecot = await startDovecot()
  a = await startAppliance()
  mkdirSync(join(a.state, 'etc'), { recursive: true })
  writeFileSync(join(a.state, 'etc/mail.yaml'), 'hosts: [localhost]\n')
  await dovecot.deliver('ada', [
    'Subject: Invoice 4711\r\nFrom: Plumber <plumber@example.com>\r\nTo: ada@example.org\r\nDate: Mon, 26 Oct 2026 10:00:00 +0000\r\n\r\nPlease pay 120 euros for the new pipe.\r\n',
    'Subject: Hello\r\nFrom: Bob <bob@example.com>\r\nTo: ada@example.org\r\nDate: Tue, 27 Oct 2026 10:00:00 +0000\r\n\r\nSee you.\r\n',
  ])
})
after(async () => {
  await a?.[Symbol.asyncDispose]()
  await dovecot?.[Symbol.asyncDispose]()
})

test('without an account luca says how to add one', async () => {
  assert.match((await a.luca(['mail', 'accounts'])).stdout, /no account yet; "luca mail add ADDRESS"/)
  const { code, stderr } = await a.luca(['mail', 'list'])
  assert.deepEqual([code, /luca mail add/.test(stderr)], [1, true])
})

test('what can’t be logged in to is not kept, and neither is its password', async () => {
  const unknown = await a.luca(['mail', 'add', 'ada@example.org', ...server()], 'secret\n')
  assert.match(unknown.stderr, /certificate of localhost.* is not trusted.*fingerprint.*--pin/s)
  assert.equal(unknown.code, 1)
  const wrong = await a.luca(['mail', 'add', 'ada@example.org', ...server(), ...pin()], 'wrong\n')
  assert.match(wrong.stderr, /refuses the name or the password/)
  assert.ok(!/wrong/.test(wrong.stdout + wrong.stderr))
  assert.deepEqual(secrets(), [])
  assert.match((await a.luca(['mail', 'accounts'])).stdout, /no account yet/)
})

test('one command adds an account, and what is asked for is found and read', async () => {
  const added = await a.luca(['mail', 'add', 'ada@example.org', ...server(), ...pin()], 'secret\n')
  assert.deepEqual(
    [added.code, added.stdout],
    [0, 'ada@example.org is added as ada-example-org: 4 folders, 2 emails in the inbox.\n'],
    added.stderr,
  )
  assert.equal(secrets().length, 1)
  const listed = await a.luca(['mail', 'list'])
  assert.match(
    listed.stdout,
    /^NUMBER +DATE +FROM +SUBJECT\n\d+ .*Bob +● Hello\n\d+ .*Plumber +● Invoice 4711\n$/,
  )
  const found = JSON.parse((await a.luca(['mail', 'search', 'pipe', '--json'])).stdout)
  assert.deepEqual(
    found.messages.map(({ subject }: { subject: string }) => subject),
    ['Invoice 4711'],
  )
  const { stdout } = await a.luca(['mail', 'read', String(found.messages[0].id)])
  assert.match(stdout, /^Subject: Invoice 4711\nFrom: Plumber <plumber@example\.com>\n/)
  assert.match(stdout, /Please pay 120 euros for the new pipe\.\n$/)
  assert.match((await a.luca(['mail', 'read', '999'])).stderr, /There is no message 999.*"luca mail list"/)
})

test('an account is forgotten with its password', async () => {
  const { code, stdout } = await a.luca(['mail', 'forget', 'ada@example.org', '--yes'])
  assert.deepEqual([code, /is forgotten here/.test(stdout)], [0, true])
  assert.deepEqual(secrets(), [])
})

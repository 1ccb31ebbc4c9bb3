/** Mail as a person has it, at a real Dovecot. Needs `make build`. */
import assert from 'node:assert/strict'
import { randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Dovecot, startDovecot } from '../src/servers/mail/testing/dovecot.ts'
import { startProvider, type TestProvider } from '../src/servers/mail/testing/provider.ts'
import { type SmtpServer, startSmtp } from '../src/servers/mail/testing/smtp-server.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'

let dovecot: Dovecot
let provider: TestProvider
let smtp: SmtpServer
let a: Appliance
const server = () => ['--host', 'localhost', '--port', String(dovecot.imaps), '--login', 'ada']
const outgoing = () => {
  const { port, pin = '' } = smtp.address('ada')
  return ['--smtp-host', 'localhost', '--smtp-port', String(port), '--smtp-pin', pin]
}
const pin = () => ['--pin', new X509Certificate(dovecot.ca).fingerprint256]
const secrets = () =>
  existsSync(join(a.state, 'credstore'))
    ? readdirSync(join(a.state, 'credstore')).filter((name) => name.startsWith('mcp-mail.'))
    : []

before(async () => {
  provider = await startProvider()
  dovecot = await startDovecot({ introspection: `${provider.url}/introspect?token=` })
  smtp = await startSmtp({ ada: 'secret', sender: 'outgoing-4711' })
  a = await startAppliance()
  mkdirSync(join(a.state, 'etc'), { recursive: true })
  writeFileSync(
    join(a.state, 'etc/mail.yaml'),
    `hosts: [localhost]\nsendDelaySeconds: 1\noauth: { mine: { clientId: x, deviceUrl: '${provider.url}/device', tokenUrl: '${provider.url}/token', scopes: [mail] } }\n`,
  )
  await dovecot.deliver('ada', [
    'Subject: Invoice 4711\r\nFrom: Plumber <plumber@example.com>\r\nTo: ada@example.org\r\nDate: Mon, 26 Oct 2026 10:00:00 +0000\r\n\r\nPlease pay 120 euros for the new pipe.\r\n',
    'Subject: Hello\r\nFrom: Bob <bob@example.com>\r\nTo: ada@example.org\r\nDate: Tue, 27 Oct 2026 10:00:00 +0000\r\n\r\nSee you.\r\n',
  ])
})
after(async () => {
  await a?.[Symbol.asyncDispose]()
  await dovecot?.[Symbol.asyncDispose]()
  await smtp?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

test('without an account luca says how to add one', async () => {
  assert.match((await a.luca(['mail', 'accounts'])).stdout, /no account yet; "luca mail add ADDRESS"/)
  const { code, stderr } = await a.luca(['mail', 'list'])
  assert.deepEqual([code, /luca mail add/.test(stderr)], [1, true])
})

test('what can’t be logged in to is not kept, and neither is its password', async () => {
  const unknown = await a.luca(['mail', 'add', 'ada@example.org', ...server()], 'secret\n')
  assert.match(unknown.stderr, /certificate of localhost is signed by nobody.*fingerprint.*--pin/s)
  assert.equal(unknown.code, 1)
  const wrong = await a.luca(['mail', 'add', 'ada@example.org', ...server(), ...pin()], 'wrong\n')
  assert.match(wrong.stderr, /refuses the name or the password/)
  assert.ok(!/wrong/.test(wrong.stdout + wrong.stderr))
  assert.deepEqual(secrets(), [])
  assert.match((await a.luca(['mail', 'accounts'])).stdout, /no account yet/)
})

test('one command adds an account, and what is asked for is found and read', async () => {
  const added = await a.luca(
    ['mail', 'add', 'ada@example.org', ...server(), ...pin(), ...outgoing()],
    'secret\n',
  )
  assert.equal(added.stderr.includes('Sending does not work'), false, added.stderr)
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

test('an attachment is saved among the files, and never in place of another', async () => {
  const bytes = randomBytes(7_000_000)
  await dovecot.deliver('ada', [
    [
      'Subject: Plans\r\nFrom: Bob <bob@example.com>\r\nDate: Tue, 27 Oct 2026 11:00:00 +0000\r\nMIME-Version: 1.0',
      'Content-Type: application/pdf; name="../plan.pdf"',
      'Content-Disposition: attachment; filename="../plan.pdf"',
      `Content-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n')}`,
    ].join('\r\n'),
  ])
  const { messages } = JSON.parse((await a.luca(['mail', 'list', '--fresh', '--json'])).stdout)
  const number = String(messages.find(({ subject }: { subject: string }) => subject === 'Plans').id)
  const saved = await a.luca(['mail', 'download', number])
  assert.equal(saved.stdout, 'Saved as /Downloads/plan.pdf (7000000 bytes).\n', saved.stderr)
  assert.ok(readFileSync(join(a.files, 'Downloads/plan.pdf')).equals(bytes))
  const again = await a.luca(['mail', 'download', number, 'plan.pdf', '--to-folder', '/Downloads'])
  assert.equal(again.stdout, 'Saved as /Downloads/plan (2).pdf (7000000 bytes).\n', again.stderr)
  const outside = await a.luca(['mail', 'download', number, '--to-folder', '/../..'])
  assert.deepEqual([outside.code, /begin with no dot/.test(outside.stderr)], [1, true], outside.stderr)
  assert.match((await a.luca(['mail', 'download', number, 'other.pdf'])).stderr, /1\. .*plan\.pdf/)
  assert.equal((await a.luca(['mail', 'move', number, 'trash'])).code, 1, 'it may only be read yet')
  await dovecot.doveadm('expunge', '-u', 'ada', 'mailbox', 'INBOX', 'header', 'subject', 'Plans')
  await a.luca(['mail', 'list', '--fresh'])
})

test('emails are marked, moved and deleted by their numbers, once that is allowed', async () => {
  const numbers = async (folder: string): Promise<string[]> => {
    const { messages } = JSON.parse((await a.luca(['mail', 'list', folder, '--json'])).stdout)
    return messages.map(({ id }: { id: number }) => String(id))
  }
  const [hello = '', invoice = ''] = await numbers('inbox')
  assert.match(
    (await a.luca(['mail', 'mark', 'read', hello])).stderr,
    /luca mail allow ada-example-org write/,
  )
  assert.equal((await a.luca(['mail', 'allow', 'ada@example.org', 'write', '--yes'])).code, 0)
  const marked = await a.luca(['mail', 'mark', 'read', hello, invoice])
  assert.deepEqual([marked.code, marked.stdout], [0, '2 emails are marked as read.\n'], marked.stderr)
  assert.ok(!(await a.luca(['mail', 'list'])).stdout.includes('●'))
  const partly = await a.luca(['mail', 'move', hello, '9999', 'drafts'])
  assert.deepEqual(
    [partly.code, partly.stdout, partly.stderr],
    [1, '1 email is moved to drafts.\n', 'Not there any more: 9999.\n'],
  )
  assert.deepEqual([await numbers('inbox'), await numbers('drafts')], [[invoice], [hello]])
  assert.equal((await a.luca(['mail', 'delete', hello])).stdout, '1 email is moved to the trash.\n')
  assert.match((await a.luca(['mail', 'delete', hello, '--for-good'])).stderr, /needs your consent/)
  assert.deepEqual(await numbers('trash'), [hello])
  const gone = await a.luca(['mail', 'delete', hello, '--for-good', '--yes'])
  assert.equal(gone.stdout, '1 email is deleted for good.\n', gone.stderr)
  assert.match((await a.luca(['mail', 'move', 'Bills', invoice])).stderr, /named by their numbers/)
  assert.match((await a.luca(['mail', 'mark', 'blue', invoice])).stderr, /marked read, unread/)
})

test('an email is sent once that is allowed and agreed to', async () => {
  const send = ['mail', 'send', '--to', 'Eva <eva@example.com>', '--subject', 'Lunch']
  assert.match((await a.luca([...send, '--yes'], 'At noon?')).stderr, /luca mail allow ada-example-org send/)
  assert.equal((await a.luca(['mail', 'allow', 'ada@example.org', 'send', '--yes'])).code, 0)
  assert.match((await a.luca(send, 'At noon?')).stderr, /needs your consent/)
  const empty = await a.luca(['mail', 'outbox'])
  assert.match(empty.stdout, /Nothing waits/, empty.stderr)
  const next = smtp.next()
  const sent = await a.luca([...send, '--yes'], 'At noon?')
  assert.deepEqual([sent.code, /luca mail cancel 1/.test(sent.stdout)], [0, true], sent.stderr)
  const { to, content } = await next
  assert.deepEqual([to, /\r\n\r\nAt noon\?\r\n/.test(content)], [['eva@example.com'], true])
  assert.match((await a.luca(['mail', 'cancel', '1'])).stderr, /can't be called back any more/)
  const bytes = randomBytes(7_000_000)
  mkdirSync(join(a.files, 'Bills'), { recursive: true })
  writeFileSync(join(a.files, 'Bills/bill.pdf'), bytes)
  const attached = smtp.next()
  const withFile = await a.luca([...send, '--body', 'Please pay.', '--attach', '/Bills/bill.pdf', '--yes'])
  assert.equal(withFile.code, 0, withFile.stderr)
  const [, encoded = ''] =
    /filename=bill\.pdf\r\n(?:\S.*\r\n)*\r\n([A-Za-z0-9+/=\r\n]*)/.exec((await attached).content) ?? []
  assert.ok(Buffer.from(encoded, 'base64').equals(bytes))
  const missing = await a.luca([...send, '--body', 'x', '--attach', '/Bills/none.pdf', '--yes'])
  assert.deepEqual([missing.code, /none\.pdf/.test(missing.stderr)], [1, true], missing.stderr)
  assert.match(
    (await a.luca(['mail', 'send', '--to', 'Eva', '--body', 'x', '--yes'])).stderr,
    /"Eva" is no address/,
  )
})

test('an account is forgotten with its password', async () => {
  const { code, stdout } = await a.luca(['mail', 'forget', 'ada@example.org', '--yes'])
  assert.deepEqual([code, /is forgotten here/.test(stdout)], [0, true])
  assert.deepEqual(secrets(), [])
})

test('who signs in in a browser needs no password, and what they get is nowhere to be seen', async () => {
  const add = (...more: string[]) =>
    a.luca(['mail', 'add', 'ada@example.org', ...server(), ...pin(), '--oauth', ...more])
  assert.match((await add()).stderr, /--provider names who people sign in at/)
  assert.match((await add('--provider', 'google')).stderr, /registers an application for devices there/)
  provider.interval = 0.01
  provider.polls.push({ error: 'access_denied' })
  const denied = await add('--provider', 'mine')
  assert.deepEqual([denied.code, secrets()], [1, []], denied.stderr)
  assert.match(
    denied.stderr,
    /Open https:..provider\.example.device in a browser, and type in ABCD-EFGH within 15 minutes/,
  )
  assert.match(denied.stderr, /this was not allowed\. Begin again/)

  provider.polls.push({ error: 'authorization_pending' }, { user: 'ada' })
  const added = await add('--provider', 'mine')
  assert.match(added.stdout, /is added as ada-example-org: 4 folders, \d+ emails/, added.stderr)
  assert.equal(secrets().length, 1)
  assert.doesNotMatch(added.stdout + added.stderr, /access-|refresh-/)
  assert.match(
    (await a.luca(['mail', 'password', 'ada-example-org'], 'x\n')).stderr,
    /has no password here; sign in again/,
  )
  await a.luca(['mail', 'forget', 'ada-example-org', '--yes'])
  assert.deepEqual(secrets(), [])
})

test('accounts of a file are added each by itself, and their passwords move to the secrets', async () => {
  const path = join(a.state, 'mail_accounts.yaml')
  const account = (password: string, more = '') =>
    `{ host: localhost, port: ${dovecot.imaps}, user: ada, email: ada@example.org, pin: "${pin()[1]}", password: ${password}${more} }`
  const { port, pin: smtpPin } = smtp.address('sender')
  const sending = `, smtp_host: localhost, smtp_port: ${port}, smtp_starttls: false, smtp_user: sender, smtp_password: outgoing-4711, smtp_pin: "${smtpPin}"`
  writeFileSync(
    path,
    `accounts:\n  home: ${account('secret', sending)}\n  wrong: ${account('hunter2')}\n  odd: 7\n`,
    { mode: 0o600 },
  )
  const first = await a.luca(['mail', 'import', path])
  assert.equal(first.code, 1)
  assert.match(first.stdout, /^home: it is added as home: \d+ emails in the inbox\.\n$/)
  assert.match(first.stderr, /wrong: localhost refuses the name or the password/)
  assert.match(first.stderr, /odd: .*mail_accounts\.yaml:4: it has to be a list of settings/)
  assert.match(first.stderr, /still in .*--remove-passwords" takes them out/)
  assert.doesNotMatch(first.stdout + first.stderr, /hunter2|secret\b/)
  assert.equal(secrets().length, 2)
  const another = await a.luca(['mail', 'password', 'home', '--smtp'], 'wrong\n')
  assert.match(another.stderr, /refuses the name or the password for sending/)
  const back = await a.luca(['mail', 'password', 'home', '--smtp'], 'outgoing-4711\n')
  assert.equal(back.code, 0, back.stderr)

  const again = await a.luca(['mail', 'import', path, '--remove-passwords', '--json'])
  const { accounts, passwordsRemoved } = JSON.parse(again.stdout)
  assert.deepEqual(
    [accounts.map(({ outcome }: { outcome: string }) => outcome), passwordsRemoved],
    [['known', 'failed', 'failed'], true],
  )
  const left = readFileSync(path, 'utf8')
  assert.ok(!/password: (?:secret|outgoing)/.test(left) && left.includes('password: hunter2'), left)
  await a.luca(['mail', 'forget', 'home', '--yes'])
  assert.deepEqual(secrets(), [])
  const { port: own, pin: ownPin = '' } = smtp.address('ada')
  const added = await a.luca(
    ['mail', 'add', 'ada@example.org', ...server(), ...pin(), '--smtp-host', 'localhost'].concat([
      '--smtp-port',
      String(own),
      '--smtp-pin',
      ownPin,
      '--smtp-password',
    ]),
    'secret\nsecret\n',
  )
  assert.deepEqual([added.code, /does not work/.test(added.stderr)], [0, false], added.stderr)
  assert.equal(secrets().length, 2)
  await a.luca(['mail', 'forget', 'ada@example.org', '--yes'])
})

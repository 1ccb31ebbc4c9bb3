/** How accounts log in to a real server that mail is sent by: with a token, with a password of its own, and at which certificate. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { certificateFor } from '../../../host/outward/testing/certificate.ts'
import type { Account } from '../accounts/account.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { startProvider, type TestProvider } from '../testing/provider.ts'
import { type SmtpServer, startSmtp } from '../testing/smtp-server.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'
import type { OutboxShape } from '../tools/sending-shapes.ts'

let provider: TestProvider
let dovecot: Dovecot
let smtp: SmtpServer
before(async () => {
  provider = await startProvider()
  const introspection = `${provider.url}/introspect?token=`
  dovecot = await startDovecot({ introspection })
  smtp = await startSmtp({ ada: 'for sending' }, certificateFor('DNS:localhost'), { introspection })
})
after(async () => {
  await smtp[Symbol.asyncDispose]()
  await dovecot[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

/** Sends one, and gives what became of it. */
async function sent(mail: WithAccounts): Promise<OutboxShape> {
  const { running } = mail
  const written = { to: ['eva@example.com'], subject: 'Lunch', text: 'At noon?' }
  const { id } = await mail.agree<OutboxShape>('send_email', written)
  const key = [...running.gateway.wakeList.entries.keys()].findLast((one) => one.startsWith('send:'))
  await running.wake(key ?? '')
  const { emails } = await mail.ask<{ emails: OutboxShape[] }>('list_outbox')
  const found = emails.find((one) => one.id === id)
  assert.ok(found)
  return found
}

describe('an account that is signed in to', () => {
  async function signedIn(): Promise<WithAccounts> {
    provider.reset()
    provider.interval = 0.01
    provider.polls.push({ user: 'ada' })
    const { url } = provider
    const mail = await withAccounts([], {
      secrets: { 'Key-ada': 'a key of luca' },
      settings: `sendDelaySeconds: 0\neveryMinutes: 0\noauth: { mine: { clientId: id-7, deviceUrl: "${url}/device", tokenUrl: "${url}/token", scopes: [mail] } }\n`,
    })
    await mail.ask('begin_sign_in', { account: 'ada', provider: 'mine' })
    await mail.ask('finish_sign_in', { account: 'ada' })
    await mail.add({ ...accountAt(dovecot, 'ada'), oauth: 'mine', smtp: smtp.address('ada') })
    await mail.agree('allow_account', { account: 'ada', allowed: 'send' })
    return mail
  }

  test('sends with its token', async () => {
    await using mail = await signedIn()
    const next = smtp.next()
    const { state, problem } = await sent(mail)
    assert.deepEqual([state, problem], ['sent', undefined])
    assert.equal((await next).from, 'ada@example.org')
    assert.equal(provider.renewals(), 0)
  })

  test('renews a token that has expired once, and sends once', async () => {
    await using mail = await signedIn()
    provider.valid.clear()
    const before = smtp.received.length
    assert.equal((await sent(mail)).state, 'sent')
    assert.deepEqual([provider.renewals(), smtp.received.length], [1, before + 1])
  })

  test('sends nothing where its token is refused, and says so without the token', async () => {
    await using mail = await signedIn()
    provider.valid.clear()
    provider.isBroken = true
    const before = smtp.received.length
    const { state, problem = '' } = await sent(mail)
    assert.equal(state, 'failed')
    assert.match(problem, /localhost refuses who signed in for sending/)
    assert.doesNotMatch(problem, /access-|Bearer/)
    assert.deepEqual(
      [provider.renewals(), smtp.received.length],
      [2, before],
      'once to send it, and once to put it into the drafts',
    )
  })
})

describe('an account with another password for sending', () => {
  const account = (): Account => ({
    ...accountAt(dovecot, 'ada'),
    smtp: smtp.address('ada'),
    ownSmtpPassword: true,
  })

  test('sends with that, and reads with its own', async () => {
    const secrets = { ada: 'secret', 'Smtp-ada': 'for sending' }
    await using mail = await withAccounts([account()], { secrets, settings: 'sendDelaySeconds: 0\n' })
    await mail.agree('allow_account', { account: 'ada', allowed: 'send' })
    await mail.ask('check_account', { toSend: true })
    assert.equal((await sent(mail)).state, 'sent')
  })

  test('says which one is wrong or missing, and can be read all the same', async () => {
    const secrets: Record<string, string> = { ada: 'secret', 'Smtp-ada': 'another' }
    await using mail = await withAccounts([account()], { secrets })
    await assert.rejects(
      mail.ask('check_account', { toSend: true }),
      /localhost refuses the name or the password for sending/,
    )
    delete secrets['Smtp-ada']
    await assert.rejects(
      mail.ask('check_account', { toSend: true }),
      /password that mail of ada@example\.org is sent with is not there.*"luca mail password ada --smtp"/,
    )
    await mail.ask('check_account')
  })
})

test('the certificate that is pinned for sending is the only one that is trusted there', async () => {
  const pinned = (pin: string): Account => ({
    ...accountAt(dovecot, 'ada'),
    smtp: { ...smtp.address('ada'), pin },
  })
  const settings = { secrets: { ada: 'secret' } }
  await using mail = await withAccounts([pinned(new X509Certificate(dovecot.ca).fingerprint256)], settings)
  await assert.rejects(mail.ask('check_account', { toSend: true }), /give it with --smtp-pin/)
  const { pin: own } = smtp.address('ada')
  const unpinned = { ...accountAt(dovecot, 'ada'), smtp: { ...smtp.address('ada') } }
  delete unpinned.smtp.pin
  await mail.add(unpinned)
  await assert.rejects(mail.ask('check_account', { toSend: true }), ({ message }: Error) =>
    message.includes(`--smtp-pin ${own}`),
  )
})

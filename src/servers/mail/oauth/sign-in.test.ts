import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Account } from '../accounts/account.ts'
import { type Dovecot, startDovecot } from '../testing/dovecot.ts'
import { startProvider, type TestProvider } from '../testing/provider.ts'
import { accountAt, type WithAccounts, withAccounts } from '../testing/with-accounts.ts'

let provider: TestProvider
let dovecot: Dovecot
before(async () => {
  provider = await startProvider()
  dovecot = await startDovecot({ introspection: `${provider.url}/introspect?token=` })
})
after(async () => {
  await dovecot[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

const account = (): Account => ({ ...accountAt(dovecot, 'ada'), oauth: 'mine' })
const opened = (): Promise<WithAccounts> => {
  provider.reset()
  provider.interval = 0.01
  const { url } = provider
  return withAccounts([], {
    secrets: { 'Key-ada': 'a key of luca', 'OAuth-mine': 'of the application' },
    settings: `everyMinutes: 0\noauth: { mine: { clientId: id-7, deviceUrl: "${url}/device", tokenUrl: "${url}/token", scopes: [mail, offline] } }\n`,
  })
}

const begun = (mail: WithAccounts) =>
  mail.ask<{ code: string; address: string; minutes: number }>('begin_sign_in', {
    account: 'ada',
    provider: 'mine',
  })
const finished = (mail: WithAccounts) =>
  mail.ask<{ isSignedIn: boolean }>('finish_sign_in', { account: 'ada' })
const subjects = async (mail: WithAccounts) =>
  (await mail.ask<{ messages: { subject: string }[] }>('list_emails', { fresh: true })).messages.map(
    ({ subject }) => subject,
  )

/** With an account that is signed in to, and a letter in it. */
async function signedIn(): Promise<WithAccounts> {
  const mail = await opened()
  provider.polls.push({ user: 'ada' })
  await begun(mail)
  await finished(mail)
  await mail.add(account())
  return mail
}

test('an account that is signed in to needs no password', async () => {
  await dovecot.deliver('ada', ['Subject: Hello\r\n\r\nAda\r\n'])
  await using mail = await opened()
  provider.polls.push({ error: 'authorization_pending' }, { user: 'ada' })
  const { code, address, minutes } = await begun(mail)
  assert.deepEqual([code, address, minutes], ['ABCD-EFGH', 'https://provider.example/device', 15])
  assert.deepEqual(await finished(mail), { isSignedIn: true })
  await mail.add(account())
  assert.deepEqual(await subjects(mail), ['Hello'])
  const { accounts } = await mail.ask<{ accounts: { oauth?: string }[] }>('list_accounts')
  assert.equal(accounts[0]?.oauth, 'mine')
})

test('a token that has expired is renewed once, and tried once more', async () => {
  await using mail = await signedIn()
  provider.valid.clear()
  await mail.ask('check_account')
  assert.equal(provider.renewals(), 1)

  provider.valid.clear()
  provider.isBroken = true
  await assert.rejects(
    mail.ask('check_account'),
    /localhost refuses who signed in.*signs in again: "luca mail add ada@example\.org --name ada --oauth --provider mine"/s,
  )
  assert.equal(provider.renewals(), 2)
  await assert.rejects(mail.ask('check_account'), /signs in again/)
  assert.equal(provider.renewals(), 2, 'and then nobody is asked')

  provider.isBroken = false
  mail.secrets['Key-ada'] = 'another key of luca'
  provider.polls.push({ user: 'ada' })
  await begun(mail)
  await finished(mail)
  await mail.add(account())
  await mail.ask('check_account')
})

test('a sign-in that was ended at the provider stops the account', async () => {
  await using mail = await signedIn()
  provider.valid.clear()
  provider.refuses = 'invalid_grant'
  await assert.rejects(
    mail.ask('check_account'),
    /not signed in any more: mine says invalid_grant.*signs in again/s,
  )
  assert.equal(provider.renewals(), 1)
})

test('who signs in as someone else is not let in, and nothing is kept', async () => {
  await using mail = await opened()
  provider.polls.push({ user: 'bob' })
  await begun(mail)
  await finished(mail)
  await assert.rejects(mail.add(account()), /localhost refuses who signed in/)
  assert.deepEqual(await mail.ask('list_accounts'), { accounts: [] })
})

test('neither tokens nor keys are told or logged', async () => {
  await using mail = await signedIn()
  provider.valid.clear()
  provider.isBroken = true
  const said = await mail.ask('check_account').catch(String)
  assert.doesNotMatch(
    JSON.stringify([said, mail.running.logged]),
    /access-|refresh-|key of luca|of the application/,
  )
})

test('the older mechanism is enough', async () => {
  await using older = await startDovecot({
    introspection: `${provider.url}/introspect?token=`,
    settings: 'auth_mechanisms = plain login xoauth2',
  })
  await using mail = await signedIn()
  await mail.add({ ...account(), imap: accountAt(older, 'ada').imap })
  await mail.ask('check_account')
})

test('a server that knows no OAuth says so', async () => {
  await using plain = await startDovecot()
  await using mail = await opened()
  provider.polls.push({ user: 'ada' })
  await begun(mail)
  await finished(mail)
  const { imap } = accountAt(plain, 'ada')
  await assert.rejects(mail.add({ ...account(), imap }), /lets nobody in by OAuth, but by a password/)
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { FakeClock } from '../../../framework/testing/fake-clock.ts'
import { openDatabase } from '../../../host/database.ts'
import { outwardToLoopback } from '../../../host/outward/testing/server.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { AccountStore } from '../accounts/account-store.ts'
import { MAIL_STEPS } from '../cache/steps.ts'
import { type Poll, startProvider, type TestProvider } from '../testing/provider.ts'
import { providerNamed } from './providers.ts'
import { seal, unseal } from './sealed.ts'
import { SignIns } from './sign-ins.ts'

let provider: TestProvider
before(async () => {
  provider = await startProvider()
})
after(() => provider[Symbol.asyncDispose]())
beforeEach(() => provider.reset())

/** Time passes as soon as someone waits for it. */
class PassingClock extends FakeClock {
  readonly waits: number[] = []
  override wait(ms: number): Promise<void> {
    if (ms > 0) this.waits.push(ms)
    this.advance(Math.max(0, ms))
    return Promise.resolve()
  }
}

const SECRET = 'the key that luca made'
const who = { id: 'ada', email: 'ada@example.org', provider: 'mine', secret: SECRET }
const { signal } = new AbortController()

async function open() {
  const folder = temporaryDirectory()
  const database = await openDatabase({
    folder: folder.path,
    name: 'mail',
    steps: MAIL_STEPS,
    onDamaged() {},
  })
  const clock = new PassingClock()
  const accounts = new AccountStore(database)
  const outward = outwardToLoopback()
  const { url } = provider
  const settings = {
    mine: {
      clientId: 'id-7',
      deviceUrl: `${url}/device`,
      tokenUrl: `${url}/token`,
      scopes: ['mail', 'offline'],
    },
  }
  const signIns = new SignIns({
    accounts,
    clock,
    outward,
    secretOf: async (name) => ({ 'Key-ada': SECRET, 'OAuth-mine': 'of the application' })[name],
    providerNamed: (name) => providerNamed(name, settings, ['localhost']),
  })
  return {
    signIns,
    clock,
    accounts,
    begin: () => signIns.begin('ada', 'mine', signal),
    finish: (atMostMs = 20 * 60_000) => signIns.finish('ada', { atMostMs, signal }),
    async [Symbol.asyncDispose]() {
      signIns.close()
      outward[Symbol.dispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

const pending: Poll = { error: 'authorization_pending' }

test('a code is shown, and asked about as often as the provider allows until the person has signed in', async () => {
  await using one = await open()
  assert.deepEqual(await one.begin(), {
    deviceCode: 'a-device',
    userCode: 'ABCD-EFGH',
    address: 'https://provider.example/device',
    lifetimeMs: 900_000,
    intervalMs: 5000,
  })
  provider.polls.push(pending, { error: 'slow_down' }, pending, { user: 'ada' })
  assert.equal(await one.finish(), true)
  assert.deepEqual(one.clock.waits, [5000, 5000, 10_000, 10_000])
  assert.deepEqual(provider.asked[0]?.params, {
    client_id: 'id-7',
    client_secret: 'of the application',
    scope: 'mail offline',
  })
  assert.deepEqual(await one.signIns.access(who), { token: 'access-1-ada', isFresh: false })
})

test('a wait that ends first says so, and goes on where it was', async () => {
  await using one = await open()
  await one.begin()
  provider.polls.push(pending, { user: 'ada' })
  assert.deepEqual([await one.finish(4000), provider.asked.length], [false, 1])
  assert.deepEqual([await one.finish(2000), provider.asked.length], [false, 2])
  assert.equal(await one.finish(60_000), true)
})

for (const [code, says] of [
  ['access_denied', /At mine, this was not allowed\. Begin again with "luca mail add/],
  ['expired_token', /The code has expired\. Begin again/],
  ['invalid_client', /came to nothing: mine says invalid_client: No such client\. Begin again/],
] as const)
  test(`signing in ends where the provider says ${code}`, async () => {
    await using one = await open()
    await one.begin()
    provider.polls.push(pending, { error: code, error_description: 'No such client' })
    await assert.rejects(one.finish(), says)
    await assert.rejects(one.finish(), /Nobody is signing in/)
  })

test('a code that nobody types in expires', async () => {
  await using one = await open()
  await one.begin()
  await assert.rejects(one.finish(), /The code has expired/)
  assert.ok(provider.asked.length <= 1 + 900 / 5)
})

test('the refresh token is kept sealed, and another one in its place where the provider gives one', async () => {
  await using one = await open()
  await one.begin()
  provider.polls.push({ user: 'ada' })
  await one.finish()
  const first = one.accounts.token('ada') ?? ''
  assert.doesNotMatch(Buffer.from(first, 'base64').toString('latin1'), /refresh/)
  assert.equal(unseal(first, SECRET, 'ada'), 'refresh-1-ada')
  assert.deepEqual([unseal(first, 'another', 'ada'), unseal(first, SECRET, 'bob')], [undefined, undefined])

  provider.rotates = true
  one.clock.advance(3600_000)
  assert.deepEqual(await one.signIns.access(who), { token: 'access-2-ada', isFresh: true })
  assert.equal(unseal(one.accounts.token('ada') ?? '', SECRET, 'ada'), 'refresh-2-ada')
  one.clock.advance(3600_000)
  assert.equal((await one.signIns.access(who)).token, 'access-3-ada')
})

test('those who need a token at the same time renew it once', async () => {
  await using one = await open()
  await one.accounts.keepToken('ada', seal('refresh-0-ada', SECRET, 'ada'))
  provider.knows('refresh-0-ada', 'ada')
  provider.rotates = true
  const all = await Promise.all([1, 2, 3].map(() => one.signIns.access(who)))
  assert.deepEqual([new Set(all.map(({ token }) => token)).size, provider.renewals()], [1, 1])
})

test('a token that can’t be renewed says to sign in again, and not what it was', async () => {
  await using one = await open()
  await assert.rejects(one.signIns.access(who), /Nobody is signed in to ada@example\.org/)
  await one.accounts.keepToken('ada', seal('refresh-0-ada', SECRET, 'ada'))
  await assert.rejects(one.signIns.access(who), (error: Error) => {
    assert.match(
      error.message,
      /is not signed in any more: mine says invalid_grant: The token … is of no use/,
    )
    assert.doesNotMatch(error.message, /refresh-0/)
    return true
  })
  await assert.rejects(one.signIns.access({ ...who, secret: 'another' }), /Nobody is signed in/)
})

test('what is not set of a provider is said, and tokens go over no connection that others can read', () => {
  assert.throws(
    () => providerNamed('google', undefined, []),
    /registers an application.*"oauth: \{ google: \{ clientId/,
  )
  assert.throws(
    () => providerNamed('x', { x: { clientId: '1' } }, []),
    /deviceUrl, its tokenUrl and its scopes/,
  )
  const http = {
    clientId: '1',
    deviceUrl: 'http://auth.example/d',
    tokenUrl: 'https://auth.example/t',
    scopes: [],
  }
  assert.throws(() => providerNamed('x', { x: http }, []), /auth\.example is asked for tokens by http:/)
  assert.match(
    providerNamed('microsoft', { microsoft: { clientId: '1' } }, []).scopes.join(' '),
    /IMAP.*SMTP.*offline/,
  )
})

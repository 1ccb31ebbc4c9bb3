import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Credential, Principal, ResolvedCall, Target } from '../call/call.ts'
import { openState } from '../state/state.ts'
import { type Auth, createAuth } from './auth.ts'
import { Licence } from './licence/licence.ts'
import { createTokens } from './tokens.ts'
import { createUsers } from './users.ts'

async function setUp(t: TestContext, { noAuth = false, key = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'auth-'))
  const state = await openState(folder)
  const tokens = createTokens(state.tokens)
  const path = join(folder, 'licence.key')
  if (key !== '') writeFileSync(path, key)
  const licence = await Licence.open({ path, tiersPath: join(folder, 'tiers.yaml'), onChange: () => {} })
  t.after(() => {
    licence.close()
    tokens.close()
    state.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const users = createUsers(join(folder, 'users'), 'ada')
  mkdirSync(join(folder, 'users'))
  for (const [uid, userName] of [
    [2000, 'ada'],
    [2001, 'bob'],
  ])
    writeFileSync(join(folder, 'users', `${uid}.user`), JSON.stringify({ userName }))
  const auth = createAuth({
    tokens,
    licence,
    users,
    noAuth,
    ownMethods: new Set(['admin/token/list']),
    ownUid: 1000,
  })
  return { auth, tokens, folder: join(folder, 'users'), licence, key: path }
}

/** A request as it comes from routing/: about an item that is named as its method is, or about nothing. */
function resolved(principal: Principal, method: string): ResolvedCall {
  const isAboutNothing = method === 'nothing' || method.startsWith('admin/')
  const capabilities = isAboutNothing ? [] : [method]
  const target = isAboutNothing
    ? undefined
    : ({ chosenAs: method.replace('.', '_'), capabilities } as unknown as Target)
  const inbound = { principal, method, params: {} }
  return { inbound, params: { resolved: true }, target, capabilities } as unknown as ResolvedCall
}
const call = (auth: Auth, credential: Credential, method: string) =>
  auth.authorise(resolved(auth.identify(credential), method))

test('a token’s tier goes with who shows it, and decides what is let through', async (t) => {
  const { auth, tokens } = await setUp(t)
  const { token } = await tokens.create('phone', 'ada', { tier: 'FREE' })
  const credential: Credential = { kind: 'bearer', token }
  assert.equal(auth.identify(credential).tier, 'FREE')
  assert.equal(auth.identify(credential), auth.identify(credential), 'one object a token')
  assert.equal(call(auth, credential, 'fs.read').grant.tier, 'FREE')
  assert.equal(call(auth, credential, 'nothing').grant.tier, 'FREE')
  assert.throws(() => call(auth, credential, 'fs.write'), {
    code: -32002,
    message: 'The tier FREE does not include "fs.write".',
    data: { capability: 'fs.write', tier: 'FREE' },
  })
})

test('what is let through is the request as it was resolved', async (t) => {
  const { auth } = await setUp(t)
  const request = resolved(auth.identify({ kind: 'peer', uid: 1000, pid: 1 }), 'fs.read')
  const authorised = auth.authorise(request)
  assert.equal(authorised.resolved, request)
  assert.equal(authorised.params, request.params)
  assert.equal(authorised, request.inbound, 'a call costs no allocation here')
})

test('whatever a request needs must be granted, of what is about no item as well', async (t) => {
  const { auth, tokens } = await setUp(t)
  const { token } = await tokens.create('phone', 'ada', { tier: 'FREE' })
  const principal = auth.identify({ kind: 'bearer', token })
  for (const capabilities of [['fs.read', 'fs.write'], ['fs.write']])
    assert.throws(() => auth.authorise({ ...resolved(principal, 'nothing'), capabilities }), {
      code: -32002,
      data: { capability: 'fs.write', tier: 'FREE' },
    })
})

test('a user without a tier of their own has the licence’s', async (t) => {
  const own = await setUp(t)
  const peer: Credential = { kind: 'peer', uid: 1000, pid: 1 }
  assert.equal(call(own.auth, peer, 'fs.write').grant.tier, 'OWNER')
  const bound = await setUp(t, { key: 'FREE:ada:2099-12-31' })
  const { token } = await bound.tokens.create('phone', 'ada')
  for (const credential of [peer, { kind: 'bearer', token }] as const)
    assert.throws(() => call(bound.auth, credential, 'fs.write'), { code: -32002 })
})

test('administration is for the owner on this machine, whatever the licence', async (t) => {
  const { auth, tokens } = await setUp(t, { key: 'garbage' })
  const { token } = await tokens.create('phone', 'ada', { tier: 'OWNER' })
  const principal = auth.identify({ kind: 'peer', uid: 0, pid: 1 })
  assert.ok(principal.administers === 'all' && auth.authorise(resolved(principal, 'nothing')))
  assert.throws(() => call(auth, { kind: 'bearer', token }, 'admin/token/list'), {
    code: -32002,
    message: /owner/,
  })
})

test('a user of this machine acts for themselves, and administers what is their own', async (t) => {
  const { auth } = await setUp(t)
  const bob = auth.identify({ kind: 'peer', uid: 2001, pid: 1 })
  assert.deepEqual([bob.user, bob.name, bob.administers], ['bob', 'bob', 'own'])
  auth.authorise(resolved(bob, 'admin/token/list'))
  assert.throws(() => auth.authorise(resolved(bob, 'admin/status')), { code: -32002 })
  assert.equal(auth.identify({ kind: 'peer', uid: 2000, pid: 1 }).administers, 'all')
})

test('without a token no client is let in, unless the gateway was started so', async (t) => {
  const { auth } = await setUp(t)
  assert.throws(() => auth.identify({ kind: 'none' }), { code: -32000 })
  assert.throws(() => auth.identify({ kind: 'bearer', token: 'lb_wrong' }), { code: -32000 })
  assert.throws(() => auth.identify({ kind: 'peer', uid: 4242, pid: 1 }), { code: -32002 })
  const open = await setUp(t, { noAuth: true })
  assert.equal(open.auth.identify({ kind: 'none' }).administers, 'nothing')
})

test('a token that has ended is refused', async (t) => {
  const { auth, tokens } = await setUp(t)
  const { token, id } = await tokens.create('phone', 'ada')
  auth.identify({ kind: 'bearer', token })
  await tokens.revoke(id)
  assert.throws(() => auth.identify({ kind: 'bearer', token }), { code: -32000 })
})

test('a token that was made for some tools is let through to those alone', async (t) => {
  const { auth, tokens } = await setUp(t)
  const { token } = await tokens.create('phone', 'ada', { tools: ['fs_read*', 'time_*'] })
  const credential: Credential = { kind: 'bearer', token }
  const { grant } = call(auth, credential, 'fs.read_text_file')
  assert.equal(call(auth, credential, 'time.now').grant, grant, 'one object a token')
  assert.ok(call(auth, credential, 'nothing'))
  assert.throws(() => call(auth, credential, 'fs.write'), {
    code: -32002,
    message: /may not use "fs\.write": it was made for fs_read\*, time_\*/,
    data: { tools: ['fs_read*', 'time_*'] },
  })
  const other: Credential = { kind: 'bearer', token: (await tokens.create('desk', 'ada')).token }
  assert.equal(call(auth, other, 'fs.write').grant.tools, undefined)
})

test('what a token is trusted with goes with who shows it', async (t) => {
  const { auth, tokens } = await setUp(t)
  const trusts = async (options: { trust?: string[] }, name: string) =>
    auth.identify({ kind: 'bearer', token: (await tokens.create(name, 'ada', options)).token }).trusts
  assert.equal(await trusts({}, 'plain'), undefined)
  const trusted = await trusts({ trust: ['fs.write', 'mail.*'] }, 'trusted')
  assert.deepEqual(
    ['fs.write', 'fs.delete', 'mail.send'].map((name) => trusted?.(name)),
    [true, false, true],
  )
})

test('an ended token makes no call any longer, also one that waits already', async (t) => {
  const { auth, tokens } = await setUp(t)
  const ended: string[] = []
  auth.onEnd((id) => ended.push(id))
  const { token, id } = await tokens.create('phone', 'ada')
  const credential: Credential = { kind: 'bearer', token }
  const principal = auth.identify(credential)
  const waiting = call(auth, credential, 'fs.write')
  waiting.checkAgain()
  await tokens.revoke(id)
  assert.deepEqual(ended, [`token:${id}`])
  assert.throws(() => waiting.checkAgain(), { code: -32000 })
  assert.throws(() => auth.authorise(resolved(principal, 'fs.write')), { code: -32000 })
})

test('what was changed counts for who is here already, and a call that waits is to be repeated', async (t) => {
  const { auth, tokens } = await setUp(t)
  const { token } = await tokens.create('phone', 'ada', { trust: ['fs.write'] })
  const credential: Credential = { kind: 'bearer', token }
  const principal = auth.identify(credential)
  const waiting = call(auth, credential, 'fs.write')
  await tokens.change('phone', { trust: [], tools: ['time_*'], tier: 'FREE' })
  assert.equal(auth.identify(credential), principal, 'the object that a connection holds')
  assert.deepEqual([principal.trusts, principal.tier], [undefined, 'FREE'])
  assert.throws(() => waiting.checkAgain(), { code: -32002, message: /changed while the call waited/ })
  for (const method of ['fs.read', 'fs.write'])
    assert.throws(() => auth.authorise(resolved(principal, method)), { code: -32002 }, method)
})

test('a licence that ends takes from a call that waits what it took from the others', async (t) => {
  const { auth, tokens, licence, key } = await setUp(t)
  const credential: Credential = { kind: 'bearer', token: (await tokens.create('phone', 'ada')).token }
  const [writes, reads] = [call(auth, credential, 'fs.write'), call(auth, credential, 'fs.read')]
  writeFileSync(key, 'FREE:ada:2099-12-31')
  await licence.reload()
  assert.throws(() => writes.checkAgain(), { code: -32002, message: /FREE does not include "fs\.write"/ })
  reads.checkAgain()
  assert.equal(reads.grant.tier, 'FREE')
})

test('a user who was removed makes no call any longer, by a token or by their account', async (t) => {
  const { auth, tokens, folder } = await setUp(t)
  const ended: string[] = []
  auth.onEnd((id) => ended.push(id))
  for (const name of ['ada', 'bob']) writeFileSync(join(folder, `${name}.user`), '{}')
  const byToken: Credential = { kind: 'bearer', token: (await tokens.create('phone', 'bob')).token }
  const asHimself: Credential = { kind: 'peer', uid: 2001, pid: 1 }
  const waiting = [byToken, asHimself].map((credential) => call(auth, credential, 'fs.read'))
  for (const one of waiting) one.checkAgain()
  for (const name of ['bob', '2001']) rmSync(join(folder, `${name}.user`))
  for (const one of waiting) assert.throws(() => one.checkAgain(), /has no account here/)
  assert.throws(() => auth.identify(byToken), { code: -32000 })
  assert.throws(() => auth.identify(asHimself), { code: -32002 })
  auth.usersChanged()
  auth.usersChanged()
  assert.deepEqual(ended, ['uid:2001'])
})

test('a server may use what it says that it calls, and of that what its caller may', async (t) => {
  const { auth, tokens } = await setUp(t)
  const { token } = await tokens.create('phone', 'ada', { tier: 'FREE' })
  const principal = auth.identify({ kind: 'bearer', token })
  const authorise = (method: string, calls: readonly string[] | undefined) => {
    const request = resolved(principal, method)
    const descriptor = { service_name: 'agent', ...(calls ? { calls } : {}) }
    const within = { call: { resolved: { target: { descriptor } } } }
    return auth.authorise({
      ...request,
      inbound: { ...request.inbound, within },
      target: { ...request.target, calledAs: [method] },
    } as unknown as ResolvedCall)
  }
  assert.ok(authorise('fs.read', ['fs.read']))
  for (const calls of [['time.read'], undefined])
    assert.throws(() => authorise('fs.read', calls), {
      code: -32002,
      data: { capability: 'fs.read', server: 'agent' },
    })
  // Nor by way of the gateway's own server, which calls for whoever asks it.
  const forAsker = (calls: readonly string[] | undefined) => {
    const request = resolved(principal, 'fs.read')
    const asks = { resolved: { target: { descriptor: { service_name: 'agent', calls } } } }
    const outer = { resolved: { target: { descriptor: { service_name: 'llm' } } } }
    const within = { forAsker: true, call: calls ? { ...outer, within: { call: asks } } : outer }
    return auth.authorise({
      ...request,
      inbound: { ...request.inbound, within },
      target: { ...request.target, calledAs: ['fs.read'] },
    } as unknown as ResolvedCall)
  }
  assert.ok(forAsker(['fs.read']))
  assert.ok(forAsker(undefined), 'a client may all that it may')
  assert.throws(() => forAsker(['llm.chat']), {
    code: -32002,
    data: { capability: 'fs.read', server: 'agent' },
  })
  // It never adds to what its caller may.
  assert.throws(() => authorise('fs.write', ['fs.write', '*']), /The tier FREE does not include "fs\.write"/)
})

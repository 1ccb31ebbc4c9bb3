import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { mountSmall } from '../../host/testing/mount.ts'
import { openState } from '../state/state.ts'
import { createTokens, MAX_OF_USER } from './tokens.ts'

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'))
  const clock = { now: 1_000_000, passed: 0 }
  const clocks = { wall: () => clock.now, monotonic: () => clock.passed }
  const state = await openState(folder)
  const tokens = createTokens(state.tokens, clocks)
  t.after(async () => {
    tokens.close()
    state.close()
    await rm(folder, { recursive: true, force: true })
  })
  const restarted = () => {
    const again = createTokens(state.tokens, clocks)
    t.after(() => again.close())
    return again
  }
  return { folder, clock, state, tokens, restarted }
}

test('a token holds 256 random bits, and its text is nowhere in the state', async (t) => {
  const { folder, tokens } = await opened(t)
  const { token } = await tokens.create('mine', 'ada')
  assert.equal(Buffer.from(token.slice('lb_'.length), 'base64url').length, 32)
  for (const file of ['gateway.db', 'gateway.db-wal'])
    assert.ok(!(await readFile(join(folder, file))).includes(token))
  assert.equal((await stat(join(folder, 'gateway.db'))).mode & 0o777, 0o600)
})

test('a token is known again after a restart, and a revoked one is not', async (t) => {
  const { state, tokens } = await opened(t)
  const kept = (await tokens.create('kept', 'ada')).token
  const gone = await tokens.create('gone', 'ada')
  const ended: string[] = []
  tokens.onEnd(({ id }) => ended.push(id))
  await tokens.revoke('gone')
  assert.deepEqual(ended, [gone.id])
  const again = createTokens(state.tokens)
  t.after(() => again.close())
  assert.equal(again.verify(kept).user, 'ada')
  assert.throws(() => again.verify(gone.token), /not known/)
})

test('one user has no more tokens than may be, and others are not kept from theirs', async (t) => {
  const { tokens } = await opened(t)
  for (let i = 0; i < MAX_OF_USER; i++) await tokens.create(`t${i}`, 'ada')
  await assert.rejects(tokens.create('more', 'ada'), {
    code: -32001,
    message: /tokens\.perUser.*luca token revoke/,
    data: { limit: 'tokens.perUser' },
  })
  await tokens.create('mine', 'bob')
  await tokens.revoke('t7', 'ada')
  await tokens.create('more', 'ada')
})

test('one user does not revoke the token of another', async (t) => {
  const { tokens } = await opened(t)
  const { token } = await tokens.create('mine', 'ada')
  await assert.rejects(tokens.revoke('mine', 'bob'), { code: -32602, message: /no token "mine"/ })
  assert.equal(tokens.verify(token).user, 'ada')
  await tokens.revoke('mine', 'ada')
})

test('two users name their tokens alike, and each of them ends the own one', async (t) => {
  const { tokens } = await opened(t)
  const ada = await tokens.create('phone', 'ada')
  const bob = await tokens.create('phone', 'bob')
  await assert.rejects(tokens.revoke('phone'), { code: -32602, message: /Several users/ })
  await tokens.revoke('phone', 'bob')
  assert.throws(() => tokens.verify(bob.token), /not known/)
  assert.equal(tokens.verify(ada.token).user, 'ada')
  await tokens.create('phone', 'bob')
  assert.equal((await tokens.revoke(ada.id)).record.user, 'ada')
})

test('a token holds until the moment it expires', async (t) => {
  const { clock, tokens } = await opened(t)
  const { token } = await tokens.create('short', 'ada', { expiresInSeconds: 10 })
  clock.now += 9_999
  assert.equal(tokens.verify(token).name, 'short')
  clock.now += 1
  assert.throws(() => tokens.verify(token), /expired/)
})

test('names are needed, are seen, and are there once for each user', async (t) => {
  const { tokens } = await opened(t)
  await tokens.create('mine', 'ada')
  for (const name of ['', 'mine', 'a\nb', 'x'.repeat(65)])
    await assert.rejects(tokens.create(name, 'ada'), { code: -32602 })
  for (const seconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300])
    await assert.rejects(tokens.create('other', 'ada', { expiresInSeconds: seconds }), { code: -32602 })
  await assert.rejects(tokens.revoke('nobody'), { code: -32602 })
})

test('an expired token stays ended when the clock goes back, after a restart too', async (t) => {
  const { clock, tokens, restarted } = await opened(t)
  const ended: string[] = []
  tokens.onEnd(({ id }) => ended.push(id))
  const { token, id } = await tokens.create('short', 'ada', { expiresInSeconds: 10 })
  clock.now += 10_000
  assert.throws(() => tokens.verify(token), /expired/)
  clock.now -= 1_000_000
  assert.throws(() => tokens.verify(token), /expired/)
  assert.throws(() => restarted().verify(token), /expired/)
  assert.deepEqual(ended, [id])
})

test('a token that was not seen to expire does so by the time that passes, whatever the clock says', async (t) => {
  const { clock, tokens, restarted } = await opened(t)
  const { token } = await tokens.create('short', 'ada', { expiresInSeconds: 10 })
  clock.now += 4000
  tokens.close() // which keeps the time that it saw
  clock.now = 0
  const again = restarted()
  assert.equal(again.verify(token).name, 'short')
  assert.equal(again.list()[0]?.expiresAt, 6000, 'people see times of the clock that they know')
  clock.passed += 5999
  assert.equal(again.verify(token).name, 'short')
  clock.passed += 1
  assert.throws(() => again.verify(token), /expired/)
})

test('a token ends although that can’t be written, and is written down once it can be', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { state, tokens, restarted } = await opened(t)
  const gone = await tokens.create('gone', 'ada')
  const brief = await tokens.create('brief', 'ada', { trust: ['fs.write'] })
  const { end, change } = state.tokens
  const broken = () => Promise.reject(new Error('The disk is broken.'))
  Object.assign(state.tokens, { end: broken, change: broken })
  const record = tokens.verify(gone.token)
  assert.equal((await tokens.revoke('gone')).unwritten, 'The disk is broken.')
  assert.equal((await tokens.change('brief', { trust: [] })).unwritten, 'The disk is broken.')
  assert.throws(() => tokens.verify(gone.token), /revoked/)
  assert.throws(() => tokens.check(record), /revoked/)
  assert.deepEqual(tokens.verify(brief.token).trust, [])
  assert.equal(restarted().verify(gone.token).name, 'gone', 'it could not be known')
  Object.assign(state.tokens, { end, change })
  t.mock.timers.tick(5000)
  await nextTurn()
  const after = restarted()
  assert.throws(() => after.verify(gone.token), /revoked/)
  assert.deepEqual(after.verify(brief.token).trust, [])
})

test('what a token may do is changed at once, and for good', async (t) => {
  const { tokens, restarted } = await opened(t)
  const { token } = await tokens.create('phone', 'ada', { tools: ['fs_*'] })
  const changed: string[] = []
  tokens.onChange(({ name }) => changed.push(name))
  await tokens.change('phone', { trust: ['fs.write'] }, 'ada')
  for (const known of [tokens, restarted()]) {
    const { trust, tools, tier } = known.verify(token)
    assert.deepEqual([trust, tools, tier], [['fs.write'], ['fs_*'], null])
  }
  assert.deepEqual(changed, ['phone'])
  await assert.rejects(tokens.change('phone', { trust: [] }, 'bob'), { code: -32602 })
  await tokens.change('phone', { tools: null, tier: 'FREE' })
  assert.deepEqual(
    restarted()
      .list()
      .map(({ trust, tools, tier }) => [trust, tools, tier]),
    [[['fs.write'], null, 'FREE']],
  )
})

test('on a full disk no token is made, and who asked reads which disk it is', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'full-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  using mount = mountSmall(folder, 'tmpfs', ',size=512k')
  if (!mount) return t.skip('this user may not mount')
  const state = await openState(folder)
  const tokens = createTokens(state.tokens)
  const { token } = await tokens.create('before', 'ada')
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
    try {
      for (;;) appendFileSync(join(folder, 'filler'), 'x'.repeat(size), { flush: true })
    } catch {}
  await assert.rejects(
    async () => {
      for (let i = 0; i < 50; i++) await tokens.create(`while full ${i}`, 'ada') // what room the log still had
    },
    {
      problem: 'full',
      message: /^The disk of \S+ is full; nothing was changed\. Make room there, then try again\.$/,
    },
  )
  const known = tokens.list().map(({ name }) => name)
  assert.deepEqual(
    state.tokens.all().map(({ name }) => name),
    known,
  )
  assert.equal((await tokens.change('before', { tools: ['fs_*'] })).unwritten?.includes('is full'), true)
  assert.equal((await tokens.revoke('before')).unwritten, undefined, 'room for that is reserved')
  assert.throws(() => tokens.verify(token), /revoked/)
  await rm(join(folder, 'filler'))
  const name = `while full ${known.length - 1}`
  assert.equal((await tokens.create(name, 'ada')).name, name, 'its name was not used up')
  await tokens.close()
  await state.close()
})

test('tokens that are asked for at once have names of their own, and none is given out before it is written', async (t) => {
  const { state, tokens } = await opened(t)
  const made = await Promise.allSettled([tokens.create('phone', 'ada'), tokens.create('phone', 'ada')])
  assert.deepEqual(
    made.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(
    state.tokens.all().map(({ name }) => name),
    ['phone'],
  )
})

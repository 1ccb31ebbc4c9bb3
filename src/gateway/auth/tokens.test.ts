import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openState } from '../state.ts'
import { createTokens } from './tokens.ts'

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'))
  const clock = { now: 1_000_000 }
  const state = openState(folder)
  const tokens = createTokens(state, () => clock.now)
  t.after(async () => {
    tokens.close()
    state.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { folder, clock, state, tokens }
}

test('a token holds 256 random bits, and its text is nowhere in the state', async (t) => {
  const { folder, tokens } = await opened(t)
  const { token } = tokens.create('mine', 'ada')
  assert.equal(Buffer.from(token.slice('lb_'.length), 'base64url').length, 32)
  for (const file of ['gateway.db', 'gateway.db-wal'])
    assert.ok(!(await readFile(join(folder, file))).includes(token))
  assert.equal((await stat(join(folder, 'gateway.db'))).mode & 0o777, 0o600)
})

test('a token is known again after a restart, and a revoked one is not', async (t) => {
  const { state, tokens } = await opened(t)
  const kept = tokens.create('kept', 'ada').token
  const gone = tokens.create('gone', 'ada')
  const ended: string[] = []
  tokens.onEnd((id) => ended.push(id))
  tokens.revoke('gone')
  assert.deepEqual(ended, [gone.id])
  const again = createTokens(state)
  t.after(() => again.close())
  assert.equal(again.verify(kept).user, 'ada')
  assert.throws(() => again.verify(gone.token), /not known/)
})

test('one user does not revoke the token of another', async (t) => {
  const { tokens } = await opened(t)
  const { token } = tokens.create('mine', 'ada')
  assert.throws(() => tokens.revoke('mine', 'bob'), { code: -32602, message: /no token "mine"/ })
  assert.equal(tokens.verify(token).user, 'ada')
  tokens.revoke('mine', 'ada')
})

test('two users name their tokens alike, and each of them ends the own one', async (t) => {
  const { tokens } = await opened(t)
  const ada = tokens.create('phone', 'ada')
  const bob = tokens.create('phone', 'bob')
  assert.throws(() => tokens.revoke('phone'), { code: -32602, message: /Several users/ })
  tokens.revoke('phone', 'bob')
  assert.throws(() => tokens.verify(bob.token), /not known/)
  assert.equal(tokens.verify(ada.token).user, 'ada')
  tokens.create('phone', 'bob')
  assert.equal(tokens.revoke(ada.id).user, 'ada')
})

test('a token holds until the moment it expires', async (t) => {
  const { clock, tokens } = await opened(t)
  const { token } = tokens.create('short', 'ada', { expiresInSeconds: 10 })
  clock.now += 9_999
  assert.equal(tokens.verify(token).name, 'short')
  clock.now += 1
  assert.throws(() => tokens.verify(token), /expired/)
})

test('names are needed, are seen, and are there once for each user', async (t) => {
  const { tokens } = await opened(t)
  tokens.create('mine', 'ada')
  for (const name of ['', 'mine', 'a\nb', 'x'.repeat(65)])
    assert.throws(() => tokens.create(name, 'ada'), { code: -32602 })
  for (const seconds of [0, -1, Number.NaN])
    assert.throws(() => tokens.create('other', 'ada', { expiresInSeconds: seconds }), { code: -32602 })
  assert.throws(() => tokens.revoke('nobody'), { code: -32602 })
})

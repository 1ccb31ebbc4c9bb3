import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ADMIN, type TokenInfo } from '../command/admin.ts'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { ownerToken } from './owner-token.ts'

/** A gateway's tokens, all made for ada unless they are there already. */
function gateway(tokens: Pick<TokenInfo, 'id' | 'name' | 'user' | 'expiresAt'>[] = []) {
  const ask = async (method: string, params: { name?: string; token?: string } = {}): Promise<object> => {
    if (method === ADMIN.listTokens) return { tokens }
    if (method === ADMIN.revokeToken) {
      const at = tokens.findIndex(({ id }) => id === params.token)
      return { revoked: tokens.splice(at, 1)[0] }
    }
    const id = `id-${tokens.length}`
    tokens.push({ id, name: params.name as string, user: 'ada', expiresAt: null })
    return { id, token: `lb_${id}` }
  }
  return { tokens, ask: ask as never }
}

test('the token is made once and kept', async () => {
  using folder = temporaryDirectory()
  const link = gateway()
  const first = await ownerToken(link, folder.path, 'ada')
  assert.equal(await ownerToken(link, folder.path, 'ada'), first)
  assert.equal(link.tokens.length, 1)
})

test('one that has expired, or that was lost here, is replaced', async () => {
  using folder = temporaryDirectory()
  const expired = { id: 'old', name: 'luca up', user: 'ada', expiresAt: '2020-01-01T00:00:00Z' }
  const link = gateway([expired as never])
  await ownerToken(link, folder.path, 'ada')
  assert.deepEqual(
    link.tokens.map(({ id }) => id),
    ['id-0'],
  )
})

test('one of the same name of another owner is left alone', async () => {
  using folder = temporaryDirectory()
  const link = gateway([{ id: 'bobs', name: 'luca up', user: 'bob', expiresAt: null }])
  const token = await ownerToken(link, folder.path, 'ada')
  assert.equal(await ownerToken(link, folder.path, 'ada'), token)
  assert.deepEqual(
    link.tokens.map(({ user }) => user),
    ['bob', 'ada'],
  )
})

test('what stands in its place and is no file is not waited for', async () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'owner.token')
  execFileSync('mkfifo', [path])
  const token = await ownerToken(gateway(), folder.path, 'ada')
  assert.equal(readFileSync(path, 'utf8'), `${token}\n`)
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

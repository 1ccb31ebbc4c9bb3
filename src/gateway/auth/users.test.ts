import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createUsers } from './users.ts'

function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'users-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  return { folder, put, users: createUsers(folder, 'owner') }
}

test('users are found by their number and their name', (t) => {
  const { folder, put, users } = setUp(t)
  put('ada.user', '{"userName":"ada","uid":1001}')
  symlinkSync('ada.user', join(folder, '1001.user'))
  assert.equal(users.withUid(1001), 'ada')
  assert.equal(users.withUid(1002), undefined)
  assert.ok(users.has('ada') && users.has('owner') && !users.has('bob'))
})

test('a user who was removed or replaced is so at once, however often they were looked up before', async (t) => {
  const { folder, put, users } = setUp(t)
  put('1001.user', '{"userName":"ada"}')
  // Until the record is old enough to be remembered.
  while (Date.now() - statSync(join(folder, '1001.user')).ctimeMs < 1100)
    await new Promise((resolve) => setTimeout(resolve, 50))
  for (let i = 0; i < 3; i++) assert.equal(users.withUid(1001), 'ada')
  put('1001.user', '{"userName":"bob"}')
  assert.equal(users.withUid(1001), 'bob')
  put('1001.user', '{"userName":"eve"}')
  assert.equal(users.withUid(1001), 'eve')
  rmSync(join(folder, '1001.user'))
  assert.equal(users.withUid(1001), undefined)
})

test('a record that is broken is no user, and a name is never a path', (t) => {
  const { put, users } = setUp(t)
  for (const [uid, text] of Object.entries({
    1: '{"userName":"ad',
    2: '[]',
    3: '{"userName":7}',
    4: '{"userName":"../root"}',
    5: '',
  })) {
    put(`${uid}.user`, text)
    assert.equal(users.withUid(Number(uid)), undefined, text)
  }
  assert.ok(!users.has('../1') && !users.has('') && !users.has('1'))
})

test('without the owner’s record nothing is known of who has gone', (t) => {
  const { put, users } = setUp(t)
  assert.ok(!users.areKept)
  put('owner.user', '{"userName":"owner"}')
  assert.ok(users.areKept)
  assert.ok(!createUsers('/nowhere', 'owner').areKept)
})

import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { mountSmall } from '../../host/testing/mount.ts'
import { openState, type TokenRecord } from './state.ts'

const TOKEN: TokenRecord = {
  id: 'a1',
  name: 'desk',
  hash: 'ff',
  user: 'ada',
  createdAt: 1,
  expiresAt: null,
  lastUsedAt: null,
  tier: 'PRO',
  trust: ['fs.write'],
  tools: ['fs_*', 'time_*'],
  expired: false,
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'state-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('what is written is there after it was closed, for its owner alone', (t) => {
  const path = folder(t)
  const rate = { key: 'a PRO', windowMs: 60_000, at: Date.now(), slices: [[0, 3]] as [number, number][] }
  const before = openState(path)
  before.addToken(TOKEN)
  before.saveRates([rate])
  before.close()
  assert.equal(statSync(join(path, 'gateway.db')).mode & 0o777, 0o600)
  const after = openState(path)
  assert.deepEqual(
    after.tokens().map((record) => ({ ...record })),
    [TOKEN],
  )
  assert.deepEqual(after.rates(), [rate])
  after.close()
})

test('the use of tokens is kept by caller and day, and dropped long after', (t) => {
  const path = folder(t)
  const before = openState(path)
  const use = (day: string, tokens: number) => ({ key: 'a PRO', day, tokens })
  before.saveTokenUsage([use('2026-11-01', 1)])
  before.saveTokenUsage([use('2026-11-20', 5)])
  before.saveTokenUsage([use('2026-11-21', 6)])
  before.saveTokenUsage([use('2026-11-21', 7)])
  before.close()
  const after = openState(path)
  const kept = (day: string) => after.tokenUsage(day).map((record) => ({ ...record }))
  assert.deepEqual(kept('2026-11-21'), [use('2026-11-21', 7)])
  assert.deepEqual(kept('2026-11-20'), [use('2026-11-20', 5)])
  assert.deepEqual(kept('2026-11-01'), [])
  after.close()
})

test('counts that are too old to matter are dropped', (t) => {
  const state = openState(folder(t))
  state.saveRates([{ key: 'old', windowMs: 1000, at: Date.now() - 2000, slices: [] }])
  assert.deepEqual(state.rates(), [])
  state.close()
})

test('a file that is no state is told of by its path', (t) => {
  const path = folder(t)
  writeFileSync(join(path, 'gateway.db'), 'x'.repeat(4096))
  assert.throws(() => openState(path), /gateway\.db can't be opened: .*not a database/)
})

for (const version of [0, 1])
  test(`the state of a gateway without tiers is taken over (version ${version})`, (t) => {
    const path = folder(t)
    const db = new DatabaseSync(join(path, 'gateway.db'))
    db.exec(`
      CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE,
        user TEXT NOT NULL, createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER) STRICT;
      INSERT INTO token VALUES ('old', 'phone', 'ee', 'ada', 0, NULL, NULL);
      PRAGMA user_version = ${version};
    `)
    db.close()
    const state = openState(path)
    state.addToken(TOKEN)
    state.addToken({ ...TOKEN, id: 'other', hash: 'ab', name: 'phone', user: 'bob' })
    assert.deepEqual(
      state
        .tokens()
        .map(({ name, user, tier }) => `${name} ${user} ${tier}`)
        .sort(),
      ['desk ada PRO', 'phone ada null', 'phone bob PRO'],
    )
    state.saveRates([])
    state.close()
  })

test('a token of before may use all tools after an update, and is asked about as before', (t) => {
  const path = folder(t)
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec(`
    CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL,
      createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER, tier TEXT, UNIQUE (user, name)) STRICT;
    INSERT INTO token VALUES ('old', 'phone', 'ee', 'ada', 0, NULL, 7, 'PRO');
    PRAGMA user_version = 6;
  `)
  db.close()
  const state = openState(path)
  state.addToken(TOKEN)
  assert.deepEqual(state.tokens(), [
    {
      id: 'old',
      name: 'phone',
      hash: 'ee',
      user: 'ada',
      createdAt: 0,
      expiresAt: null,
      lastUsedAt: 7,
      tier: 'PRO',
      trust: [],
      tools: null,
      expired: false,
    },
    TOKEN,
  ])
  state.close()
})

test('what tokens used counts for their users after an update, all together, but for those with a tier', (t) => {
  const path = folder(t)
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec(`
    CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE,
      user TEXT NOT NULL, createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER, tier TEXT) STRICT;
    CREATE TABLE rate (key TEXT PRIMARY KEY, windowMs INTEGER NOT NULL, at INTEGER NOT NULL,
      slices TEXT NOT NULL) STRICT;
    CREATE TABLE tokenUsage (key TEXT NOT NULL, day TEXT NOT NULL, tokens INTEGER NOT NULL,
      PRIMARY KEY (key, day)) STRICT;
    INSERT INTO token VALUES ('a1', 'phone', 'e1', 'ada', 0, NULL, NULL, NULL),
      ('a2', 'desk', 'e2', 'ada', 0, NULL, NULL, NULL), ('a3', 'guest', 'e3', 'ada', 0, NULL, NULL, 'FEW'),
      ('b1', 'bob', 'e4', 'bob', 0, NULL, NULL, NULL);
    INSERT INTO tokenUsage VALUES ('token:a1 PRO', '2026-11-21', 30), ('token:a2 PRO', '2026-11-21', 12),
      ('token:a1 FREE', '2026-11-21', 1), ('token:a1 PRO', '2026-11-20', 7),
      ('token:a3 FEW', '2026-11-21', 5), ('token:b1 PRO', '2026-11-21', 9), ('token:gone PRO', '2026-11-21', 3);
    PRAGMA user_version = 3;
  `)
  db.close()
  const state = openState(path)
  const kept = (day: string) => Object.fromEntries(state.tokenUsage(day).map((one) => [one.key, one.tokens]))
  assert.deepEqual(kept('2026-11-21'), {
    'user:ada PRO': 42,
    'user:ada FREE': 1,
    'user:bob PRO': 9,
    'token:a3 FEW': 5,
    'token:gone PRO': 3,
  })
  assert.deepEqual(kept('2026-11-20'), { 'user:ada PRO': 7 })
  state.close()
})

test('requests of tokens count for their users after an update, each with its age, but for those with a tier', (t) => {
  const path = folder(t)
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec(`
    CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE,
      user TEXT NOT NULL, createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER, tier TEXT) STRICT;
    CREATE TABLE rate (key TEXT PRIMARY KEY, windowMs INTEGER NOT NULL, at INTEGER NOT NULL,
      slices TEXT NOT NULL) STRICT;
    INSERT INTO token VALUES ('a1', 'phone', 'e1', 'ada', 0, NULL, NULL, NULL),
      ('a2', 'desk', 'e2', 'ada', 0, NULL, NULL, NULL), ('a3', 'guest', 'e3', 'ada', 0, NULL, NULL, 'FEW'),
      ('a4', 'idle', 'e4', 'ada', 0, NULL, NULL, NULL), ('b1', 'bob', 'e5', 'bob', 0, NULL, NULL, NULL);
    INSERT INTO rate VALUES ('token:a1 PRO', 60000, 5000, '[[0,3],[100.5,2]]'),
      ('token:a2 PRO', 60000, 3000, '[[10,4]]'), ('token:a4 PRO', 9000, 2000, '[[0,50]]'),
      ('token:a3 FEW', 60000, 5000, '[[0,1]]'), ('token:b1 PRO', 60000, 5000, '[]'),
      ('uid:1000 PRO', 60000, 5000, '[[0,6]]');
    PRAGMA user_version = 4;
  `)
  db.close()
  const state = openState(path)
  const kept = Object.fromEntries(
    state
      .rates()
      .map(({ key, slices, ...rest }) => [key, { ...rest, slices: slices.sort(([a], [b]) => a - b) }]),
  )
  const of = (slices: number[][]) => ({ windowMs: 60_000, at: 5000, slices })
  assert.deepEqual(kept, {
    'user:ada PRO': of([
      [0, 3],
      [100.5, 2],
      [2010, 4],
    ]),
    'token:a3 FEW': of([[0, 1]]),
    'uid:1000 PRO': of([[0, 6]]),
  })
  state.close()
})

test('a token that ended has ended after a restart, whether or not the disk was full', (t) => {
  const path = folder(t)
  mkdirSync(join(path, 'disk'))
  const disk = join(path, 'disk')
  using mount = mountSmall(disk, 'tmpfs', ',size=512k')
  const before = openState(disk)
  const ids = ['a1', 'a2', 'a3']
  for (const id of ids) before.addToken({ ...TOKEN, id, name: id, hash: id })
  const fill = () => {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
      try {
        for (;;) appendFileSync(join(disk, 'filler'), 'x'.repeat(size), { flush: true })
      } catch {}
  }
  if (mount) {
    fill()
    assert.throws(() => before.addToken({ ...TOKEN, id: 'b', name: 'b', hash: 'b' }), /full/)
  } else t.diagnostic('this user may not mount, so the disk has room')
  before.endToken('a1', 'revoked')
  before.endToken('a2', 'expired')
  before.close()

  const state = (given: TokenRecord[]) => given.map(({ id, expired }) => `${id} ${expired}`)
  const whileFull = openState(disk)
  assert.deepEqual(state(whileFull.tokens()), ['a2 true', 'a3 false'])
  whileFull.close()
  rmSync(join(disk, 'filler'), { force: true })
  const after = openState(disk)
  assert.deepEqual(state(after.tokens()), ['a2 true', 'a3 false'])
  after.close()
  rmSync(join(disk, 'ended-tokens')) // the tables say it by now
  const later = openState(disk)
  assert.deepEqual(state(later.tokens()), ['a2 true', 'a3 false'])
  later.close()
})

test('the state of a later gateway is refused rather than spoilt', (t) => {
  const path = folder(t)
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec('PRAGMA user_version = 99')
  db.close()
  assert.throws(() => openState(path), /version 99.*update/)
})

import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { type Damage, openDatabase } from '../../host/database.ts'
import { mountSmall } from '../../host/testing/mount.ts'
import { EndedTokens } from './ended-tokens.ts'
import { openState } from './state.ts'
import { STEPS } from './steps.ts'
import { type TokenRecord, tokenStore } from './tokens.ts'

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

test('what is written is there after it was closed, for its owner alone', async (t) => {
  const path = folder(t)
  const rate = { key: 'a PRO', windowMs: 60_000, at: Date.now(), slices: [[0, 3]] as [number, number][] }
  const before = await openState(path)
  await before.tokens.add(TOKEN)
  await before.counts.saveRates([rate])
  await before.close()
  assert.equal(statSync(join(path, 'gateway.db')).mode & 0o777, 0o600)
  const after = await openState(path)
  assert.deepEqual(
    after.tokens.all().map((record) => ({ ...record })),
    [TOKEN],
  )
  assert.deepEqual(after.counts.rates(), [rate])
  await after.close()
})

test('the use of tokens is kept by caller and day, and dropped long after', async (t) => {
  const path = folder(t)
  const before = await openState(path)
  const use = (day: string, tokens: number) => ({ key: 'a PRO', day, tokens })
  await before.counts.saveTokenUsage([use('2026-11-01', 1)])
  await before.counts.saveTokenUsage([use('2026-11-20', 5)])
  await before.counts.saveTokenUsage([use('2026-11-21', 6)])
  await before.counts.saveTokenUsage([use('2026-11-21', 7)])
  await before.close()
  const after = await openState(path)
  const kept = (day: string) => after.counts.tokenUsage(day).map((record) => ({ ...record }))
  assert.deepEqual(kept('2026-11-21'), [use('2026-11-21', 7)])
  assert.deepEqual(kept('2026-11-20'), [use('2026-11-20', 5)])
  assert.deepEqual(kept('2026-11-01'), [])
  await after.close()
})

test('counts that are too old to matter are dropped', async (t) => {
  const state = await openState(folder(t))
  await state.counts.saveRates([{ key: 'old', windowMs: 1000, at: Date.now() - 2000, slices: [] }])
  assert.deepEqual(state.counts.rates(), [])
  await state.close()
})

test('a damaged database is put aside and reported, and no old token is valid', async (t) => {
  const path = folder(t)
  const before = await openState(path)
  await before.tokens.add(TOKEN)
  await before.tokens.add({ ...TOKEN, id: 'b1', name: 'old', hash: 'ee' })
  await before.tokens.end('b1', 'revoked')
  await before.close()
  writeFileSync(join(path, 'gateway.db'), 'x'.repeat(4096))
  const told: Damage[] = []
  const state = await openState(path, (damage) => told.push(damage))
  assert.deepEqual(state.tokens.all(), [])
  assert.equal(told.length, 1)
  assert.deepEqual(state.damagedFiles(), [told[0]?.aside])
  await state.tokens.add(TOKEN)
  await state.close()
  const later = await openState(path, () => assert.fail('it is whole'))
  assert.deepEqual(
    later.tokens.all().map(({ id }) => id),
    ['a1'],
  )
  assert.equal(later.damagedFiles().length, 1, 'until it is removed')
  await later.close()
})

test('a token that was revoked stays so where the log that said so is damaged', async (t) => {
  const path = folder(t)
  const before = await openState(path)
  await before.tokens.add(TOKEN)
  await before.close()
  const killed = await openState(path)
  await killed.tokens.end('a1', 'revoked')
  const [log, file, reserve] = ['gateway.db-wal', 'gateway.db', 'ended-tokens'].map((name) =>
    readFileSync(join(path, name)),
  )
  assert.ok(log && file && reserve)
  await killed.close()
  log.fill(0xff, 24, 64) // SQLite takes a log up to the first frame that is not whole
  const after = folder(t)
  for (const [name, bytes] of Object.entries({
    'gateway.db-wal': log,
    'gateway.db': file,
    'ended-tokens': reserve,
  }))
    writeFileSync(join(after, name), bytes)
  const state = await openState(after)
  assert.deepEqual(state.tokens.all(), [])
  await state.close()
})

test('a token of which the database says nothing that makes sense is not valid', async (t) => {
  const path = folder(t)
  const before = await openState(path)
  await before.tokens.add(TOKEN)
  await before.tokens.add({ ...TOKEN, id: 'b1', name: 'other', hash: 'ee' })
  await before.close()
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec(`UPDATE token SET tools = '["fs_*"' WHERE id = 'a1'`)
  db.close()
  const state = await openState(path)
  assert.deepEqual(
    state.tokens.all().map(({ id }) => id),
    ['b1'],
  )
  await state.close()
})

for (const version of [0, 1])
  test(`the state of a gateway without tiers is taken over (version ${version})`, async (t) => {
    const path = folder(t)
    const db = new DatabaseSync(join(path, 'gateway.db'))
    db.exec(`
      CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE,
        user TEXT NOT NULL, createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER) STRICT;
      INSERT INTO token VALUES ('old', 'phone', 'ee', 'ada', 0, NULL, NULL);
      PRAGMA user_version = ${version};
    `)
    db.close()
    const state = await openState(path)
    await state.tokens.add(TOKEN)
    await state.tokens.add({ ...TOKEN, id: 'other', hash: 'ab', name: 'phone', user: 'bob' })
    assert.deepEqual(
      state.tokens
        .all()
        .map(({ name, user, tier }) => `${name} ${user} ${tier}`)
        .sort(),
      ['desk ada PRO', 'phone ada null', 'phone bob PRO'],
    )
    await state.counts.saveRates([])
    await state.close()
  })

test('a token of before may use all tools after an update, and is asked about as before', async (t) => {
  const path = folder(t)
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec(`
    CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL,
      createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER, tier TEXT, UNIQUE (user, name)) STRICT;
    INSERT INTO token VALUES ('old', 'phone', 'ee', 'ada', 0, NULL, 7, 'PRO');
    PRAGMA user_version = 6;
  `)
  db.close()
  const state = await openState(path)
  await state.tokens.add(TOKEN)
  assert.deepEqual(state.tokens.all(), [
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
  await state.close()
})

test('what tokens used counts for their users after an update, all together, but for those with a tier', async (t) => {
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
  const state = await openState(path)
  const kept = (day: string) =>
    Object.fromEntries(state.counts.tokenUsage(day).map((one) => [one.key, one.tokens]))
  assert.deepEqual(kept('2026-11-21'), {
    'user:ada PRO': 42,
    'user:ada FREE': 1,
    'user:bob PRO': 9,
    'token:a3 FEW': 5,
    'token:gone PRO': 3,
  })
  assert.deepEqual(kept('2026-11-20'), { 'user:ada PRO': 7 })
  await state.close()
})

test('requests of tokens count for their users after an update, each with its age, but for those with a tier', async (t) => {
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
  const state = await openState(path)
  const kept = Object.fromEntries(
    state.counts
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
  await state.close()
})

test('a token that ended has ended after a restart, whether or not the disk was full', async (t) => {
  const path = folder(t)
  mkdirSync(join(path, 'disk'))
  const disk = join(path, 'disk')
  using mount = mountSmall(disk, 'tmpfs', ',size=512k')
  const before = await openState(disk)
  const ids = ['a1', 'a2', 'a3']
  for (const id of ids) await before.tokens.add({ ...TOKEN, id, name: id, hash: id })
  const fill = () => {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
      try {
        for (;;) appendFileSync(join(disk, 'filler'), 'x'.repeat(size), { flush: true })
      } catch {}
  }
  if (mount) {
    fill()
    await assert.rejects(before.tokens.add({ ...TOKEN, id: 'b', name: 'b', hash: 'b' }), /full/)
  } else t.diagnostic('this user may not mount, so the disk has room')
  await before.tokens.end('a1', 'revoked')
  await before.tokens.end('a2', 'expired')
  await before.close()

  const state = (given: TokenRecord[]) => given.map(({ id, expired }) => `${id} ${expired}`)
  const whileFull = await openState(disk)
  assert.deepEqual(state(whileFull.tokens.all()), ['a2 true', 'a3 false'])
  await whileFull.close()
  rmSync(join(disk, 'filler'), { force: true })
  const after = await openState(disk)
  assert.deepEqual(state(after.tokens.all()), ['a2 true', 'a3 false'])
  await after.close()
  rmSync(join(disk, 'ended-tokens')) // the tables say it by now
  const later = await openState(disk)
  assert.deepEqual(state(later.tokens.all()), ['a2 true', 'a3 false'])
  await later.close()
})

test('the state of a later gateway is refused rather than spoilt', async (t) => {
  const path = folder(t)
  const db = new DatabaseSync(join(path, 'gateway.db'))
  db.exec('PRAGMA user_version = 99')
  db.close()
  await assert.rejects(openState(path), /version 99.*update/)
})

test('a token that is revoked while its expiry is written down is revoked for good', async (t) => {
  const path = folder(t)
  const reserve = new EndedTokens(path)
  let revoked: Promise<void> | undefined
  const database = await openDatabase({ folder: path, name: 'gateway', steps: STEPS })
  const store = tokenStore(
    {
      ...database,
      all: (sql, ...values) => database.all(sql, ...values),
      run: () => Promise.reject(new Error('the disk is full')),
      transaction: (work) => database.transaction(work),
      async checkpoint() {
        await database.checkpoint()
        revoked = store.end('a1', 'revoked')
      },
    },
    reserve,
  )
  await store.add(TOKEN)
  await store.end('a1', 'expired')
  await store.settle()
  await revoked
  assert.deepEqual(reserve.all, [['a1', 'revoked']])
  assert.deepEqual(store.all(), [])
  reserve.close()
  await database.close()
})

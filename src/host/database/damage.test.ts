import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Damage, type Database, openDatabase } from '../database.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

const STEPS = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT']

const count = (db: Database) => db.get<{ n: number }>('SELECT count(*) AS n FROM note')?.n

function opened(folder: string, told: Damage[] = []) {
  return openDatabase({ folder, name: 'notes', steps: STEPS, onDamaged: (damage) => told.push(damage) })
}

/** A database of so many notes, and its bytes, closed. */
async function notes(folder: string, howMany = 200): Promise<string> {
  const db = await opened(folder)
  await db.transaction((writer) => {
    for (let i = 0; i < howMany; i++) writer.run('INSERT INTO note (text) VALUES (?)', `${i} `.repeat(50))
  })
  await db.close()
  return join(folder, 'notes.db')
}

const DAMAGES: Record<string, (path: string) => void> = {
  'whose header is garbage': (path) => writeFileSync(path, readFileSync(path).fill(0x5a, 0, 100)),
  'that is cut short': (path) => truncateSync(path, statSync(path).size - 5000),
  'that is cut to nothing': (path) => truncateSync(path, 0),
  'that is text': (path) => writeFileSync(path, 'Dear diary,\n'.repeat(100)),
  'with flipped bytes': (path) => {
    const bytes = readFileSync(path)
    const page = 4096
    for (let at = page * 2; at < page * 2 + 40; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
  },
  'whose version makes no sense': (path) => {
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = -5')
    db.close()
  },
  'of which only the log is there': (path) => {
    const bytes = readFileSync(path)
    execFileSync('mv', [path, `${path}-wal`])
    assert.ok(bytes.length > 0)
  },
}

for (const [kind, damage] of Object.entries(DAMAGES))
  test(`a database ${kind} is put aside as it is, told of, and begun anew`, async () => {
    using folder = temporaryDirectory()
    const path = await notes(folder.path)
    damage(path)
    const left = existsSync(path) ? readFileSync(path) : undefined
    const told: Damage[] = []
    const db = await opened(folder.path, told)
    assert.equal(told.length, 1)
    const [{ aside, why } = { aside: '', why: '' }] = told
    assert.match(aside, /notes\.db\.damaged-\d{8}T\d{6}Z$/)
    assert.notEqual(why, '')
    assert.deepEqual(db.damage, told[0])
    assert.deepEqual(db.damagedFiles(), [aside])
    if (left) assert.ok(readFileSync(aside).equals(left), 'it is there to be looked at')
    assert.equal(count(db), 0)
    await db.run('INSERT INTO note (text) VALUES (?)', 'new')
    await db.close()
    const again = await opened(folder.path, told)
    assert.deepEqual([count(again), told.length, again.damage], [1, 1, undefined])
    await again.close()
  })

test('whatever became of its bytes, a database opens, whole or begun anew, and is written and read', async () => {
  const STEP =
    'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT) STRICT; CREATE VIRTUAL TABLE word USING fts5(text)'
  const options = (folder: string) => ({ folder, name: 'notes', steps: [STEP] })
  using folder = temporaryDirectory()
  const before = await openDatabase(options(folder.path))
  await before.transaction((writer) => {
    for (let i = 0; i < 300; i++) {
      writer.run('INSERT INTO note (text) VALUES (?)', `${i} `.repeat(20))
      writer.run('INSERT INTO word VALUES (?)', `word${i} hello`)
    }
  })
  await before.checkpoint()
  await before.run('INSERT INTO note (text) VALUES (?)', 'in the log')
  const bytes = ['', '-wal'].map((suffix) => readFileSync(join(folder.path, `notes.db${suffix}`)))
  await before.close()
  // Past the version of the file: that of a later program is refused, and not put aside.
  const places = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
    maxLength: 20,
  })
  const change = (part: Buffer, changes: [number, number][]) => {
    const changed = Buffer.from(part)
    for (const [at, byte] of changed.length > 64 ? changes : [])
      changed[64 + Math.floor(at * (changed.length - 64))] = byte
    return changed
  }
  await fc.assert(
    fc.asyncProperty(
      places,
      places,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (inFile, inLog, kept) => {
        using damaged = temporaryDirectory()
        const [file, log] = bytes as [Buffer, Buffer]
        writeFileSync(
          join(damaged.path, 'notes.db'),
          change(file, inFile).subarray(0, Math.ceil(file.length * kept)),
        )
        writeFileSync(join(damaged.path, 'notes.db-wal'), change(log, inLog))
        const db = await openDatabase(options(damaged.path))
        db.all('SELECT * FROM note')
        await db.run('INSERT INTO note (text) VALUES (?)', 'new')
        assert.ok(db.get("SELECT 1 FROM note WHERE text = 'new'"))
        await db.close()
      },
    ),
    { numRuns: 40 },
  )
})

test('what is beside a damaged database goes with it, so that nothing of it gets into the new one', async () => {
  using folder = temporaryDirectory()
  const before = await opened(folder.path)
  await before.run('INSERT INTO note (text) VALUES (?)', 'in the log')
  using other = temporaryDirectory()
  for (const name of readdirSync(folder.path)) copyFileSync(join(folder.path, name), join(other.path, name))
  await before.close()
  writeFileSync(join(other.path, 'notes.db'), 'x'.repeat(8192))
  const told: Damage[] = []
  const db = await opened(other.path, told)
  assert.equal(count(db), 0)
  const aside = String(told[0]?.aside)
  assert.ok(statSync(`${aside}-wal`).size > 0)
  await db.close()
})

test('three damaged ones are kept, the latest, and never is the good one removed', async () => {
  using folder = temporaryDirectory()
  const kept: string[] = []
  for (let i = 0; i < 5; i++) {
    const path = await notes(folder.path, 10)
    writeFileSync(path, `garbage ${i}`)
    const told: Damage[] = []
    const db = await opened(folder.path, told)
    kept.push(String(told[0]?.aside))
    await db.run('INSERT INTO note (text) VALUES (?)', 'good')
    await db.close()
  }
  const db = await opened(folder.path)
  assert.equal(db.damagedFiles().length, 3)
  assert.ok(db.damagedFiles().includes(String(kept.at(-1))))
  assert.equal(count(db), 1)
  await db.close()
})

test('a damage that is met while the program runs is a sentence, and is looked at when it starts again', async () => {
  using folder = temporaryDirectory()
  // Too large to be checked at a start after a clean end.
  const path = await notes(folder.path, 60_000)
  const bytes = readFileSync(path)
  for (let at = 4096 * 20; at < bytes.length; at += 4096) bytes.fill(0xff, at, at + 60)
  writeFileSync(path, bytes)
  const told: Damage[] = []
  const db = await opened(folder.path, told)
  assert.equal(told.length, 0)
  assert.throws(() => db.all('SELECT * FROM note'), {
    problem: 'damaged',
    message: /notes\.db is damaged.*starts again/,
  })
  await db.close()
  const after = await opened(folder.path, told)
  assert.equal(told.length, 1)
  assert.equal(count(after), 0)
  await after.close()
})

test('a whole database is put aside by no version, lock or kind of file that is not its own', async () => {
  using folder = temporaryDirectory()
  const path = await notes(folder.path)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 7')
  db.close()
  await assert.rejects(opened(folder.path), {
    problem: 'later',
    message: /notes\.db is of version 7, and this program knows up to 1; update it/,
  })
  const first = await openDatabase({ folder: folder.path, name: 'other', steps: STEPS })
  await assert.rejects(openDatabase({ folder: folder.path, name: 'other', steps: STEPS }), {
    problem: 'busy',
    message: /other\.db is open in this program already/,
  })
  await first.close()
  for (const make of [
    (at: string) => mkdirSync(at),
    (at: string) => execFileSync('mkfifo', [at]),
    (at: string) => symlinkSync(path, at),
  ])
    for (const suffix of ['', '-wal', '-shm', '-journal', '.check']) {
      using odd = temporaryDirectory()
      if (suffix === '.check') copyFileSync(path, join(odd.path, 'notes.db'))
      make(join(odd.path, `notes.db${suffix}`))
      await assert.rejects(opened(odd.path), { name: 'UnusableFile', message: /is a (?:folder|pipe|link)/ })
      assert.ok(readdirSync(odd.path).every((name) => !name.includes('damaged')))
    }
  assert.ok(readdirSync(folder.path).every((name) => !name.includes('damaged')))
})

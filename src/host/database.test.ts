import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { ToolError } from '../protocol/define.ts'
import {
  type Database,
  type DatabaseOptions,
  MAX_VALUE_BYTES,
  openDatabase,
  type Writer,
} from './database.ts'
import { mountSmall } from './testing/mount.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

const STEPS = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT']
const ADD = 'INSERT INTO note (text) VALUES (?)'

const open = (folder: string, own: Partial<DatabaseOptions> = {}) =>
  openDatabase({
    folder,
    name: 'notes',
    steps: STEPS,
    onDamaged: () => assert.fail('it is whole'),
    ...own,
  })
const texts = (db: Database) =>
  db.all<{ text: string }>('SELECT text FROM note ORDER BY id').map(({ text }) => text)

test('what was written is there when it is opened again, for its owner alone', async () => {
  using folder = temporaryDirectory()
  const before = await open(folder.path)
  assert.deepEqual(await before.run(ADD, 'one'), { changes: 1, lastInsertRowid: 1 })
  for (const name of readdirSync(folder.path))
    assert.equal(statSync(join(folder.path, name)).mode & 0o777, 0o600, name)
  await before.close()
  assert.deepEqual(readdirSync(folder.path), ['notes.db'])
  chmodSync(join(folder.path, 'notes.db'), 0o644)
  const after = await open(folder.path)
  assert.deepEqual(texts(after), ['one'])
  assert.equal(statSync(join(folder.path, 'notes.db')).mode & 0o777, 0o600)
  await after.close()
})

test('writes happen in the order in which they are asked for', async () => {
  using folder = temporaryDirectory()
  const db = await open(folder.path)
  await Promise.all(Array.from({ length: 50 }, (_, i) => db.run(ADD, `${i}`)))
  assert.deepEqual(
    texts(db),
    Array.from({ length: 50 }, (_, i) => `${i}`),
  )
  await db.close()
})

test('each step runs once, those that are new when a later version opens it, and all or none of them', async () => {
  using folder = temporaryDirectory()
  const first = await open(folder.path)
  await first.run(ADD, 'one')
  await first.close()
  const more = [...STEPS, "ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"]
  await assert.rejects(open(folder.path, { steps: [...more, 'CREATE TABLE note (x)'] }), /already exists/)
  const second = await open(folder.path, { steps: more })
  assert.equal(second.get<{ colour: string }>('SELECT colour FROM note')?.colour, 'red')
  await second.close()
  await assert.rejects(open(folder.path), { problem: 'later', message: /update it/ })
})

test('a database that could not be made leaves nothing behind', async () => {
  using folder = temporaryDirectory()
  await assert.rejects(open(folder.path, { steps: [...STEPS, 'nonsense'] }), /syntax error/)
  assert.deepEqual(readdirSync(folder.path), [])
  await assert.rejects(open(join(folder.path, 'none')), { name: 'UnusableFile', message: /no folder/ })
})

test('a transaction does all or nothing, one within it too, and what it gave is of no use later', async () => {
  using folder = temporaryDirectory()
  const db = await open(folder.path)
  const wrong = new Error('wrong')
  const failing = db.transaction((writer) => {
    writer.run(ADD, 'lost')
    throw wrong
  })
  await assert.rejects(failing, wrong)
  let kept: Writer | undefined
  const result = await db.transaction((writer) => {
    kept = writer
    writer.run(ADD, 'one')
    assert.throws(
      () =>
        writer.nested((inner) => {
          inner.run(ADD, 'undone')
          inner.nested((deeper) => deeper.run(ADD, 'undone too'))
          throw wrong
        }),
      wrong,
    )
    assert.throws(() => writer.run(ADD, 'one'), /UNIQUE/)
    writer.nested((inner) => inner.run(ADD, 'two'))
    return writer.all('SELECT * FROM note').length
  })
  assert.equal(result, 2)
  assert.deepEqual(texts(db), ['one', 'two'])
  assert.throws(() => kept?.run(ADD, 'late'), /transaction is over/)
  await db.close()
})

test('what a transaction may not do is refused, and undoes it', async () => {
  using folder = temporaryDirectory()
  const db = await open(folder.path)
  const later = db.transaction(async (writer) => writer.run(ADD, 'a promise'))
  await assert.rejects(later, /gave a promise/)
  const outside: Promise<unknown>[] = []
  await db.transaction((writer) => {
    writer.run(ADD, 'within')
    outside.push(
      db.run(ADD, 'outside'),
      db.transaction((other) => other.run(ADD, 'another')),
    )
  })
  for (const refused of outside) await assert.rejects(refused, /within/)
  assert.deepEqual(texts(db), ['within'])
  await db.close()
})

test('a value that would not be read as it was written, is refused by its place, with what to store instead', async () => {
  using folder = temporaryDirectory()
  const db = await open(folder.path)
  const odd: [unknown, RegExp][] = [
    [12n, /BigInt/],
    [true, /1 or 0/],
    [undefined, /undefined/],
    [Number.NaN, /NaN/],
    [Number.POSITIVE_INFINITY, /Infinity/],
    [2 ** 60, /2\^53/],
    ['\ud800', /surrogate/],
    [new Date(), /of type object/],
    [{ text: 'x' }, /of type object/],
    [Symbol('x'), /of type symbol/],
    ['x'.repeat(MAX_VALUE_BYTES + 1), /more than the 64 MiB of one value \(database\.value\); keep/],
    [new Uint8Array(MAX_VALUE_BYTES + 1), /database\.value/],
  ]
  for (const [value, why] of odd) {
    const told = { problem: 'value', message: /^Value 1 can't be stored: / }
    await assert.rejects(db.run(ADD, value as string), told)
    await assert.rejects(db.run(ADD, value as string), why)
    assert.throws(() => db.get('SELECT ?', value as string), told)
  }
  const huge = db.run('INSERT INTO note (text) VALUES (zeroblob(1100000000))')
  await assert.rejects(huge, { problem: 'value', message: /too large; nothing was changed/ })
  assert.throws(() => db.get('SELECT 9007199254740993 AS n'), { problem: 'value', message: /2\^53/ })
  assert.deepEqual(texts(db), [])
  const blob = new Uint8Array([0, 1, 255])
  const row = db.get<Record<string, unknown>>(
    'SELECT ? AS a, ? AS b, ? AS c, ? AS d',
    'a\0ü',
    1.5,
    blob,
    null,
  )
  assert.deepEqual({ ...row }, { a: 'a\0ü', b: 1.5, c: blob, d: null })
  await db.close()
})

/** Takes all room of the disk that a folder is on. */
function fill(folder: string): void {
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
    try {
      for (;;) appendFileSync(join(folder, 'filler'), 'x'.repeat(size), { flush: true })
    } catch {}
}

test('on a full disk every write says so by its folder, changes nothing, and works once there is room', async (t: TestContext) => {
  using folder = temporaryDirectory()
  const disk = join(folder.path, 'disk')
  mkdirSync(disk)
  using mount = mountSmall(disk, 'tmpfs', ',size=1m')
  if (!mount) return t.skip('this user may not mount')
  const db = await open(disk)
  await db.run(ADD, 'before')
  fill(disk)
  const full = (error: Error) => {
    assert.ok(error instanceof ToolError)
    assert.deepEqual((error as { problem?: string }).problem, 'full')
    assert.match(error.message, /^The disk of \S+\/disk is full; nothing was changed\. Make room there/)
    return true
  }
  const large = 'x'.repeat(100_000)
  await assert.rejects(db.run(ADD, large), full)
  const several = db.transaction((writer) => {
    writer.run(ADD, 'small')
    try {
      writer.nested((inner) => inner.run(ADD, 'x'.repeat(4_000_000))) // more than SQLite holds in memory
    } catch {}
    writer.run(ADD, 'must not be there without the rest')
  })
  await assert.rejects(several, full)
  await assert.rejects(
    db.transaction((writer) => writer.run(ADD, large)),
    full,
  )
  for (let i = 0; i < 20; i++) await db.checkWritable().catch(() => {}) // what room the log still had
  await assert.rejects(db.checkWritable(), full)
  await assert.rejects(db.copyTo(join(disk, 'copy.db')), full)
  await assert.rejects(open(disk, { name: 'other' }), full)
  assert.deepEqual(texts(db), ['before'])
  await db.close()
  assert.deepEqual(
    readdirSync(disk).filter((name) => !name.startsWith('notes.db')),
    ['filler'],
  )
  const whileFull = await open(disk)
  assert.deepEqual(texts(whileFull), ['before'])
  rmSync(join(disk, 'filler'))
  await whileFull.run(ADD, large)
  assert.equal(texts(whileFull).length, 2)
  await whileFull.close()
})

test('what was acknowledged before a kill -9 is there after it, each time, and is no damage', async () => {
  using folder = temporaryDirectory()
  let acknowledged = 0
  for (let round = 1; round <= 12; round++) {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'database/fixtures/writer.ts'),
        folder.path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    child.stdout.on('data', (part: Buffer) => {
      said += part
      if (said.split('\n').length > round * 7) child.kill('SIGKILL')
    })
    await once(child, 'close')
    acknowledged = Number(said.split('\n').at(-2))
    const path = join(folder.path, 'notes.db')
    assert.ok(statSync(`${path}-wal`).size > 0, 'it was not closed')
    using copy = temporaryDirectory()
    for (const name of readdirSync(folder.path)) copyFileSync(join(folder.path, name), join(copy.path, name))
    const db = await open(copy.path)
    const { n, last } =
      db.get<{ n: number; last: number }>('SELECT count(*) AS n, max(id) AS last FROM note') ?? {}
    assert.equal(n, last, 'none is missing')
    assert.ok(last !== undefined && (last === acknowledged || last === acknowledged + 1))
    await db.close()
  }
})

test('of processes that open a database at once one has it, also where it is new, and the others say so', async () => {
  using folder = temporaryDirectory()
  const script = join(import.meta.dirname, 'database/fixtures/writer.ts')
  const children = Array.from({ length: 3 }, () => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder.path])
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        said += part
      })
    return { child, said: () => said, ended: once(child, 'close') }
  })
  const first = await Promise.any(
    children.map(async (one) => {
      await once(one.child.stdout, 'data')
      return one
    }),
  )
  for (const other of children.filter((one) => one !== first)) {
    await other.ended
    assert.match(other.said(), /notes\.db is in use by another process; nothing was changed/)
  }
  first.child.kill('SIGKILL')
  await first.ended
  const db = await open(folder.path)
  const acknowledged = first.said().split('\n').filter(Boolean).length
  assert.ok(texts(db).length >= acknowledged)
  await db.close()
  assert.deepEqual(readdirSync(folder.path), ['notes.db'])
})

test('a copy has all of it, made while it is written to, for its owner alone, and replaces what had its name', async () => {
  using folder = temporaryDirectory()
  const db = await open(folder.path)
  await db.transaction((writer) => {
    for (let i = 0; i < 2000; i++) writer.run(ADD, `${i} `.repeat(100))
  })
  const path = join(folder.path, 'copy.db')
  const copying = db.copyTo(path)
  for (let i = 0; i < 20; i++) await db.run(ADD, `meanwhile ${i}`)
  await copying
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const whole = () => {
    const copy = new DatabaseSync(path)
    const [row] = copy.prepare('PRAGMA integrity_check').all()
    const { n } = copy.prepare('SELECT count(*) AS n FROM note').get() as { n: number }
    copy.close()
    assert.deepEqual({ ...row }, { integrity_check: 'ok' })
    return n
  }
  assert.ok(whole() >= 2000)
  await db.run(ADD, 'more')
  const last = db.copyTo(path)
  await db.close()
  await last
  assert.equal(whole(), 2021)
  assert.deepEqual(readdirSync(folder.path).sort(), ['copy.db', 'notes.db'])
})

test('a database is not copied over itself, nor to where no file can be, and stays as it is', async () => {
  using folder = temporaryDirectory()
  const db = await open(folder.path)
  await db.run(ADD, 'one')
  await assert.rejects(db.copyTo(join(folder.path, 'notes.db')), /over itself/)
  mkdirSync(join(folder.path, 'folder'))
  await assert.rejects(db.copyTo(join(folder.path, 'folder')), { name: 'UnusableFile' })
  await assert.rejects(db.copyTo(join(folder.path, 'none/copy.db')), { problem: 'failed' })
  assert.deepEqual(texts(db), ['one'])
  await db.close()
  assert.deepEqual(readdirSync(folder.path).sort(), ['folder', 'notes.db'])
  assert.ok(readFileSync(join(folder.path, 'notes.db')).length > 0)
})

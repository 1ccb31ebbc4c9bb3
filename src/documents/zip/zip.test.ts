import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { unzipSync, type Zippable, zipSync } from 'fflate'
import { all } from '../testing/all.ts'
import { ZipProblem } from './problem.ts'
import { openZip } from './zip.ts'

const MOST_FILES = 100
const MOST_BYTES = 1024 * 1024
const NAME = 'the/file'
const LOCAL_HEADER = 30
const MOST_WRITTEN = 64 * 1024 * 1024
const read = (archive: Uint8Array, name = NAME) =>
  openZip(Buffer.from(archive), MOST_FILES).read(name, MOST_BYTES)
const replaced = (archive: Uint8Array, contents: Record<string, Uint8Array>) =>
  openZip(Buffer.from(archive), MOST_FILES).with(new Map(Object.entries(contents)))
const bytes = fc.uint8Array({ maxLength: 300 })
const archives = fc.record({
  content: bytes,
  others: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), bytes, { maxKeys: 5 }),
  first: fc.boolean(),
  level: fc.constantFrom(0 as const, 6 as const),
})

function archiveOf({
  content,
  others,
  first,
  level,
}: typeof archives extends fc.Arbitrary<infer A> ? A : never) {
  const packed: Zippable = first ? { [NAME]: content, ...others } : { ...others, [NAME]: content }
  return Buffer.from(zipSync(packed, { level }))
}

test('a file is read and replaced, and all others stay', () => {
  fc.assert(
    fc.property(archives, bytes, (archive, content) => {
      assert.ok(read(archiveOf(archive))?.equals(archive.content))
      const after = replaced(archiveOf(archive), { [NAME]: content })
      const { [NAME]: own, ...others } = unzipSync(after)
      assert.deepEqual([own, others], [content, { ...archive.others }])
      assert.ok(read(after)?.equals(content))
    }),
  )
})

test('any files are replaced at once, in any order', () => {
  fc.assert(
    fc.property(archives, fc.array(fc.tuple(fc.nat(), bytes)), (archive, chosen) => {
      const before = unzipSync(archiveOf(archive))
      const names = Object.keys(before)
      const changes = Object.fromEntries(chosen.map(([i, content]) => [names[i % names.length], content]))
      assert.deepEqual(unzipSync(replaced(archiveOf(archive), changes)), { ...before, ...changes })
    }),
  )
})

/** What Python's zipfile writes, which takes more options than fflate. */
function written(lines: string): Buffer {
  const script = `
import sys, zipfile, io
class Pipe(io.RawIOBase):
    def writable(self): return True
    def seekable(self): return False
    def write(self, data): return sys.stdout.buffer.write(data)
with zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED) as archive:
${lines.replace(/^/gm, '    ')}
`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { maxBuffer: MOST_WRITTEN })
  assert.equal(String(stderr), '')
  return stdout
}

/** As `written`, with a seekable file: sizes then stand before each file. */
function writtenWhole(lines: string): Buffer {
  const script = `
import sys, zipfile, io
target = io.BytesIO()
with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
${lines.replace(/^/gm, '    ')}
sys.stdout.buffer.write(target.getvalue())
`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { maxBuffer: MOST_WRITTEN })
  assert.equal(String(stderr), '')
  return stdout
}

test('an archive that was written as a stream, with sizes after each file, is taken', () => {
  const archive = written(`for name in ['a', '${NAME}', 'z']: archive.writestr(name, name * 100)`)
  assert.equal(String(read(archive)), NAME.repeat(100))
  const texts = Object.values(unzipSync(replaced(archive, { [NAME]: Buffer.from('new') })))
  assert.deepEqual(
    texts.map((bytes) => Buffer.from(bytes).toString()),
    ['a'.repeat(100), 'new', 'z'.repeat(100)],
  )
})

test('a file that is replaced is described before its content as in the directory, and not after it', () => {
  const archive = written(`for name in ['a', 'ü', 'z']: archive.writestr(name, name * 100)`)
  const after = replaced(archive, { ü: Buffer.from('new') })
  const central = recordOf(after, 1)
  const local = after.readUInt32LE(central + 42)
  const shared = [
    ...[after.readUInt16LE(local + 6), after.readUInt16LE(local + 8), after.readUInt32LE(local + 14)],
    ...[after.readUInt32LE(local + 18), after.readUInt32LE(local + 22), after.readUInt16LE(local + 26)],
  ]
  assert.deepEqual(shared, [0x800, 8, crc32('new'), deflateRawSync('new').length, 3, 2])
  assert.equal(after.readUInt16LE(local + 28), 0, 'no extra fields')
  assert.deepEqual(shared, [
    ...[after.readUInt16LE(central + 8), after.readUInt16LE(central + 10), after.readUInt32LE(central + 16)],
    ...[after.readUInt32LE(central + 20), after.readUInt32LE(central + 24), after.readUInt16LE(central + 28)],
  ])
})

test('extra fields, comments, and a directory in another order than the files are no hindrance, and stay', () => {
  const archive = writtenWhole(`
for name in ['a', '${NAME}', 'z']:
    info = zipfile.ZipInfo(name)
    info.extra = b'\\x99\\x99\\x03\\x00abc'
    info.comment = name.encode() * 7
    archive.writestr(info, name * 100)
archive.comment = b'of all'
archive.filelist.reverse()`)
  for (const name of ['a', NAME, 'z']) assert.equal(String(read(archive, name)), name.repeat(100))
  const after = replaced(archive, { [NAME]: Buffer.from('new'), a: Buffer.from('x') })
  for (const [name, text] of Object.entries({ a: 'x', [NAME]: 'new', z: 'z'.repeat(100) }))
    assert.equal(String(read(after, name)), text)
  assert.equal(after.toString('latin1').split(NAME.repeat(7)).length, 2)
  assert.ok(after.toString('latin1').endsWith('of all'))
})

/** Where the record of the directory is that stands at this place in it. */
function recordOf(archive: Buffer, place: number): number {
  let at = archive.readUInt32LE(archive.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16)
  for (let i = 0; i < place; i++) at += 46 + archive.readUInt16LE(at + 28)
  return at
}
const two = (level: 0 | 6 = 6) =>
  Buffer.from(zipSync({ [NAME]: Buffer.from('one'.repeat(9)), other: Buffer.from('two') }, { level }))
/** An archive of two files with bytes of its own in the record of one of them. */
function changed(place: number, change: (archive: Buffer, record: number) => void, level?: 0 | 6): Buffer {
  const archive = two(level)
  change(archive, recordOf(archive, place))
  return archive
}
const problem = (message: RegExp) => ({ name: 'ZipProblem', message })

test('as many files are taken as may be, and not one more', () => {
  assert.ok(openZip(two(), 2).read(NAME, MOST_BYTES))
  assert.throws(() => openZip(two(), 1), problem(/^it has 2 parts, of which 1 are the most$/))
})

test('a file unpacks to as many bytes as may be, and not one more, packed or not', () => {
  for (const level of [0, 6] as const) {
    const zip = openZip(two(level), MOST_FILES)
    assert.equal(zip.read(NAME, 27)?.length, 27)
    assert.throws(() => zip.read(NAME, 26), problem(/^its the\/file unpacks to more than 26 bytes$/))
  }
})

test('a file whose bytes are not those that were packed is damaged', () => {
  for (const level of [0, 6] as const) {
    const archive = two(level)
    archive.fill(0xff, 30 + NAME.length, 30 + NAME.length + 2)
    assert.throws(() => read(archive), problem(/^its the\/file is damaged$/))
    assert.equal(String(read(archive, 'other')), 'two')
  }
  const wrongSum = changed(0, (archive, record) => archive.writeUInt32LE(1, record + 16))
  assert.throws(() => read(wrongSum), problem(/^its the\/file is damaged$/))
})

test('an archive is found whatever comment ends it, or whether it holds anything', () => {
  for (const comment of ['', 'x', `PK\x05\x06${'\0'.repeat(30)}`, 'x'.repeat(0xffff)]) {
    const archive = Buffer.concat([two(), Buffer.from(comment, 'latin1')])
    archive.writeUInt16LE(comment.length, archive.length - comment.length - 2)
    assert.equal(String(read(archive, 'other')), 'two', `${comment.length} bytes`)
    assert.equal(String(read(replaced(archive, { other: Buffer.from('new') }), 'other')), 'new')
  }
  assert.equal(read(zipSync({})), undefined)
  assert.throws(() => read(Buffer.alloc(0)), problem(/^it is no zip archive, or a broken one$/))
})

test('an empty file without a name is a file as any other', () => {
  const archive = writtenWhole(`archive.writestr(zipfile.ZipInfo(''), '')`)
  assert.equal(read(archive, '')?.length, 0)
})

test('what is done to an archive otherwise than zip says is named as what it is', () => {
  const encrypted = changed(0, (archive, record) => archive.writeUInt16LE(1, record + 8))
  assert.throws(() => read(encrypted), problem(/^it is encrypted: save it without a password$/))
  const packed = changed(0, (archive, record) => archive.writeUInt16LE(12, record + 10))
  assert.throws(() => read(packed), problem(/^its the\/file is packed in a way that is not known here$/))
})

describe('an archive of zip64', () => {
  /** Everything is too large for its field where nothing may be large. */
  const ALL = 'zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 0\n'
  const THREE = `for name in ['a', '${NAME}', 'z']: archive.writestr(name, name * 100)`
  const LOCATOR = 22 + 20

  test('is read, also one that was written as a stream, and one of more files than its fields can count', () => {
    for (const archive of [written(ALL + THREE), writtenWhole(ALL + THREE)])
      for (const name of ['a', NAME, 'z']) assert.equal(String(read(archive, name)), name.repeat(100))
    const many = writtenWhole(`for i in range(65536): archive.writestr(str(i), str(i))`)
    assert.equal(String(openZip(many, 65_536).read('65535', MOST_BYTES)), '65535')
    assert.throws(() => openZip(many, 65_535), problem(/^it has 65536 parts, of which 65535 are the most$/))
  })

  test('is not changed', () => {
    for (const archive of [written(ALL + THREE), writtenWhole(ALL + THREE)])
      assert.throws(() => replaced(archive, { a: Buffer.from('new') }), {
        ...problem(/^it is a zip64 archive, which is read and not changed/),
        kind: 'unsupported',
      })
  })

  test('is broken where its records are not where it says, or lack what they should have', () => {
    const archive = writtenWhole(ALL + THREE)
    // Python writes the place of the directory there, too.
    archive.fill(0xff, archive.length - 22 + 16, archive.length - 22 + 20)
    assert.equal(String(read(archive)), NAME.repeat(100))
    const central = archive.indexOf('PK\x01\x02', archive.indexOf('PK\x01\x02') + 1)
    const broken = (change: (archive: Buffer) => void) => {
      const other = Buffer.from(archive)
      change(other)
      assert.throws(() => read(other), problem(/broken/))
    }
    for (const at of [0n, BigInt(archive.length), 2n ** 64n - 1n])
      broken((other) => other.writeBigUInt64LE(at, other.length - LOCATOR + 8))
    broken((other) => other.writeUInt32LE(0, other.length - LOCATOR))
    broken((other) => other.writeBigUInt64LE(2n ** 60n, other.length - LOCATOR - 56 + 48))
    const extra = central + 46 + NAME.length
    broken((other) => other.writeUInt16LE(2, extra))
    broken((other) => other.writeUInt16LE(8, extra + 2))
    for (const field of [1, 2]) broken((other) => other.writeBigUInt64LE(2n ** 63n, extra + 4 + field * 8))
  })
})

test('a name of an archive is told in messages only as far as people can read it', () => {
  const name = `the\x1b[31m\n\u202e${'x'.repeat(60_000)}`
  const archive = Buffer.from(zipSync({ [name]: Buffer.from('text') }, { level: 0 }))
  archive.writeUInt32LE(1, archive.lastIndexOf('PK\x01\x02') + 16)
  assert.throws(() => read(archive, name), problem(/^its the \[31m x{1,100} is damaged$/))
})

test('a name that is there twice, and content that is there for two, are neither read nor replaced', () => {
  const twice = Buffer.from(zipSync({ [NAME]: Buffer.from('1'), 'the/filf': Buffer.from('2') }))
  twice.write(NAME, recordOf(twice, 1) + 46)
  const shared = changed(1, (archive, record) => archive.writeUInt32LE(0, record + 42))
  for (const [archive, name, message] of [
    [twice, NAME, /^it has the\/file 2 times$/],
    [shared, NAME, /^it is no zip archive, or a broken one$/],
    [shared, 'other', /^it is no zip archive, or a broken one$/],
  ] as const) {
    assert.throws(() => read(archive, name), problem(message))
    assert.throws(() => replaced(archive, { [name]: Buffer.from('new') }), problem(message))
  }
})

test('content that would reach into what comes after it, or lies outside of all content, is none', () => {
  const [size, offset] = [two().length, 42]
  const reaching = changed(1, (archive, record) => {
    archive.writeUInt32LE(archive.readUInt32LE(record + 20) + 1, record + 20)
  })
  const directory = two().readUInt32LE(size - 22 + 16)
  assert.throws(() => read(reaching, 'other'), problem(/broken/))
  for (const at of [directory, directory + 1, size - 4, size - 1, 0xffffffff]) {
    const outside = changed(1, (archive, record) => archive.writeUInt32LE(at, record + offset))
    assert.throws(() => read(outside, 'other'), problem(/broken/), `at ${at}`)
    assert.throws(() => replaced(outside, { [NAME]: Buffer.from('new') }), problem(/broken/), `at ${at}`)
  }
  const torn = two()
  torn.writeUInt16LE(3, size - 22 + 10)
  assert.throws(() => read(torn), problem(/broken/))
  const longName = changed(1, (archive, record) => archive.writeUInt16LE(0xff, record + 28))
  assert.throws(() => read(longName), problem(/broken/))
})

test('whatever is wrong with an archive is a ZipProblem, and nothing else is thrown', () => {
  fc.assert(
    fc.property(
      archives,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (archive, damage) => {
        const broken = archiveOf(archive)
        for (const [at, byte] of damage) broken[at % broken.length] = byte
        try {
          read(broken)
          replaced(broken, { [NAME]: Buffer.from('new') })
        } catch (error) {
          assert.ok(error instanceof ZipProblem, String(error))
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('what is not there is undefined', () => {
  assert.equal(read(zipSync({ a: new Uint8Array() })), undefined)
})

describe('a file in pieces', () => {
  const streamed = async (archive: Uint8Array, most = MOST_BYTES) => {
    const pieces = openZip(Buffer.from(archive), MOST_FILES).stream(NAME, most)
    return pieces && Buffer.concat(await all(pieces))
  }

  test('is the same as the whole', async () => {
    await fc.assert(
      fc.asyncProperty(archives, async (archive) => {
        assert.ok((await streamed(archiveOf(archive)))?.equals(archive.content))
      }),
    )
    assert.equal(await streamed(zipSync({ other: new Uint8Array(3) })), undefined)
    const long = Buffer.alloc(MOST_BYTES, 'a long text, ')
    assert.ok((await streamed(zipSync({ [NAME]: long })))?.equals(long))
  })

  test('is no longer than it may be, however much it unpacks to', async () => {
    const bomb = zipSync({ [NAME]: new Uint8Array(64 * 1024 * 1024) })
    let size = 0
    const read = async () => {
      for await (const piece of openZip(Buffer.from(bomb), MOST_FILES).stream(NAME, MOST_BYTES) ?? [])
        size += piece.length
    }
    await assert.rejects(read, { name: 'ZipProblem', kind: 'too large' })
    assert.ok(size <= MOST_BYTES)
  })

  test('that is damaged says so', async () => {
    for (const level of [0, 6] as const) {
      const archive = zipSync({ [NAME]: Buffer.from('a text that is long enough to be packed') }, { level })
      const at = LOCAL_HEADER + NAME.length + 5
      archive[at] = (archive[at] ?? 0) ^ 0xff
      await assert.rejects(streamed(archive), { name: 'ZipProblem', message: 'its the/file is damaged' })
    }
  })
})

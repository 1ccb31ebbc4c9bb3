import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { unzipSync, type Zippable, zipSync } from 'fflate'
import { openZip, ZipProblem } from './zip.ts'

const MOST_FILES = 100
const MOST_BYTES = 1024 * 1024
const NAME = 'the/file'
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

test('an archive that was written as a stream, with sizes after each file, is taken', () => {
  const script = `
import sys, zipfile, io
class Pipe(io.RawIOBase):
    def writable(self): return True
    def seekable(self): return False
    def write(self, data): return sys.stdout.buffer.write(data)
with zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED) as archive:
    for name in ['a', '${NAME}', 'z']: archive.writestr(name, name * 100)
`
  const { stdout, stderr } = spawnSync('python3', ['-c', script])
  assert.equal(String(stderr), '')
  assert.equal(String(read(stdout)), NAME.repeat(100))
  assert.deepEqual(
    Object.values(unzipSync(replaced(stdout, { [NAME]: Buffer.from('new') }))).map(String),
    [Buffer.from('a'.repeat(100)), Buffer.from('new'), Buffer.from('z'.repeat(100))].map((part) =>
      String(new Uint8Array(part)),
    ),
  )
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

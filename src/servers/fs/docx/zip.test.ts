import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { unzipSync, type Zippable, zipSync } from 'fflate'
import { findZipped, ZipProblem } from './zip.ts'

const LIMITS = { files: 100, bytes: 1024 * 1024 }
const NAME = 'the/file'
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
      const file = findZipped(archiveOf(archive), NAME, LIMITS)
      assert.ok(file && Buffer.from(archive.content).equals(file.content))
      const replaced = file.replacedBy(content)
      const { [NAME]: own, ...others } = unzipSync(replaced)
      assert.deepEqual([own, others], [content, { ...archive.others }])
      assert.ok(findZipped(replaced, NAME, LIMITS)?.content.equals(content))
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
  const file = findZipped(stdout, NAME, LIMITS)
  assert.equal(String(file?.content), NAME.repeat(100))
  const replaced = unzipSync(file?.replacedBy(Buffer.from('new')) as Buffer)
  assert.deepEqual(
    Object.values(replaced).map(String),
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
          findZipped(broken, NAME, LIMITS)?.replacedBy(Buffer.from('new'))
        } catch (error) {
          assert.ok(error instanceof ZipProblem, String(error))
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('what is not there is undefined', () => {
  assert.equal(findZipped(Buffer.from(zipSync({ a: new Uint8Array() })), NAME, LIMITS), undefined)
})

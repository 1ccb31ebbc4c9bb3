/** Documents whose archive was made to do harm, or is damaged: what holds for one format holds for all that are packages. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { archiveOf, type Entry } from '../zip/testing/archive.ts'
import { MAX_PARTS } from './package.ts'
import { outcomeOf } from './testing/outcome.ts'
import { entriesOf, packed, SAMPLES, type Sample } from './testing/samples.ts'

const LOCAL_HEADER = 30
const EMPTY = { packed: Buffer.from([3, 0]), crc: 0, size: 0 }
const BROKEN = 'damaged: it is no zip archive, or a broken one.'
const read = (bytes: Buffer, { format }: Sample) => outcomeOf(bytes, { name: `a.${format}` })
/** The sample with one of its entries described otherwise. */
const described = (sample: Sample, part: string, otherwise: Partial<Entry>): Buffer =>
  archiveOf(entriesOf(sample).map((entry) => (entry.name === part ? { ...entry, ...otherwise } : entry)))

/** What Python's zipfile writes; a pipe can't be gone back in, as where other programs write as they go. */
function byPython({ files }: Sample, target: string): Buffer {
  const script = `
import io, json, sys, zipfile
class Pipe(io.RawIOBase):
    written = b''
    def writable(self): return True
    def seekable(self): return False
    def write(self, data): self.written += bytes(data); return len(data)
    def getvalue(self): return self.written
# Everything is too large for its field where nothing may be large.
zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 0
target = ${target}
with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
    for name, content in json.load(sys.stdin).items():
        with archive.open(name, 'w', force_zip64=True) as file: file.write(content.encode())
sys.stdout.buffer.write(target.getvalue())
`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: JSON.stringify(files) })
  assert.equal(String(stderr), '')
  return stdout
}

for (const sample of SAMPLES) {
  const { format, text, index, lines } = sample
  const isReadAs = async (bytes: Buffer) => assert.deepEqual(await read(bytes, sample), { lines })
  const refused = async (bytes: Buffer) => {
    const { problem } = await read(bytes, sample)
    assert.ok(problem, 'it was read')
    return problem
  }

  describe(`the archive of ${format}`, () => {
    test('is read, so that what follows differs in one respect', () => isReadAs(packed(sample)))

    test('has an archive within it: that stays closed', async () => {
      await isReadAs(
        packed(sample, { 'embedded/a.zip': packed(sample), [`embedded/a.${format}`]: packed(sample) }),
      )
      const within = archiveOf([{ name: `a.${format}`, content: packed(sample) }])
      const { lines, problem } = await read(within, sample)
      assert.deepEqual(lines, [])
      assert.match(problem ?? '', /^damaged: /)
    })

    test('has contents that overlap', async () => {
      const bytes = packed(sample)
      const placeOf = (name: string) => bytes.indexOf(name) - LOCAL_HEADER
      const other = Object.keys(sample.files).find((name) => name !== text) ?? ''
      for (const offset of [placeOf(other), placeOf(text) - 1, placeOf(text) + 1, bytes.length, 0xfffffffe])
        assert.equal(await refused(described(sample, text, { offset })), BROKEN)
      for (const packedSize of [bytes.length, 0x7fffffff])
        assert.equal(await refused(described(sample, text, { packedSize })), BROKEN)
    })

    test('has names that lead out of it, or are none', async () => {
      const names = [
        '../../../etc/passwd',
        '/etc/passwd',
        '..\\..\\boot.ini',
        'C:\\boot.ini',
        '..',
        '/',
        '',
        'a\0b',
      ]
      const odd = [...names, '__proto__', 'constructor', 'x'.repeat(60_000), '\ud800', '\x1b[31m']
      await isReadAs(packed(sample, Object.fromEntries(odd.map((name) => [name, '<secret>']))))
    })

    test('has a name twice', async () => {
      const bytes = archiveOf([...entriesOf(sample), { name: text, content: 'other' }])
      assert.match(await refused(bytes), new RegExp(`^damaged: it has ${text} 2 times`))
    })

    test('has 100 000 files, or says that it has', async () => {
      const many = Array.from({ length: 100_000 }, (_, i) => ({ name: `${i}`, content: EMPTY }))
      assert.match(await refused(archiveOf([...entriesOf(sample), ...many])), /^too large: it has \d+ parts/)
      assert.equal(await refused(archiveOf(entriesOf(sample), { count: MAX_PARTS })), BROKEN)
      assert.match(
        await refused(archiveOf(entriesOf(sample), { count: 60_000 })),
        /^too large: it has 60000 parts/,
      )
    })

    test('is cut off anywhere, or empty', async () => {
      const bytes = packed(sample)
      for (let end = 4; end < bytes.length; end += 41)
        assert.equal(await refused(bytes.subarray(0, end)), BROKEN)
      assert.equal(await refused(bytes.subarray(0, -1)), BROKEN)
      assert.equal(await refused(Buffer.alloc(0)), 'damaged: it is empty.')
    })

    test('has packed bytes or checksums that are wrong', async () => {
      for (const part of new Set([text, index])) {
        const message = `damaged: its ${part} is damaged.`
        const content = { packed: Buffer.alloc(99, 0xff), crc: 0, size: 99 }
        assert.equal(await refused(packed(sample, { [part]: content })), message)
        assert.equal(await refused(described(sample, part, { crc: 7 })), message)
        assert.equal(await refused(described(sample, part, { packedSize: 20 })), message)
        assert.match(
          await refused(described(sample, part, { method: 14 })),
          /^unsupported: .*is packed in a way/,
        )
      }
    })

    test('says other sizes than are true: what is there counts', async () => {
      for (const unpackedSize of [0, 1, 0xfffffffe]) await isReadAs(described(sample, text, { unpackedSize }))
    })

    test('is encrypted: it says so, and what to do', async () => {
      const bytes = archiveOf(entriesOf(sample).map((entry) => ({ ...entry, flags: 1 })))
      assert.equal(await refused(bytes), 'encrypted: it is encrypted: save it without a password.')
    })

    test('is one of zip64, also one that was written as a stream: it is read', async () => {
      for (const target of ['io.BytesIO()', 'Pipe()']) await isReadAs(byPython(sample, target))
    })
  })
}

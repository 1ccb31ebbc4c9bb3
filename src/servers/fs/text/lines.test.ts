import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OpenFile } from '../files.ts'
import { headBytes, lineBytes, tailBytes, textRange } from './lines.ts'

/** A file in memory that counts what is read of it. */
function fileOf(content: string | Buffer): OpenFile & { bytesRead: number } {
  const bytes = Buffer.from(content)
  const file = {
    size: bytes.length,
    bytesRead: 0,
    async read(position: number, length: number) {
      const part = bytes.subarray(position, position + length)
      file.bytesRead += part.length
      return part
    },
    stamp: () => Promise.reject(new Error('It is on no disk.')),
    async [Symbol.asyncDispose]() {},
  }
  return file
}

const head = async (content: string, lines: number) => String(await headBytes(fileOf(content), lines))
const tail = async (content: string, lines: number) => String(await tailBytes(fileOf(content), lines))

test('head and tail give whole lines without the last line break', async () => {
  for (const text of ['a\nb\nc\n', 'a\nb\nc']) {
    assert.equal(await head(text, 2), 'a\nb')
    assert.equal(await tail(text, 2), 'b\nc')
    assert.equal(await head(text, 3), 'a\nb\nc')
    assert.equal(await tail(text, 9), 'a\nb\nc')
  }
  assert.equal(await tail('', 3), '')
  assert.equal(await head('', 3), '')
  assert.equal(await tail('a\n\n', 1), '')
})

test('a line break of Windows leaves nothing of itself', async () => {
  for (const text of ['a\r\nb\r\nc\r\n', 'a\r\nb\r\nc']) {
    assert.equal(await head(text, 2), 'a\r\nb')
    assert.equal(await head(text, 9), 'a\r\nb\r\nc')
    assert.equal(await tail(text, 2), 'b\r\nc')
  }
  const long = 'x'.repeat(64 * 1024 - 1)
  assert.equal(await head(`${long}\r\nb`, 1), long)
  assert.equal(await tail(`${long}\r\n`, 1), long)
  assert.equal(await tail('a\r', 1), 'a\r')
})

test('head and tail agree with splitting at line breaks, whatever the text', async () => {
  const text = fc
    .array(fc.constantFrom('\n', 'a', 'é', '\r\n', 'x'.repeat(40_000)))
    .map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 8 }), async (text, count) => {
      const lines = text.replace(/\n$/, '').split('\n')
      const endsWithBreak = text.endsWith('\n')
      const plain = (part: string[], ended: boolean) =>
        ended ? part.join('\n').replace(/\r$/, '') : part.join('\n')
      assert.equal(
        await head(text, count),
        plain(lines.slice(0, count), endsWithBreak || lines.length > count),
      )
      assert.equal(await tail(text, count), plain(lines.slice(-count), endsWithBreak))
    }),
  )
})

test('of a large file only what is needed is read', async () => {
  const file = fileOf('line\n'.repeat(1_000_000))
  await headBytes(file, 10)
  await tailBytes(file, 10)
  assert.ok(file.bytesRead < 200_000, String(file.bytesRead))
})

test('lines that are too many for a reply are not gathered', async () => {
  const file = fileOf(Buffer.alloc(20_000_000, 'x'))
  assert.equal(await headBytes(file, 1), undefined)
  assert.equal(await tailBytes(file, 1), undefined)
  assert.ok(file.bytesRead < 10_000_000)
})

test('ranges one after the other give the whole text and never split a character', async () => {
  const text = fc
    .array(fc.constantFrom('a', 'é', '日', '😀', '\n'), { maxLength: 60 })
    .map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 4, max: 20 }), async (text, length) => {
      let together = ''
      for (let offset: number | undefined = 0; offset !== undefined; ) {
        const { bytes, next }: { bytes: Buffer; next: number | undefined } = await textRange(
          fileOf(text),
          offset,
          length,
        )
        const part = bytes.toString()
        assert.ok(!part.includes('\ufffd') && bytes.length <= length)
        together += part
        offset = next
      }
      assert.equal(together, text)
    }),
  )
})

test('a range that begins within a character begins after it', async () => {
  const { bytes, start } = await textRange(fileOf('😀ab'), 1, 10)
  assert.deepEqual([bytes.toString(), start], ['ab', 4])
})

test('a range behind the end is empty', async () => {
  const { bytes, next } = await textRange(fileOf('ab'), 5, 10)
  assert.deepEqual([bytes.length, next], [0, undefined])
})

test('lines are those that a text has, wherever the pieces are cut that it is read in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('', 'a', 'bé', '\r', 'x'.repeat(40_000)), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 14 }),
      fc.nat({ max: 5 }),
      async (all, isEnded, first, more) => {
        const text = all.join('\n') + (isEnded ? '\n' : '')
        const lines = text.split('\n')
        if (lines.length > 1 && lines.at(-1) === '') lines.pop()
        const found = await lineBytes(fileOf(text), first, first + more)
        const wanted = lines.slice(first - 1, first + more).join('\n')
        const isLast = first + more >= lines.length
        if (first <= lines.length)
          assert.equal(
            found.bytes?.toString(),
            isLast && !text.endsWith('\n') ? wanted : wanted.replace(/\r$/, ''),
          )
        else assert.equal(found.lines, lines.length)
      },
    ),
  )
})

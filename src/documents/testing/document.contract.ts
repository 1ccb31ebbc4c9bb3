/** What holds for every format; each format's tests run it with files of theirs. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Block, type Document, DocumentProblem, type PartKind } from '../document.ts'
import type { Format } from '../formats.ts'
import { openDocument } from '../read.ts'
import { isOfText } from '../sniff.ts'
import { plainText, rowText } from '../text.ts'
import { all } from './all.ts'

export interface Example {
  /** Of a file, whose extension is that of its format. */
  name: string
  bytes: Buffer
  format: Format
  /** Where it has parts. */
  parts?: { kind: PartKind; count: number }
  /** What its text has somewhere. */
  says: string
}

export function documentContract(examples: readonly Example[]): void {
  for (const example of examples)
    describe(`the contract of documents holds for ${example.name}`, () => holds(example))
}

function holds({ name, bytes, format, parts, says }: Example): void {
  const open = (of: Buffer, options = {}) => openDocument(of, { name, ...options })

  test('it is told by its bytes where its name says something else', async () => {
    const document = await openDocument(bytes, { name: isOfText(format) ? name : 'wrong.txt' })
    assert.equal(document.format, format)
  })

  test('it has blocks in order, each well-formed and within its parts', async () => {
    const document = await open(bytes)
    assert.equal(document.parts?.kind, parts?.kind)
    assert.equal(document.parts?.count, parts?.count)
    const { names } = document.parts ?? {}
    if (names) assert.equal(names.length, parts?.count)
    const blocks = await all(document.blocks())
    assert.ok(
      blocks.some(({ text }) => text.includes(says)),
      `nothing says ${JSON.stringify(says)}`,
    )
    looksRight(document, blocks)
  })

  test('it is the same each time, also twice from one document', async () => {
    const document = await open(bytes)
    const first = await all(document.blocks())
    assert.deepEqual(await all(document.blocks()), first)
    assert.deepEqual(await all((await open(Buffer.from(bytes))).blocks()), first)
  })

  if (parts)
    test('one part, or some, are these alone', async () => {
      const whole = await all((await open(bytes)).blocks())
      const ranges = [
        { first: 1, last: 1 },
        { first: parts.count, last: parts.count },
        { first: 1, last: parts.count },
        { first: Math.min(2, parts.count), last: Math.min(3, parts.count) },
      ]
      for (const range of ranges)
        assert.deepEqual(
          (await all((await open(bytes, { parts: range })).blocks())).filter(({ kind }) => kind !== 'remark'),
          whole.filter(
            ({ kind, place: { part = 0 } }) => kind !== 'remark' && part >= range.first && part <= range.last,
          ),
          JSON.stringify(range),
        )
    })

  test('its reading ends with the signal', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    await assert.rejects(open(bytes, { signal }), /stopped/)
    const stopping = new AbortController()
    const document = await open(bytes, { signal: stopping.signal })
    stopping.abort(new Error('stopped'))
    await assert.rejects(all(document.blocks()), /stopped/)
  })

  test('cut off, or with other bytes in it, it is read or refused', { timeout: 120_000 }, async () => {
    const damaged = fc.oneof(
      fc.nat({ max: bytes.length }).map((end) => bytes.subarray(0, end)),
      fc
        .array(fc.tuple(fc.nat({ max: Math.max(0, bytes.length - 1) }), fc.nat({ max: 255 })), {
          minLength: 1,
          maxLength: 20,
        })
        .map((changes) => {
          const changed = Buffer.from(bytes)
          for (const [at, byte] of changes) changed[at] = byte
          return changed
        }),
    )
    await fc.assert(
      fc.asyncProperty(damaged, async (of) => {
        try {
          const document = await open(of)
          looksRight(document, await all(document.blocks()))
        } catch (error) {
          if (!(error instanceof DocumentProblem)) throw error
          assert.match(error.message, /^".*" can't be read: .*\.$/s)
        }
      }),
      { numRuns: 60, examples: [[Buffer.alloc(0)], [bytes.subarray(0, bytes.length - 1)]] },
    )
  })
}

/** What holds for the blocks of any document, also of one that ends too early. */
export function looksRight({ title, parts, language }: Document, blocks: readonly Block[]): void {
  if (title !== undefined) assert.ok(title !== '' && title === plainText(title))
  if (language !== undefined) assert.match(language, /^[a-z]{2}$/)
  let last = 0
  for (const block of blocks) {
    const { kind, text, cells, level, place } = block
    assert.notEqual(text.trim(), '', JSON.stringify(block))
    assert.equal(text, plainText(text), JSON.stringify(block))
    assert.equal(kind === 'row', cells !== undefined, JSON.stringify(block))
    if (cells) assert.equal(text, rowText(cells))
    if (kind === 'heading') assert.ok(Number.isInteger(level) && (level ?? 0) >= 1, JSON.stringify(block))
    // What stands on each page, or is said of all of them, is on none.
    if (place.part === undefined)
      assert.ok(!parts || kind === 'remark' || kind === 'note', JSON.stringify(block))
    assert.ok(place.part === undefined || (parts && place.part >= 1 && place.part <= parts.count))
    assert.ok((place.part ?? last) >= last, `part ${place.part} comes after ${last}`)
    last = place.part ?? last
  }
}

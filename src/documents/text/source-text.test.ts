import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SourceText } from './source-text.ts'
import { charactersOf, encode } from './testing/encode.ts'

const UNICODE = ['utf-8', 'utf-16le', 'utf-16be']
const OLD = [
  'windows-1252',
  'windows-1251',
  'koi8-r',
  'iso-8859-2',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
]
const partOf = (bytes: Buffer, start = 0) => ({ bytes, start, isCut: false })

/** Texts that an encoding can hold, with lines, and long enough for several chunks. */
function textsIn(encoding: string): fc.Arbitrary<string> {
  const character = UNICODE.includes(encoding)
    ? fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('a', ' ', '\n', 'ü', '你', '🙂'))
    : fc.oneof(fc.constantFrom('a', ' ', '\n'), fc.constantFrom(...charactersOf(encoding)))
  return fc.tuple(fc.array(character, { maxLength: 60 }), fc.nat(400)).map(([characters, times]) =>
    characters
      .join('')
      .repeat(1 + times)
      .toWellFormed(),
  )
}

/** Two places between characters. */
function placesIn(text: string, one: number, other: number): [number, number] {
  const place = (at: number) => {
    const within = Math.min(text.length, Math.floor(at * (text.length + 1)))
    return /[\udc00-\udfff]/.test(text[within] ?? '') && /[\ud800-\udbff]/.test(text[within - 1] ?? '')
      ? within - 1
      : within
  }
  const [a, b] = [place(one), place(other)]
  return a <= b ? [a, b] : [b, a]
}

describe('the place of a part of a text', () => {
  for (const encoding of [...UNICODE, ...OLD])
    test(`has the bytes that decode to it, and its lines (${encoding})`, () => {
      const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
      fc.assert(
        fc.property(textsIn(encoding), at, at, fc.nat(1), (text, one, other, isMarked) => {
          const body = encode(text, encoding)
          if (body === undefined) return
          const mark = encoding.startsWith('utf-16') ? 2 : isMarked * 3
          const bytes = Buffer.concat([Buffer.alloc(mark), body])
          const source = new SourceText(partOf(bytes), { encoding, mark })
          assert.equal(source.text, text)
          const [start, end] = placesIn(text, one, other)
          const span = source.span(start, end)
          const decoded = new TextDecoder(encoding, { ignoreBOM: true }).decode(
            bytes.subarray(span.startByte, span.endByte),
          )
          assert.equal(decoded, text.slice(start, end))
          assert.equal(span.startLine, text.slice(0, start).split('\n').length)
          assert.equal(span.endLine, text.slice(0, Math.max(start, end - 1)).split('\n').length)
        }),
        { numRuns: 60 },
      )
    })

  test('is right in bytes that are no proper UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(60), (some, times) => {
        const bytes = Buffer.concat(new Array(1 + times).fill(some))
        const source = new SourceText(partOf(bytes), { encoding: 'utf-8', mark: 0 })
        assert.equal(source.text, new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
        const { startByte, endByte } = source.span(0, source.text.length)
        assert.deepEqual([startByte, endByte], [0, bytes.length])
        let last = 0
        for (let at = 0; at < source.text.length; at += 37) {
          const { startByte: byte } = source.span(at, source.text.length)
          assert.ok(byte >= last)
          last = byte
        }
      }),
      { numRuns: 60 },
    )
  })

  test('is found in one line of 20 MB', () => {
    const text = 'ünbroken '.repeat(2_000_000)
    const source = new SourceText(partOf(Buffer.from(text)), { encoding: 'utf-8', mark: 0 })
    for (let at = 0; at < text.length; at += 9 * 20_000) {
      const span = source.span(at, at + 8)
      assert.deepEqual([span.startByte, span.endByte, span.startLine], [(at / 9) * 10, (at / 9) * 10 + 9, 1])
    }
  })

  test('of a part of a file lies after what comes before it; its lines are not known', () => {
    const source = new SourceText(partOf(Buffer.from('one\ntwo\n'), 5_000_000_000), {
      encoding: 'utf-8',
      mark: 0,
    })
    assert.deepEqual(source.span(4, 7), {
      startLine: 0,
      endLine: 0,
      startByte: 5_000_000_004,
      endByte: 5_000_000_007,
    })
  })

  test('a character that is cut in two at the end of a part is left out', () => {
    const bytes = Buffer.from('ends in ü').subarray(0, -1)
    const { text } = new SourceText({ bytes, start: 0, isCut: true }, { encoding: 'utf-8', mark: 0 })
    assert.equal(text, 'ends in ')
  })
})

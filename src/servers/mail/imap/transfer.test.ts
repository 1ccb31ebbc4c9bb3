import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decoded, transferDecoder } from './transfer.ts'

/** In pieces that are cut anywhere. */
function inPieces(encoding: string, sent: Buffer, cuts: readonly number[]): Buffer {
  const decoder = transferDecoder(encoding)
  const ends = [...cuts.map((cut) => cut % (sent.length + 1)), sent.length].sort((one, other) => one - other)
  let start = 0
  const pieces = ends.map((end) => {
    const piece = sent.subarray(start, end)
    start = end
    return decoder.write(piece)
  })
  return Buffer.concat([...pieces, decoder.end()])
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all))
const cuts = fc.array(fc.nat(), { maxLength: 6 })
const inLines = (text: string) => Buffer.from(text.replace(/.{1,76}/g, '$&\r\n'))
const quoted = (content: Buffer) =>
  [...content].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

test('a part is the same in whatever pieces it comes', () => {
  fc.assert(
    fc.property(bytes, cuts, (content, where) => {
      assert.ok(inPieces('base64', inLines(content.toString('base64')), where).equals(content))
      const lines = Buffer.from(
        quoted(content).replace(/.{1,60}(?=.)/g, (line) => line.replace(/=?.?$/, '=\r\n$&')),
      )
      assert.ok(inPieces('quoted-printable', lines, where).equals(content), lines.toString())
      assert.ok(inPieces('8bit', content, where).equals(content))
    }),
  )
})

test('lines of quoted-printable without end are read in linear time', () => {
  const long = Buffer.from(`${' '.repeat(1024 * 1024)}x${'=41'.repeat(100_000)}`)
  assert.equal(decoded(long, 'quoted-printable').length, 1024 * 1024 + 1 + 100_000)
  assert.ok(
    inPieces('quoted-printable', long, [500_000, 1_100_000]).equals(decoded(long, 'quoted-printable')),
  )
})

test('what is no base64 is passed over', () => {
  assert.equal(decoded(Buffer.from('SGVs\r\n!bG8='), 'base64').toString(), 'Hello')
})

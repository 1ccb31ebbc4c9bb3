import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { openDocument } from '../read.ts'
import { all } from '../testing/all.ts'
import { documentContract } from '../testing/document.contract.ts'
import { pictureHeader } from './header.ts'

const SCAN = join(import.meta.dirname, '../../../test/documents/pdf/scan.pdf')
/** A page as poppler writes it, which writes TIFF to files alone. */
function page(format: 'png' | 'jpeg' | 'tiff', extension: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'picture-'))
  try {
    execFileSync('pdftoppm', ['-r', '50', '-singlefile', `-${format}`, SCAN, join(folder, 'page')])
    return readFileSync(join(folder, `page.${extension}`))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const PNG = page('png', 'png')
const JPEG = page('jpeg', 'jpg')
const TIFF = page('tiff', 'tif')
const { size } = pictureHeader(PNG) ?? {}

/** The beginnings of formats that no program at hand writes, by their specifications. */
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const riff = (chunk: string) => hex(`52494646 00000000 57454250 ${chunk}`)
const LOSSY = riff('56503820 00000000 000000 9d012a 2003 5802 00000000')
const LOSSLESS = riff('5650384c 00000000 2f 1f c3 95 00 00000000 00000000')
const ANIMATED = riff('56503858 0a000000 02 000000 1f0300 570200 00000000')
const BMP = hex('424d 00000000 00000000 36000000 28000000 20030000 a8fdffff 0100 1800 00000000')
/** One that claims more pixels than any memory has. */
const bomb = Buffer.from(PNG)
bomb.writeUInt32BE(100_000, 16)
bomb.writeUInt32BE(100_000, 20)

documentContract(
  Object.entries({ png: PNG, jpg: JPEG, tif: TIFF }).map(([extension, bytes]) => ({
    name: `page.${extension}`,
    bytes,
    format: 'picture' as const,
    says: 'This is a picture. It may be one of text.',
  })),
)

describe('the header of a picture', () => {
  test('says how large it is, in each format', () => {
    assert.ok(size && size.width > 300 && size.height > size.width)
    for (const [bytes, type] of [
      [PNG, 'png'],
      [JPEG, 'jpeg'],
      [TIFF, 'tiff'],
    ] as const)
      assert.deepEqual(pictureHeader(bytes), { type, size, isAnimated: false })
    for (const [bytes, type] of [
      [LOSSY, 'webp'],
      [LOSSLESS, 'webp'],
      [ANIMATED, 'webp'],
      [BMP, 'bmp'],
    ] as const)
      assert.deepEqual(pictureHeader(bytes), {
        type,
        size: { width: 800, height: 600 },
        isAnimated: bytes === ANIMATED,
      })
  })

  test('is there where only the beginning of the file is', () => {
    for (const bytes of [PNG, JPEG, TIFF, LOSSY, BMP])
      assert.ok(pictureHeader(bytes.subarray(0, 26)), bytes.toString('latin1', 0, 8))
  })

  test('is in no text that begins with the same letters', () => {
    for (const text of ['BM', 'BMW and others build cars, and the boiler is warm.', 'RIFF-RAFF', 'II', 'MM*'])
      assert.equal(pictureHeader(Buffer.from(text)), undefined, text)
  })

  test('throws for no bytes', () => {
    const beginnings = [PNG, JPEG, TIFF, LOSSY, LOSSLESS, ANIMATED, BMP].map((bytes) => bytes.subarray(0, 40))
    fc.assert(
      fc.property(
        fc.constantFrom(...beginnings),
        fc.nat(40),
        fc.uint8Array({ maxLength: 60 }),
        (begins, cut, rest) => {
          pictureHeader(Buffer.concat([begins.subarray(0, cut), rest]))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('a picture', () => {
  const told = async (bytes: Buffer) => {
    const { blocks } = await openDocument(bytes, { name: 'a.png' })
    return (await all(blocks())).map(({ text, isPicture }) => (isPicture ? 'may be text' : text))
  }

  test('may be one of text, unless it is too small, too large, or moves', async () => {
    assert.deepEqual(await told(PNG), ['may be text'])
    const icon = Buffer.from(PNG)
    icon.writeUInt32BE(128, 16)
    icon.writeUInt32BE(128, 20)
    assert.deepEqual(await told(icon), [])
    assert.deepEqual(await told(bomb), [
      'This picture has 100000 × 100000 pixels, and pictures are read up to 20 million.',
    ])
    assert.deepEqual(await told(ANIMATED), ['This picture moves, and is not read.'])
  })

  test('that is none, whatever it is called, says so', async () => {
    await assert.rejects(openDocument(gzipSync('kettle'), { name: 'a.png' }), {
      message: '"a.png" can\'t be read: it is called a picture, and is none.',
    })
  })
})

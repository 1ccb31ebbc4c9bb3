/** With the real Tesseract and the real poppler. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findOcrPrograms, type OcrPrograms } from './programs.ts'
import { OcrFailed, OcrReader } from './reader.ts'

const programs = (await findOcrPrograms()) as OcrPrograms
const reader = new OcrReader(programs, ['eng'])
const { signal } = new AbortController()
const pdf = (name: string) => readFileSync(join(import.meta.dirname, '../../../test/documents/pdf', name))
const drawn = (name: string, ...how: string[]) =>
  execFileSync('pdftoppm', [...how, '-'], { input: pdf(name), maxBuffer: 64 * 1024 ** 2 })
/** What is on the scan, as people read it. */
const LETTER =
  'Heating Services Ltd. Dear customer, the annual inspection of your boiler took place on 14 October 2025. The expansion vessel was replaced. Amount due: 184.50 EUR Invoice number: HS-20417'
const wordsOf = (text: string) => text.split(/\s+/)

/** A picture turned to its right by a quarter: PNM has rows of bytes. */
function turned(pgm: Buffer): Buffer {
  const head = /^P5\n(\d+) (\d+)\n255\n/.exec(pgm.toString('latin1', 0, 40))
  const [all = '', width = 0, height = 0] = head ? [head[0], Number(head[1]), Number(head[2])] : []
  const pixels = pgm.subarray(all.length)
  const made = Buffer.alloc(pixels.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) made[x * height + height - 1 - y] = pixels[y * width + x] as number
  return Buffer.concat([Buffer.from(`P5\n${height} ${width}\n255\n`), made])
}

describe('OCR', () => {
  test('says what it reads with, which results are kept by', () => {
    assert.match(reader.how, /^tesseract \d+\.\d+.* eng$/)
    assert.ok(programs.languages.includes('eng'))
    assert.ok(!programs.languages.includes('osd'))
    assert.equal(reader.readsPdf, true)
  })

  test('reads a page that was scanned, word for word', async () => {
    assert.deepEqual(wordsOf(await reader.read(pdf('scan.pdf'), 1, signal)), wordsOf(LETTER))
    assert.deepEqual(wordsOf(await reader.read(pdf('mixed.pdf'), 2, signal)), wordsOf(LETTER))
  })

  for (const format of ['png', 'jpeg'])
    test(`reads a picture (${format})`, async () => {
      const picture = drawn('scan.pdf', '-r', '200', '-gray', `-${format}`)
      assert.deepEqual(wordsOf(await reader.read(picture, 0, signal)), wordsOf(LETTER))
    })

  test('reads a page that lies on its side', async () => {
    const pgm = turned(drawn('two-columns.pdf', '-r', '200', '-gray', '-l', '1'))
    const text = await reader.read(asTiff(pgm), 0, signal)
    assert.match(text, /The boiler in the cellar has been serviced every autumn since it was installed\./)
  })

  test('finds no text where there is none', async () => {
    assert.equal(await reader.read(noise(600, 400), 0, signal), '')
  })

  test('says of a page that can’t be drawn that it failed', async () => {
    await assert.rejects(reader.read(pdf('encrypted.pdf'), 1, signal), OcrFailed)
    await assert.rejects(reader.read(pdf('scan.pdf'), 99, signal), OcrFailed)
    await assert.rejects(reader.read(Buffer.from('%PDF-1.7\n'), 1, signal), OcrFailed)
  })

  test('takes no names of files out of bytes that are no picture', async () => {
    const names = Buffer.from(`${join(import.meta.dirname, '../../../docs/screen.svg')}\n`)
    await assert.rejects(reader.read(names, 0, signal), /it is no picture/)
  })

  test('refuses a picture that claims more than memory holds, before anything reads it', async () => {
    const bomb = drawn('scan.pdf', '-r', '50', '-png')
    bomb.writeUInt32BE(100_000, 16)
    bomb.writeUInt32BE(100_000, 20)
    await assert.rejects(reader.read(bomb, 0, signal), /100000 × 100000 pixels/)
  })

  test('says of a damaged picture that it failed, or reads what there is', async () => {
    const whole = drawn('scan.pdf', '-r', '100', '-png')
    for (const part of [40, 0.5, 0.95]) {
      const bytes = whole.subarray(0, part < 1 ? Math.round(whole.length * part) : part)
      await reader.read(bytes, 0, signal).then(
        (text) => assert.equal(typeof text, 'string'),
        (error) => assert.ok(error instanceof OcrFailed, String(error)),
      )
    }
  })

  test('ends with its call', async () => {
    const controller = new AbortController()
    const reading = reader.read(pdf('two-columns.pdf'), 1, controller.signal)
    controller.abort(new Error('cancelled'))
    await assert.rejects(reading, /^Error: cancelled$/)
  })
})

/** A grey picture as TIFF, in one strip. Source: TIFF 6.0, section 4. */
function asTiff(pgm: Buffer): Buffer {
  const [head = '', width = 0, height = 0] =
    /^P5\n(\d+) (\d+)\n255\n/.exec(pgm.toString('latin1', 0, 40)) ?? []
  const pixels = pgm.subarray(head.length)
  const fields: [tag: number, value: number][] = [
    [256, Number(width)],
    [257, Number(height)],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 8],
    [278, Number(height)],
    [279, pixels.length],
  ]
  const directory = Buffer.alloc(2 + 12 * fields.length + 4)
  directory.writeUInt16LE(fields.length)
  for (const [i, [tag, value]] of fields.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * i)
    directory.writeUInt16LE(4, 4 + 12 * i)
    directory.writeUInt32LE(1, 6 + 12 * i)
    directory.writeUInt32LE(value, 10 + 12 * i)
  }
  const header = Buffer.from('49492a0000000000', 'hex')
  header.writeUInt32LE(8 + pixels.length, 4)
  return Buffer.concat([header, pixels, directory])
}

/** What a lawn or a wall looks like to OCR. */
function noise(width: number, height: number): Buffer {
  let random = 7
  const pixels = Buffer.from(
    Array.from({ length: width * height }, () => {
      random = (random * 48_271) % 2_147_483_647
      return random % 256
    }),
  )
  return asTiff(Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels]))
}

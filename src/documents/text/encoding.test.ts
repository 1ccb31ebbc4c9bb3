import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { encodingOf } from './encoding.ts'
import { encode } from './testing/encode.ts'
import { SAMPLES } from './testing/samples.ts'

/** The text as it is found out. */
async function found(bytes: Buffer): Promise<{ encoding: string; text: string } | undefined> {
  const is = await encodingOf(bytes)
  return is && { encoding: is.encoding, text: new TextDecoder(is.encoding).decode(bytes.subarray(is.mark)) }
}

describe('the encoding of a text', () => {
  test('is found out by its mark', async () => {
    for (const [mark, encoding] of [
      [[0xef, 0xbb, 0xbf], 'utf-8'],
      [[0xff, 0xfe], 'utf-16le'],
      [[0xfe, 0xff], 'utf-16be'],
    ] as const) {
      const bytes = Buffer.concat([Buffer.from(mark), encode('Grüße, 你好', encoding) as Buffer])
      assert.deepEqual(await found(bytes), { encoding, text: 'Grüße, 你好' })
    }
  })

  test('is UTF-8 without one, however short it is', async () => {
    for (const text of ['a', 'ü', '你', '🙂', '', 'plain', '\ttabs\r\nand lines\f'])
      assert.deepEqual(await found(Buffer.from(text)), { encoding: 'utf-8', text })
  })

  test('is UTF-16 without a mark where every other byte is zero', async () => {
    for (const encoding of ['utf-16le', 'utf-16be'])
      assert.deepEqual(await found(encode('Some Windows program wrote this.\r\n', encoding) as Buffer), {
        encoding,
        text: 'Some Windows program wrote this.\r\n',
      })
  })

  for (const { language, text, encodings } of SAMPLES)
    for (const encoding of encodings)
      test(`is found out of a sentence (${language} in ${encoding})`, async () => {
        assert.equal((await found(encode(text, encoding) as Buffer))?.text, text)
        assert.equal(
          (await found(encode(`${text}\n`.repeat(40), encoding) as Buffer))?.text,
          `${text}\n`.repeat(40),
        )
      })

  test('is found out of a sentence (Hebrew)', async () => {
    const text = 'שלום, מה שלומך? מחר ניסע לים עם הילדים.'
    assert.equal((await found(encode(text, 'windows-1255') as Buffer))?.text, text)
  })

  test('is that of the West for a few words with an accent', async () => {
    for (const text of ['Müller', 'Café', 'à bientôt', 'Größe: 5 €', 'señor'])
      assert.equal((await found(encode(text, 'windows-1252') as Buffer))?.text, text)
  })

  test('is found out where the first letter that says so comes late', async () => {
    const sample = SAMPLES.find(({ language }) => language === 'ru')
    const russian = encode(sample?.text ?? '', 'koi8-r') as Buffer
    const bytes = Buffer.concat([Buffer.from('0123456789\n'.repeat(20_000)), russian])
    assert.ok((await found(bytes))?.text.endsWith(sample?.text ?? 'never'))
  })

  test('is ISO-2022-JP by its escapes', async () => {
    const bytes = Buffer.from('\x1b$B$3$s$K$A$O\x1b(B', 'latin1')
    assert.deepEqual(await found(bytes), { encoding: 'iso-2022-jp', text: 'こんにちは' })
  })

  test('stays UTF-8 where a few bytes are wrong, or the last character is cut in two', async () => {
    const whole = Buffer.from('Grüße aus Köln und München. '.repeat(20))
    const broken = Buffer.concat([whole, Buffer.from([0xff, 0x0a]), whole])
    assert.equal((await encodingOf(broken))?.encoding, 'utf-8')
    for (const end of ['ü', '你', '🙂'])
      for (let cut = 1; cut < Buffer.byteLength(end); cut++) {
        const bytes = Buffer.from(`ASCII until here${end}`).subarray(0, -cut)
        assert.equal((await encodingOf(bytes, true))?.encoding, 'utf-8', `${end} without ${cut}`)
      }
  })
})

describe('bytes that are no text, whatever their file is called', () => {
  for (const [what, bytes] of Object.entries({
    'random bytes': randomBytes(4096),
    'a few random bytes without zero': Buffer.from(randomBytes(400).filter((byte) => byte !== 0)),
    'an archive': gzipSync('x'.repeat(100_000)),
    'a picture': Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
    'a program': Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(100)]),
    zeros: Buffer.alloc(100_000),
    'text with zeros in it': Buffer.from('some text\0and more\0'),
    'a mark of UTF-16 before random bytes': Buffer.concat([Buffer.from([0xff, 0xfe]), randomBytes(4096)]),
    'control characters': Buffer.from('\x01\x02\x03\x04 text'),
  }))
    test(what, async () => assert.equal(await encodingOf(bytes), undefined))
})

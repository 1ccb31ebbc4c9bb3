/** PDFs that take all time or memory that there is, through the real workers: each ends with a sentence, and costs no other. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { doublingForms, onePage } from '../../../documents/pdf/testing/hostile.ts'
import { sample } from '../../../documents/testing/told.ts'
import { packedZeros } from '../../../framework/workers/testing/packed-zeros.ts'
import { ToolError } from '../../../protocol/define.ts'
import { openWorkers } from './workers.ts'

const workers = openWorkers({ ms: 5000 })
after(() => workers.close())

/** As the header of zlib begins it (RFC 1950), without its sum, which nobody adds up. */
const packed = (megabytes: number) => Buffer.concat([Buffer.from([0x78, 0x9c]), packedZeros(megabytes)])
const FLATE = '/Filter/FlateDecode'
const SAYS_HELLO = 'BT /F 12 Tf 72 700 Td (Hello) Tj ET'

const wide = (ranges: number): Buffer => {
  const range = (i: number) =>
    `1 beginbfrange <${hex(i << 24)}> <${hex((i << 24) + 0xfffffe)}> <0041> endbfrange`
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0')
  const all = Array.from({ length: ranges }, (_, i) => range(i)).join('\n')
  return Buffer.from(
    `begincmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange\n${all} endcmap`,
  )
}

const BOMBS: Readonly<Record<string, () => Buffer>> = {
  'a page whose content unpacks to 1 GB': () => onePage(packed(1024), { filter: FLATE }),
  'a page of 1 GB that is packed twice': () =>
    onePage(deflateSync(packed(1024)), { filter: '/Filter[/FlateDecode/FlateDecode]' }),
  'a font of 500 MB': () =>
    onePage('Hello', {
      font: '<</Type/Font/Subtype/TrueType/BaseFont/Odd/FirstChar 32/LastChar 126/FontDescriptor 6 0 R>>',
      objects: ['<</Type/FontDescriptor/FontName/Odd/Flags 32/FontFile2 7 0 R>>', `<<${FLATE}>>`],
      streams: { 7: packed(500) },
    }),
  'a font whose letters are given in four billion entries': () =>
    onePage('Hello', {
      font: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>',
      objects: ['<<>>'],
      streams: { 6: wide(256) },
    }),
  'forty forms, each of which draws the next one twice': () => doublingForms('Hello', 40),
  '20 MB of objects that begin and never end': () =>
    Buffer.from(`%PDF-1.7\n${'1 0 obj <<'.repeat(2_000_000)}`),
}

const owner = (caller: string) => ({ caller, signal: new AbortController().signal })
const read = (bytes: Buffer, caller = 'somebody') =>
  workers.run(owner(caller), 'readDocument', [bytes, '/a.pdf', { as: 'text', offset: 0, limit: 20_000 }])
const readsGood = async (caller?: string) => {
  const { content } = await read(sample('pdf/manual.pdf'), caller)
  assert.match(content ?? '', /clock on the wall/)
}

describe('a PDF with', () => {
  for (const [name, make] of Object.entries(BOMBS))
    test(`${name} is stopped by the name of what it took, and others are read beside it and after it`, async () => {
      const bomb = read(make())
      const said = bomb.then(
        (page) => JSON.stringify(page).slice(0, 500),
        (error: unknown) => error,
      )
      await readsGood('somebody else')
      const error = await said
      assert.ok(error instanceof ToolError, String(error))
      assert.match(error.message, /took (?:longer than 5 seconds|more than \d+ MB of memory) and was stopped/)
      await readsGood()
    })

  test('a picture that unpacks to 4 GB is read, since no picture is unpacked', async () => {
    const size = '/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8'
    const { content } = await read(
      onePage(Buffer.from(`${SAYS_HELLO} /X Do`), {
        resources: '/XObject<</X 6 0 R>>',
        objects: [`<</Type/XObject/Subtype/Image${size}${FLATE}>>`],
        streams: { 6: packed(4096) },
      }),
    )
    assert.equal(content, '[page 1]\n\nHello')
  })

  test('20 MB of lists within lists has no text, and is no end to its worker', async () => {
    const { content } = await read(onePage(Buffer.alloc(20_000_000, '[')))
    assert.equal(content, '')
  })
})

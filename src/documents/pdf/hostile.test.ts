/** PDFs that were made to do harm, or that are cut off. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DocumentProblem } from '../document.ts'
import { readAndTold, sample } from '../testing/told.ts'
import { NO_TEXT, readPdf } from './pdf.ts'
import { onePage, packedSpaces, pdfOf } from './testing/hostile.ts'

const read = (bytes: Buffer) => readAndTold(readPdf, bytes)
const isDamaged = (problem: unknown) => problem instanceof DocumentProblem && problem.kind === 'damaged'
const TEXT = 'paragraph: Hello'

describe('a PDF', () => {
  test('of one page is read, so that what follows differs in one respect', async () => {
    assert.deepEqual(await read(onePage('Hello')), [TEXT])
  })

  test('that is cut off anywhere is read as far as it is there, or refused', async () => {
    const whole = sample('pdf/drawing.pdf')
    for (let share = 0; share < 1; share += 0.05) {
      const cut = whole.subarray(0, Math.floor(whole.length * share))
      try {
        await read(cut)
      } catch (problem) {
        assert.ok(isDamaged(problem), String(problem))
      }
    }
  })

  test('whose pages contain themselves ends', { timeout: 60_000 }, async () => {
    const recursive = pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>'])
    const told = await read(recursive).catch((problem) => {
      assert.ok(isDamaged(problem), String(problem))
      return []
    })
    assert.ok(!told.some((line) => line.startsWith('paragraph')))
  })

  test('that claims a billion pages ends', { timeout: 120_000 }, async () => {
    const endless = pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 1000000000>>'])
    assert.deepEqual(await read(endless), [])
  })

  test('whose form draws itself is read without it', { timeout: 60_000 }, async () => {
    const form = '<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>>>'
    const bytes = onePage(Buffer.from('BT /F 12 Tf 72 700 Td (Hello) Tj ET /X Do'), {
      resources: '/XObject<</X 6 0 R>>',
      objects: [form],
      streams: { 6: Buffer.from('/X Do /X Do') },
    })
    const told = await read(bytes)
    assert.ok(told.includes(TEXT), told.join('\n'))
  })

  test('whose content is a list that leads to itself is read', { timeout: 60_000 }, async () => {
    const told = await read(onePage('Hello', { contents: '6 0 R', objects: ['[6 0 R 4 0 R 6 0 R]'] }))
    assert.ok(
      told.length > 0 && told.every((line) => /^paragraph: Hello$|^remark: /.test(line)),
      told.join('\n'),
    )
  })

  test('whose ten forms draw each other is read as far as a page is read', { timeout: 60_000 }, async () => {
    const numbers = Array.from({ length: 10 }, (_, i) => 6 + i)
    const resources = `/XObject<<${numbers.map((number) => `/X${number} ${number} 0 R`).join('')}>>`
    const draws = numbers.map((number) => `/X${number} Do`).join(' ')
    const form = `<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F 5 0 R>>${resources}>>>>`
    const told = await read(
      onePage(Buffer.from(draws), {
        resources,
        objects: numbers.map(() => form),
        streams: Object.fromEntries(
          numbers.map((number) => [
            number,
            Buffer.from(`BT /F 9 Tf 72 ${number * 40} Td (form ${number}) Tj ET ${draws}`),
          ]),
        ),
      }),
    )
    for (const number of numbers)
      assert.ok(
        told.some((line) => line.includes(`form ${number}`)),
        `${number}`,
      )
    assert.ok(told.includes('remark: This page has more text than is read.'), told.join('\n'))
  })

  test('whose outline leads back to itself is read', { timeout: 60_000 }, async () => {
    const entry = (title: string, rest: string) => `<</Title(${title})/Parent 6 0 R/Dest[3 0 R/Fit]${rest}>>`
    const bytes = onePage('Hello', {
      more: '/Outlines 6 0 R',
      objects: [
        '<</Type/Outlines/First 7 0 R/Last 8 0 R/Count 2>>',
        entry('One', '/First 7 0 R/Next 8 0 R'),
        entry('Two', '/First 6 0 R/Next 7 0 R'),
      ],
    })
    assert.deepEqual(await read(bytes), [TEXT])
  })

  test('whose table of objects comes before itself is read', { timeout: 60_000 }, async () => {
    for (const key of ['Prev', 'XRefStm'])
      assert.deepEqual(await read(onePage('Hello', { trailer: (start) => `/${key} ${start}` })), [TEXT], key)
  })

  test('whose font stands for four billion letters is read', { timeout: 60_000 }, async () => {
    const map = `begincmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange
1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange endcmap`
    const bytes = onePage('Hello', {
      font: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>',
      objects: ['<<>>'],
      streams: { 6: Buffer.from(map) },
    })
    assert.deepEqual(await read(bytes), [TEXT])
  })

  test('whose page has more texts than people could read is read in part, which is said', async () => {
    const texts = Array.from(
      { length: 60_001 },
      (_, i) => `1 0 0 1 ${(i % 120) * 5} ${Math.floor(i / 120) * 1.5} Tm (${i}) Tj`,
    )
    const told = await read(onePage(Buffer.from(`BT /F 1 Tf ${texts.join('\n')} ET`)))
    assert.equal(told.at(-1), 'remark: This page has more text than is read.')
    assert.ok(told.length > 1)
  })

  test('with a picture of a billion pixels is read without it', async () => {
    const picture =
      '<</Type/XObject/Subtype/Image/Width 100000/Height 100000/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode>>'
    const bytes = onePage(Buffer.from('BT /F 12 Tf 72 700 Td (Hello) Tj ET /X Do'), {
      resources: '/XObject<</X 6 0 R>>',
      objects: [picture],
      streams: { 6: packedSpaces(64) },
    })
    assert.deepEqual(await read(bytes), [TEXT])
  })

  test('with a font that is no font is read all the same', async () => {
    const bytes = pdfOf(
      [
        '<</Type/Catalog/Pages 2 0 R>>',
        '<</Type/Pages/Kids[3 0 R]/Count 1>>',
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>',
        '<<>>',
        '<</Type/Font/Subtype/TrueType/BaseFont/Odd/FirstChar 32/LastChar 126/FontDescriptor 6 0 R>>',
        '<</Type/FontDescriptor/FontName/Odd/Flags 32/FontFile2 7 0 R>>',
        '<</Filter/FlateDecode>>',
      ],
      { 4: Buffer.from('BT /F 12 Tf 72 700 Td (Hello) Tj ET'), 7: packedSpaces(16) },
    )
    const told = await read(bytes)
    assert.ok(told.length > 0 && told.every((line) => /Hello|remark/.test(line)), told.join('\n'))
  })

  test('with scripts is read, and none of them runs', async () => {
    const script = "globalThis.ranFromPdf = true; app.alert('ran')"
    const bytes = onePage('Hello', {
      more: '/OpenAction 6 0 R/Names<</JavaScript<</Names[(a)6 0 R]>>>>',
      objects: [`<</S/JavaScript/JS(${script.replace(/[()]/g, '\\$&')})>>`],
    })
    const told = await read(bytes)
    assert.ok(told.includes(TEXT), told.join('\n'))
    assert.match(told.join('\n'), /remark: .*(?:JavaScript|[Ss]cript)/)
    assert.ok(!('ranFromPdf' in globalThis))
  })

  test('whose page is blank says nothing of it, and one with something to be seen says so', async () => {
    const pages = (content: string) =>
      read(
        onePage(Buffer.from(content), {
          resources: '/XObject<</I 6 0 R/X 7 0 R>>',
          objects: [
            '<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8>>',
            '<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Matrix[612 0 0 792 0 0]/Resources<</XObject<</I 6 0 R>>>>>>',
          ],
          streams: { 6: Buffer.from('x'), 7: Buffer.from('/I Do') },
        }),
      )
    for (const blank of [
      '',
      // As programs write it.
      '1 0 0 -1 0 792 cm q Q',
      '0.1 w q 0 0 612 792 re W* n Q',
      '.24 0 0 -.24 0 792 cm q 0 0 2550 3300 re W n Q',
      'BT /F 12 Tf 72 700 Td ( ) Tj [( ) 20 ( )] TJ ET',
    ])
      assert.deepEqual(await pages(blank), [], blank)
    for (const seen of [
      'q 612 0 0 792 0 0 cm /I Do Q',
      '.24 0 0 .24 0 0 cm q 2550 0 0 40 0 0 cm /I Do Q',
      'q 612 0 0 792 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q',
      '/X Do',
      '72 72 m 300 300 l S',
      'q 612 0 0 792 0 0 cm 0 0 1 1 re f Q',
    ])
      assert.deepEqual(await pages(seen), [`remark: ${NO_TEXT}`], seen)
  })
})

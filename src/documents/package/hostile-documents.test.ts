/** Documents that are encrypted, lead astray, have no end, or are not what they say: what holds for one format holds for all packages. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Format } from '../formats.ts'
import { openDocument } from '../read.ts'
import { sample as fileOf } from '../testing/told.ts'
import type { Entry } from '../zip/testing/archive.ts'
import { outcomeOf } from './testing/outcome.ts'
import { bent, DECLARATION, packed, relationships, SAMPLES, type Sample, TEXT } from './testing/samples.ts'

const sampleOf = (format: Format): Sample => SAMPLES.find((sample) => sample.format === format) as Sample
const isOffice = ({ format }: Sample) => /^(?:docx|xlsx|pptx)$/.test(format)
const isOpenDocument = ({ format }: Sample) => /^od[tsp]$/.test(format)
const read = (sample: Sample, others: Readonly<Record<string, Entry['content'] | undefined>> = {}) =>
  outcomeOf(packed(sample, others), { name: `a.${sample.format}` })
const ENCRYPTED = 'encrypted: it is encrypted: save it without a password.'

describe('a document is encrypted', () => {
  for (const sample of SAMPLES.filter(isOffice))
    test(`as Office does with ${sample.format}: it is named so, whatever its name`, async () => {
      const compound = Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(1024),
        Buffer.from('EncryptedPackage', 'utf16le'),
      ])
      for (const name of [`a.${sample.format}`, 'a', 'a.txt'])
        assert.deepEqual(await outcomeOf(compound, { name }), { lines: [], problem: ENCRYPTED })
    })

  for (const sample of SAMPLES.filter(isOpenDocument))
    test(`as OpenDocument does with ${sample.format}: part by part, or the whole as one part`, async () => {
      const entry = (path: string) =>
        `<manifest:file-entry manifest:full-path="${path}"><manifest:encryption-data/></manifest:file-entry>`
      const manifest = (path: string) =>
        sample.files['META-INF/manifest.xml']?.replace('</manifest:manifest>', (end) => entry(path) + end)
      const noise = Buffer.alloc(500, '\x8e\x02\xf1')
      const parts = { 'META-INF/manifest.xml': manifest('content.xml'), 'content.xml': noise }
      assert.deepEqual(await read(sample, parts), { lines: [], problem: ENCRYPTED })
      const whole = { 'META-INF/manifest.xml': manifest('encrypted-package'), 'encrypted-package': noise }
      assert.deepEqual(await read(sample, { ...whole, 'content.xml': undefined }), {
        lines: [],
        problem: ENCRYPTED,
      })
    })

  test('as shops do with books; fonts that are made unreadable are no hindrance', async () => {
    const epub = sampleOf('epub')
    const encryption = (algorithm: string, part: string) => ({
      'META-INF/encryption.xml': `${DECLARATION}<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="${algorithm}"/><enc:CipherData><enc:CipherReference URI="${part}"/></enc:CipherData></enc:EncryptedData></encryption>`,
    })
    const aes = 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'
    assert.deepEqual(await read(epub, encryption(aes, 'book/1.xhtml')), {
      lines: [],
      problem: 'encrypted: it is protected by its shop, whose programs alone open it.',
    })
    for (const harmless of [
      encryption('http://www.idpf.org/2008/embedding', 'book/font.otf'),
      encryption(aes, 'a.png'),
    ])
      assert.deepEqual(await read(epub, harmless), { lines: epub.lines })
  })
})

describe('macros are named and not run', () => {
  const MACROS = /^remark: .* has macros, which are not run/
  const vba = (sample: Sample) => ({
    [relationshipsPart(sample.index)]: (
      sample.files[relationshipsPart(sample.index)] ?? relationships()
    ).replace(
      '</Relationships>',
      (end) =>
        `<Relationship Id="m" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/>${end}`,
    ),
    '[Content_Types].xml': sample.files['[Content_Types].xml']?.replace(
      /ContentType="[^"]+"/,
      `ContentType="${MACRO_TYPES[sample.format]}"`,
    ),
  })
  const MACRO_TYPES: Partial<Record<Format, string>> = {
    docx: 'application/vnd.ms-word.document.macroEnabled.main+xml',
    xlsx: 'application/vnd.ms-excel.sheet.macroEnabled.main+xml',
    pptx: 'application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml',
  }
  const told = async (sample: Sample, others: Readonly<Record<string, string | undefined>>) => {
    const { lines, problem } = await read(sample, others)
    assert.equal(problem, undefined)
    assert.deepEqual(
      lines.filter((line) => !MACROS.test(line)),
      sample.lines,
    )
    assert.equal(lines.length, sample.lines.length + 1, 'no remark')
  }

  for (const sample of SAMPLES.filter(isOffice))
    test(`in ${sample.format}`, () =>
      told(sample, { ...vba(sample), 'word/vbaProject.bin': 'Sub AutoOpen()' }))

  for (const sample of SAMPLES.filter(isOpenDocument))
    test(`in ${sample.format}, in any language`, async () => {
      for (const part of ['Basic/Standard/Module1.xml', 'Basic/script-lc.xml', 'Scripts/python/run.py'])
        await told(sample, { [part]: 'import os' })
    })

  test('in a book, whose scripts are no text of it', async () => {
    const epub = sampleOf('epub')
    const text = `${TEXT}<script>globalThis.ran = true; document.write('x')</script>`
    assert.deepEqual(await read(epub, { [epub.text]: bent(epub, epub.text, { text }) }), {
      lines: epub.lines,
    })
    assert.ok(!('ran' in globalThis))
  })
})

/** Where what a part refers to stands. */
const relationshipsPart = (part: string) => part.replace(/([^/]+)$/, '_rels/$1.rels')

describe('nothing outside the archive is read', () => {
  const OUTSIDE = [
    '../../../../../etc/passwd',
    '/etc/passwd',
    'file:///etc/passwd',
    'http://localhost:9/a.xml',
    '%2e%2e/%2e%2e/etc/passwd',
    '..\\..\\a',
    '',
  ]
  for (const sample of SAMPLES.filter((one) => !isOpenDocument(one)))
    test(`where ${sample.format} refers to it`, async () => {
      const starts = isOffice(sample)
        ? ['_rels/.rels', relationshipsPart(sample.index)]
        : ['META-INF/container.xml', sample.index]
      for (const part of starts.filter((name) => name in sample.files))
        for (const target of OUTSIDE) {
          const leading = sample.files[part]?.replace(/(Target|full-path|href)="[^"]*"/, `$1="${target}"`)
          const { lines, problem } = await read(sample, { [part]: leading })
          assert.doesNotMatch(lines.join('\n'), /root:/)
          assert.ok(
            problem?.startsWith('damaged: ') || lines.some((line) => /^remark: .*missing/.test(line)),
            `${part}: ${target}`,
          )
        }
    })

  for (const sample of SAMPLES.filter(isOpenDocument))
    test(`where ${sample.format} names it in its manifest, or in a link of its text`, async () => {
      const entry = '<manifest:file-entry manifest:full-path="../../../etc/passwd"/>'
      const manifest = sample.files['META-INF/manifest.xml']?.replace(
        '</manifest:manifest>',
        (end) => entry + end,
      )
      const text = `${TEXT}<text:a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file:///etc/passwd"/>`
      const content = bent(sample, sample.text, { text })
      assert.deepEqual(await read(sample, { 'META-INF/manifest.xml': manifest, 'content.xml': content }), {
        lines: sample.lines,
      })
    })
})

describe('a document whose main part', () => {
  for (const sample of SAMPLES) {
    test(`is missing is damaged: ${sample.format}`, async () => {
      const { lines, problem } = await read(sample, { [sample.index]: undefined })
      assert.deepEqual(lines, [])
      assert.match(problem ?? '', /^damaged: it /)
    })

    test(`is that of another format is damaged: ${sample.format}`, async () => {
      for (const other of SAMPLES.filter(({ index }) => index !== sample.index || index === 'content.xml')) {
        if (other === sample) continue
        const { lines, problem } = await read(sample, { [sample.index]: other.files[other.index] })
        assert.deepEqual(lines, [])
        assert.match(problem ?? 'it was read', /^damaged: it /, other.format)
      }
    })
  }

  for (const format of ['xlsx', 'pptx', 'epub'] as const)
    test(`refers to a text that is missing says so: ${format}`, async () => {
      const sample = sampleOf(format)
      const { lines, problem } = await read(sample, { [sample.text]: undefined })
      assert.equal(problem, undefined)
      assert.match(lines.at(-1) ?? '', /^remark: .* is missing\.$/)
    })
})

describe('what refers to itself, or to the same again and again, has an end', () => {
  test('styles that go back to themselves, and to each other', async () => {
    const docx = sampleOf('docx')
    const style = (id: string, parent: string) =>
      `<w:style w:styleId="${id}"><w:name w:val="${id}"/><w:basedOn w:val="${parent}"/></w:style>`
    assert.deepEqual(
      await read(docx, {
        'word/_rels/document.xml.rels': relationships(['s', 'styles', 'styles.xml']),
        'word/styles.xml': `${DECLARATION}<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">${style('a', 'a')}${style('b', 'c')}${style('c', 'b')}</w:styles>`,
        [docx.text]: bent(docx, docx.text, {}).replace('<w:p>', '<w:p><w:pPr><w:pStyle w:val="b"/></w:pPr>'),
      }),
      { lines: docx.lines },
    )
    for (const sample of SAMPLES.filter(isOpenDocument)) {
      const open = (name: string, parent: string) =>
        `<style:style style:name="${name}" style:parent-style-name="${parent}"/>`
      const content = bent(sample, sample.text, {})
        .replace(
          '<office:automatic-styles>',
          (begin) => begin + open('a', 'a') + open('b', 'c') + open('c', 'b'),
        )
        .replace('<text:p>', '<text:p text:style-name="b">')
      assert.deepEqual(await read(sample, { [sample.text]: content }), { lines: sample.lines })
    }
  })

  test('parts that refer to themselves', async () => {
    for (const [format, type] of [
      ['docx', 'header'],
      ['docx', 'footnotes'],
      ['docx', 'styles'],
      ['xlsx', 'worksheet'],
      ['xlsx', 'table'],
      ['xlsx', 'comments'],
      ['pptx', 'slide'],
      ['pptx', 'notesSlide'],
      ['pptx', 'comments'],
      ['pptx', 'chart'],
    ] as const) {
      const sample = sampleOf(format)
      for (const part of [sample.index, sample.text]) {
        const itself = relationships(['r1', type, `/${part}`], ['s1', type, `/${part}`])
        const { problem } = await read(sample, { [relationshipsPart(part)]: itself })
        assert.equal(problem, undefined, `${type} of ${format}`)
      }
    }
  })

  test('a slide or a chapter that is listed 10 000 times is read once', async () => {
    for (const [format, entry] of [
      ['pptx', '<p:sldId id="256" r:id="s1"/>'],
      ['epub', '<itemref idref="c1"/>'],
    ] as const) {
      const sample = sampleOf(format)
      const index = sample.files[sample.index]?.replace(entry, entry.repeat(10_000))
      assert.deepEqual(await read(sample, { [sample.index]: index }), { lines: sample.lines }, format)
    }
  })

  test('a sheet that is listed 10 000 times is one of each name, and there may be no more', async () => {
    const xlsx = sampleOf('xlsx')
    const index = xlsx.files[xlsx.index] ?? ''
    const entry = /<sheet [^>]*>/.exec(index)?.[0] ?? ''
    const listed = (count: number) =>
      packed(xlsx, { [xlsx.index]: index.replace(entry, entry.repeat(count)) })
    const parts = { first: 9901, last: 10_000 }
    assert.deepEqual(
      (await outcomeOf(listed(10_000), { name: 'a.xlsx', parts })).lines,
      Array.from({ length: 100 }, () => xlsx.lines).flat(),
    )
    assert.match(
      (await outcomeOf(listed(10_001), { name: 'a.xlsx' })).problem ?? 'it was read',
      /^too large: it has more than 10000 sheets/,
    )
  })

  test('a part that refers to 30 000 others', async () => {
    for (const sample of SAMPLES.filter(isOffice)) {
      const many = Array.from({ length: 30_000 }, (_, i) => [`h${i}`, 'comments', 'c.xml'] as const)
      const { problem } = await read(sample, {
        [relationshipsPart(sample.text)]: relationships(...many),
        'c.xml': '<a/>',
      })
      assert.match(problem ?? 'it was read', /^too large: one of its parts refers to more than/)
    }
  })
})

describe('what is hidden is named', () => {
  test('of sheets and slides', async () => {
    for (const [format, hide] of [
      ['xlsx', (xml: string) => xml.replace('<sheet ', '<sheet state="veryHidden" ')],
      ['pptx', (xml: string) => xml.replace('<p:sld ', '<p:sld show="0" ')],
      ['ods', (xml: string) => hiddenByStyle(xml, 'table', 'table:display="false"')],
      ['odp', (xml: string) => hiddenByStyle(xml, 'drawing-page', 'presentation:visibility="hidden"')],
    ] as const) {
      const sample = sampleOf(format)
      const parts = [sample.index, sample.text].map((part) => [part, hide(sample.files[part] ?? '')] as const)
      const { lines, problem } = await read(sample, Object.fromEntries(parts))
      assert.equal(problem, undefined)
      assert.match(lines.join('\n'), /remark: (?:This sheet|Slide 1) is hidden\./, format)
      assert.deepEqual(
        lines.filter((line) => !line.startsWith('remark')),
        sample.lines,
      )
    }
  })
})

const hiddenByStyle = (xml: string, family: string, property: string) =>
  xml
    .replace(
      '<office:automatic-styles>',
      (begin) =>
        `${begin}<style:style style:name="h"><style:${family}-properties ${property}/></style:style>`,
    )
    .replace(
      /<(table:table|draw:page) /,
      (_, element) => `<${element} ${element === 'draw:page' ? 'draw' : 'table'}:style-name="h" `,
    )

test('a document is what its bytes say, whatever its name says', async () => {
  const files: Partial<Record<Format, string>> = {
    docx: 'pandoc.docx',
    xlsx: 'openpyxl.xlsx',
    pptx: 'pandoc.pptx',
    odt: 'libreoffice.odt',
    ods: 'gnumeric.ods',
    odp: 'libreoffice.odp',
    epub: 'pandoc.epub',
  }
  for (const { format } of SAMPLES)
    for (const name of [...SAMPLES.map((other) => `a.${other.format}`), 'a.pdf', 'a.txt', 'a.zip', 'a']) {
      const bytes = fileOf(files[format] ?? '')
      assert.equal((await openDocument(bytes, { name })).format, format, name)
      assert.equal((await openDocument(packed(sampleOf(format)), { name })).format, format, name)
    }
})

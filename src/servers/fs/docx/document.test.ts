import assert from 'node:assert/strict'
import { linkSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { fakeCall, type Served, serve } from '../testing/served.ts'
import { readDocx, updateDocx } from './document.ts'
import type { ParagraphPage } from './shapes.ts'

const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const BODY = `
<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Hello, </w:t></w:r><w:r><w:t xml:space="preserve">world &amp; all</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t><w:tab/><w:t>tab</w:t><w:br/><w:t>line</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p/><w:p><w:r><w:drawing note="kept"/></w:r></w:p>
<w:sectPr><w:pgSz w:w="11906"/></w:sectPr>`
const documentOf = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document xmlns:w="${W}"><w:body>${body}</w:body></w:document>`
const STYLES = strToU8('<w:styles xmlns:w="x">whatever, byte for byte</w:styles>')
const docx = (xml = documentOf(BODY)) =>
  zipSync({
    '[Content_Types].xml': strToU8('<Types/>'),
    'word/document.xml': strToU8(xml),
    'word/styles.xml': STYLES,
  })

const xmlOf = (served: Served, path: string) =>
  strFromU8(unzipSync(readFileSync(served.real(path)))['word/document.xml'] as Uint8Array)
const ALL = { offset: 0, limit: 1000, maxBytes: 1_000_000 }
const paragraphsIn = async (served: Served, path: string) =>
  (await readDocx(served.files, path, ALL, fakeCall())).paragraphs
const textsOf = async (served: Served, path: string) =>
  (await paragraphsIn(served, path)).map(({ text }) => text)

test('paragraphs are numbered through the whole text, with tabs and line breaks in it', async () => {
  using served = serve({ 'a.docx': docx() })
  assert.deepEqual(await paragraphsIn(served, '/a.docx'), [
    { index: 0, text: 'Hello, world & all' },
    { index: 1, text: 'cell\ttab\nline' },
    { index: 2, text: '' },
    { index: 3, text: '' },
  ])
})

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const relationships = (...targets: [type: string, target: string, more?: string][]) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${targets
    .map(
      ([type, target, more = '']) =>
        `<Relationship Id="r" Type="${OFFICE}/${type}" Target="${target}"${more}/>`,
    )
    .join('')}</Relationships>`
const partOf = (root: string, inner: string) => `<w:${root} xmlns:w="${W}">${inner}</w:${root}>`
const p = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`
/** A document with everything that stands beside its text. */
const whole = (more: Record<string, string> = {}) =>
  zipSync(
    Object.fromEntries(
      Object.entries({
        'word/document.xml': documentOf(p('text')),
        'word/_rels/document.xml.rels': relationships(
          ['styles', 'styles.xml'],
          ['comments', 'comments.xml'],
          ['footnotes', 'footnotes.xml'],
          ['endnotes', '/word/endnotes.xml'],
          ['header', 'header10.xml'],
          ['header', 'header2.xml'],
          ['header', 'header2.xml'],
          ['header', 'gone.xml'],
          ['header', 'http://elsewhere.example/header.xml', ' TargetMode="External"'],
          ['footer', './footer1.xml'],
        ),
        'word/header2.xml': partOf('hdr', p('first header')),
        'word/header10.xml': partOf('hdr', p('second header')),
        'word/footer1.xml': partOf('ftr', p('page of pages')),
        'word/footnotes.xml': partOf(
          'footnotes',
          `<w:footnote w:type="separator" w:id="-1">${p('')}</w:footnote>` +
            `<w:footnote w:id="1">${p('a note')}</w:footnote><w:footnote w:type="normal" w:id="2">${p('another')}</w:footnote>`,
        ),
        'word/endnotes.xml': partOf('endnotes', `<w:endnote w:id="1">${p('at the end')}</w:endnote>`),
        'word/comments.xml': partOf('comments', `<w:comment w:id="1">${p('is it so?')}</w:comment>`),
        ...more,
      }).map(([name, text]) => [name, strToU8(text)]),
    ),
  )

test('headers, footers, notes and comments follow the text, each marked as what it is', async () => {
  using served = serve({ 'a.docx': whole() })
  assert.deepEqual(await paragraphsIn(served, '/a.docx'), [
    { index: 0, text: 'text' },
    { index: 1, text: 'first header', part: 'header' },
    { index: 2, text: 'second header', part: 'header' },
    { index: 3, text: 'page of pages', part: 'footer' },
    { index: 4, text: 'a note', part: 'footnote' },
    { index: 5, text: 'another', part: 'footnote' },
    { index: 6, text: 'at the end', part: 'endnote' },
    { index: 7, text: 'is it so?', part: 'comment' },
  ])
})

test('they are changed by their numbers too, and what is not changed stays byte for byte', async () => {
  using served = serve({ 'a.docx': whole() })
  const before = unzipSync(readFileSync(served.real('a.docx')))
  const changes = [
    { index: 5, new_text: 'another note' },
    { index: 0, new_text: 'new text' },
    { index: 2, new_text: 'a header that is much longer than it was before' },
  ]
  await updateDocx(served.files, '/a.docx', changes, fakeCall())
  const texts = await textsOf(served, '/a.docx')
  for (const { index, new_text } of changes) assert.equal(texts[index], new_text)
  const after = unzipSync(readFileSync(served.real('a.docx')))
  const changed = ['word/document.xml', 'word/header10.xml', 'word/footnotes.xml']
  for (const [name, content] of Object.entries(before))
    assert.equal(Buffer.from(after[name] ?? []).equals(content), !changed.includes(name), name)
})

test('a header that claims to be the text is the text, once', async () => {
  const rels = relationships(['header', 'document.xml'], ['header', '/word/document.xml'])
  using served = serve({ 'a.docx': whole({ 'word/_rels/document.xml.rels': rels }) })
  assert.deepEqual(await paragraphsIn(served, '/a.docx'), [{ index: 0, text: 'text' }])
})

const BAD_PARTS: [string, Record<string, string>, RegExp][] = [
  ['a broken header', { 'word/header2.xml': '<w:hdr' }, /its word\/header2\.xml is not well-formed/],
  ['a header with entities', { 'word/header2.xml': '<!DOCTYPE a><a/>' }, /its word\/header2\.xml declares/],
  [
    'broken relationships',
    { 'word/_rels/document.xml.rels': '<a' },
    /document\.xml\.rels is not well-formed/,
  ],
  [
    'a flood of headers',
    {
      'word/_rels/document.xml.rels': relationships(
        ...Array.from({ length: 501 }, (_, i): [string, string] => ['header', `h${i}.xml`]),
      ),
    },
    /501 headers, footers and notes/,
  ],
  [
    'texts that are too much together',
    {
      'word/header2.xml': partOf('hdr', ' '.repeat(17 * 1024 * 1024)),
      'word/header10.xml': partOf('hdr', ' '.repeat(17 * 1024 * 1024)),
    },
    /its texts unpack to more/,
  ],
]
for (const [what, more, message] of BAD_PARTS)
  test(`${what}: the document is refused, not shown in part`, async () => {
    using served = serve({ 'a.docx': whole(more) })
    await assert.rejects(paragraphsIn(served, '/a.docx'), { name: 'ToolError', message })
  })

test('pictures, breaks of pages, links and marks of a changed paragraph stay where they are', async () => {
  const before =
    '<w:p w:id="1"><w:bookmarkStart w:id="2"/><w:hyperlink r:id="x" xmlns:r="r"><w:r><w:t>a link</w:t></w:r></w:hyperlink>' +
    '<w:r><w:br w:type="page"/></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>old</w:t><w:drawing big="' +
    `${'x'.repeat(300_000)}"/></w:r><w:r><w:tab/><w:t><![CDATA[words]]></w:t></w:r></w:p>`
  const after = before
    .replace('<w:t>a link</w:t>', '')
    .replace('<w:t>old</w:t>', '<w:t xml:space="preserve">new</w:t>')
    .replace('<w:tab/><w:t><![CDATA[words]]></w:t>', '')
  using served = serve({ 'a.docx': docx(documentOf(before)) })
  assert.deepEqual(await textsOf(served, '/a.docx'), ['a linkold\twords'])
  await updateDocx(served.files, '/a.docx', [{ index: 0, new_text: 'new' }], fakeCall())
  assert.equal(xmlOf(served, 'a.docx'), documentOf(after))
})

test('that a document had other names, which keep the old content, is reported', async () => {
  using served = serve({ 'a.docx': docx(documentOf('<w:p><w:r><w:t>old</w:t></w:r></w:p>')) })
  linkSync(served.real('a.docx'), served.real('b.docx'))
  const updates = [{ index: 0, new_text: 'new' }]
  const { content } = await served.call('update_docx_paragraphs', { path: '/a.docx', updates })
  assert.match(JSON.stringify(content), /had 1 other name \(hard link\), which keeps the old content/)
  assert.deepEqual(await textsOf(served, '/b.docx'), ['old'])
})

test('a text box has paragraphs of its own, within the one that it stands in', async () => {
  const box = '<w:txbxContent><w:p><w:r><w:t>inner</w:t></w:r></w:p></w:txbxContent>'
  const body = `<w:p><w:r><w:t>outer</w:t></w:r><w:r>${box}</w:r></w:p>`
  using served = serve({ 'a.docx': docx(documentOf(body)) })
  assert.deepEqual(await textsOf(served, '/a.docx'), ['outer', 'inner'])
  const changes = [
    { index: 1, new_text: 'INNER' },
    { index: 0, new_text: 'OUTER' },
  ]
  await updateDocx(served.files, '/a.docx', changes, fakeCall())
  assert.deepEqual(await textsOf(served, '/a.docx'), ['OUTER', 'INNER'])
})

test('any text is read back as it was written, and writing the same again changes nothing', async () => {
  const text = fc
    .string({ unit: 'grapheme' })
    .filter((value) => !/(?![\t\n])\p{Cc}|[\ufffe\uffff]/u.test(value))
  const before = docx(documentOf(`${BODY}<p:p xmlns:p="${W}"/>`))
  using served = serve()
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 5, maxLength: 5 }), async (texts) => {
      writeFileSync(served.real('a.docx'), before)
      const changes = texts.map((new_text, index) => ({ index, new_text }))
      await updateDocx(served.files, '/a.docx', changes, fakeCall())
      assert.deepEqual(await textsOf(served, '/a.docx'), texts)
      const xml = xmlOf(served, 'a.docx')
      await updateDocx(served.files, '/a.docx', changes, fakeCall())
      assert.equal(xmlOf(served, 'a.docx'), xml)
    }),
    { numRuns: 50 },
  )
})

test('a changed paragraph keeps its properties and the format of its first words; the rest stays as it was', async () => {
  using served = serve({ 'a.docx': docx() })
  const changes = [
    { index: 0, new_text: ' <new> & "text"\twith\nall ' },
    { index: 2, new_text: 'was empty' },
  ]
  await updateDocx(served.files, '/a.docx', changes, fakeCall())
  assert.deepEqual(await textsOf(served, '/a.docx'), [
    ' <new> & "text"\twith\nall ',
    'cell\ttab\nline',
    'was empty',
    '',
  ])
  const xml = xmlOf(served, 'a.docx')
  assert.match(xml, /<w:tab w:val="left" w:pos="1"\/>/)
  assert.match(xml, /<w:r><w:rPr><w:b\/><\/w:rPr><w:t/)
  assert.match(xml, /<w:drawing note="kept"\/>/)
  assert.match(xml, /<w:pgSz w:w="11906"\/>/)
  assert.match(xml, /^<\?xml version="1.0" encoding="UTF-8" standalone="yes"\?>/)
  assert.deepEqual(unzipSync(readFileSync(served.real('a.docx')))['word/styles.xml'], STYLES)
})

const BAD_CHANGES: [string, { index: number; new_text: string }[], RegExp][] = [
  [
    'an index that is not there',
    [
      { index: 0, new_text: 'x' },
      { index: 4, new_text: 'x' },
    ],
    /no paragraph 4/,
  ],
  [
    'an index twice',
    [
      { index: 1, new_text: 'x' },
      { index: 1, new_text: 'y' },
    ],
    /twice/,
  ],
  ['a control character', [{ index: 0, new_text: 'a\u0001b' }], /can't hold/],
  ['half a character', [{ index: 0, new_text: '\ud800' }], /can't hold/],
]
for (const [what, changes, message] of BAD_CHANGES)
  test(`${what} is refused, and nothing is written`, async () => {
    using served = serve({ 'a.docx': docx() })
    const before = readFileSync(served.real('a.docx'))
    await assert.rejects(updateDocx(served.files, '/a.docx', changes, fakeCall()), {
      name: 'ToolError',
      message,
    })
    assert.deepEqual(readFileSync(served.real('a.docx')), before)
  })

const bomb = () => zipSync({ 'word/document.xml': new Uint8Array(200 * 1024 * 1024) }, { level: 9 })
const crowd = () =>
  zipSync(Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`part${i}`, new Uint8Array(0)])))
/** An archive that says its text unpacks to ten bytes. */
const liar = () => {
  const archive = Buffer.from(bomb())
  archive.writeUInt32LE(10, archive.lastIndexOf('PK\x01\x02', archive.length, 'latin1') + 24)
  return archive
}
const latin1 = () =>
  zipSync({ 'word/document.xml': Buffer.from(documentOf('<w:p><w:r><w:t>\xe9</w:t></w:r></w:p>'), 'latin1') })
const BAD_FILES: [string, () => Uint8Array | string, RegExp][] = [
  ['what is no archive', () => 'plain text', /Word document.*no zip archive/],
  ['an archive cut off', () => docx().subarray(0, 200), /no zip archive, or a broken one/],
  ['an archive without a text', () => zipSync({ 'a.txt': strToU8('a') }), /no word\/document\.xml/],
  ['XML that is broken', () => docx('<w:document'), /not well-formed/],
  ['XML with a tag that is never closed', () => docx(documentOf('<w:p>')), /not well-formed/],
  [
    'a text that declares entities',
    () => docx(`<!DOCTYPE a [<!ENTITY x "y">]>${documentOf('')}`),
    /document type/,
  ],
  ['a text that is not UTF-8', latin1, /not UTF-8/],
  ['a text that nests without end', () => docx('<a>'.repeat(100_000)), /nests deeper than 256/],
  ['a flood of paragraphs', () => docx(documentOf('<w:p/>'.repeat(200_001))), /more than 200000 paragraphs/],
  ['a bomb', bomb, /unpacks to more/],
  ['a bomb that lies about its size', liar, /unpacks to more/],
  ['a crowd of parts', crowd, /6000 parts/],
]
for (const [what, make, message] of BAD_FILES)
  test(`${what} is refused, and left as it is`, async () => {
    const bytes = Buffer.from(make())
    using served = serve({ 'a.docx': bytes })
    await assert.rejects(paragraphsIn(served, '/a.docx'), { name: 'ToolError', message })
    const update = updateDocx(served.files, '/a.docx', [{ index: 0, new_text: 'x' }], fakeCall())
    await assert.rejects(update, { name: 'ToolError', message })
    assert.ok(readFileSync(served.real('a.docx')).equals(bytes))
  })

test('a long document comes in pages, which have all of it, and each says how much there is and where the next begins', async () => {
  using served = serve({
    'a.docx': docx(documentOf(Array.from({ length: 25 }, (_, i) => p(`${i}`)).join(''))),
  })
  const texts: string[] = []
  let offset: unknown = 0
  while (offset !== undefined) {
    const { content = [], structured } = await served.call('read_docx_paragraphs', {
      path: '/a.docx',
      offset,
      limit: 10,
    })
    const { paragraphs, total, nextOffset } = structured as ParagraphPage
    texts.push(...paragraphs.map(({ text }) => text))
    assert.equal(total, 25)
    const told = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
    if (nextOffset === undefined) assert.doesNotMatch(told, /next page/)
    else assert.match(told, new RegExp(`25 paragraphs. The next page begins at offset ${nextOffset}`))
    offset = nextOffset
  }
  assert.deepEqual(
    texts,
    Array.from({ length: 25 }, (_, i) => `${i}`),
  )
  await assert.rejects(
    served.call('read_docx_paragraphs', { path: '/a.docx', offset: 25 }),
    /has 25 paragraphs, counted from 0; there is none at offset 25/,
  )
})

test('a page ends before it is too long for a reply, and a paragraph that is too long alone is reported', async () => {
  const long = 'x'.repeat(3_000_000)
  using served = serve({
    'a.docx': docx(documentOf(p('a') + p(long) + p(long) + p(long.repeat(2)) + p('z'))),
  })
  const page = async (offset: number) =>
    (await served.call('read_docx_paragraphs', { path: '/a.docx', offset })).structured as ParagraphPage
  assert.equal((await page(0)).nextOffset, 2)
  assert.equal((await page(2)).nextOffset, 3)
  await assert.rejects(page(3), /Paragraph 3 of .* is too long for one reply .*Go on behind it: offset 4/)
  assert.deepEqual(
    (await page(4)).paragraphs.map(({ text }) => text),
    ['z'],
  )
})

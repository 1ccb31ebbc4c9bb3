import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Zippable, zipSync } from 'fflate'
import { DocumentProblem } from '../document.ts'
import { all } from '../testing/all.ts'
import { openDocumentProperties, refuseEncrypted } from './open-document.ts'
import { corePropertiesOf, mainPartOf, relationshipsOf } from './open-packaging.ts'
import { MAX_HELD_BYTES, MAX_PARTS, MAX_READ_BYTES, MAX_READS, Package } from './package.ts'

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships'
const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

const packed = (files: Record<string, string>) =>
  new Package(
    Buffer.from(
      zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, Buffer.from(xml)]))),
    ),
    { name: 'folder/some.xlsx' },
  )
const relationships = (...rows: [id: string, type: string, target: string, more?: string][]) =>
  `<Relationships xmlns="${RELATIONSHIPS}">${rows
    .map(
      ([id, type, target, more = '']) =>
        `<Relationship Id="${id}" Type="${type}" Target="${target}" ${more}/>`,
    )
    .join('')}</Relationships>`

const problemOf = (work: () => unknown): DocumentProblem => {
  try {
    work()
  } catch (problem) {
    if (problem instanceof DocumentProblem) return problem
    throw problem
  }
  throw new Error('no problem')
}

describe('the parts of an Office document', () => {
  test('are found by their relationships, within the archive alone', () => {
    const document = packed({
      '_rels/.rels': relationships(['r1', `${TYPES}/officeDocument`, '/xl/workbook.xml']),
      'xl/workbook.xml': '<a/>',
      'xl/_rels/workbook.xml.rels': relationships(
        ['r1', `${TYPES}/worksheet`, 'worksheets/sheet1.xml'],
        ['r2', `${TYPES}/styles`, '../../../../etc/passwd'],
        ['r3', `${TYPES}/hyperlink`, 'file:///etc/passwd', 'TargetMode="External"'],
      ),
    })
    assert.equal(mainPartOf(document), 'xl/workbook.xml')
    assert.deepEqual(
      [...relationshipsOf(document, 'xl/workbook.xml')],
      [
        ['r1', { type: 'worksheet', target: 'xl/worksheets/sheet1.xml' }],
        ['r2', { type: 'styles', target: 'etc/passwd' }],
      ],
    )
    assert.equal(relationshipsOf(document, 'xl/worksheets/sheet1.xml').size, 0)
  })

  test('must say where reading begins', () => {
    const problem = problemOf(() => mainPartOf(packed({ 'xl/workbook.xml': '<a/>' })))
    assert.equal(
      problem.message,
      '"some.xlsx" can\'t be read: it does not say which of its parts is the text.',
    )
  })
})

test('a document says its title and language', () => {
  const properties = (language: string) =>
    `<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title> Sales
      in May\u0085</dc:title><dc:creator>Ada</dc:creator><dc:language>${language}</dc:language></p>`
  assert.deepEqual(corePropertiesOf(packed({ 'docProps/core.xml': properties('de-AT') })), {
    title: 'Sales in May',
    language: 'de',
  })
  assert.deepEqual(openDocumentProperties(packed({ 'meta.xml': properties('no language') })), {
    title: 'Sales in May',
  })
  assert.deepEqual(corePropertiesOf(packed({ other: '' })), {})
})

describe('a document is refused', () => {
  test('that is encrypted', () => {
    const manifest = `<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry
      m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>`
    const open = packed({ 'META-INF/manifest.xml': manifest.replace('<m:encryption-data/>', '') })
    refuseEncrypted(open)
    const document = packed({ 'META-INF/manifest.xml': manifest })
    assert.equal(problemOf(() => refuseEncrypted(document)).kind, 'encrypted')
    const compound = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(504),
      Buffer.from('EncryptedPackage', 'utf16le'),
    ])
    const problem = problemOf(() => new Package(compound, { name: 'some.xlsx' }))
    assert.equal(problem.kind, 'encrypted')
    assert.equal(problem.message, '"some.xlsx" can\'t be read: it is encrypted: save it without a password.')
  })

  test('that names a part as nobody can read it, and what is wrong with that part is said all the same', () => {
    const part = `xl/\x1b[31m\n\u202e${'x'.repeat(60_000)}`
    const problem = problemOf(() => packed({ [part]: '<a' }).xml(part, {}))
    assert.match(
      problem.message,
      /^"some\.xlsx" can't be read: its xl\/ \[31m x{1,100} is not well-formed XML\.$/,
    )
  })

  test('that is in an older format of Office', () => {
    const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504)])
    assert.equal(problemOf(() => new Package(compound, { name: 'a.xls' })).kind, 'unsupported')
  })

  test('that is empty, no archive, or cut off', () => {
    const archive = Buffer.from(zipSync({ a: Buffer.from('text') }))
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('a text'),
      archive.subarray(0, -1),
      archive.subarray(0, 20),
    ]) {
      const problem = problemOf(() => new Package(bytes, { name: '/home/ada/a.xlsx' }))
      assert.equal(problem.kind, 'damaged')
      assert.equal(problem.message, '"a.xlsx" can\'t be read: it is no zip archive, or a broken one.')
    }
  })

  test('that has 100 000 parts, or more than are read of any', () => {
    const files = (count: number): Zippable =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}`, new Uint8Array()]))
    const open = (count: number) =>
      new Package(Buffer.from(zipSync(files(count), { level: 0 })), { name: 'a.xlsx' })
    assert.ok(open(MAX_PARTS).has(`${MAX_PARTS - 1}`))
    assert.equal(problemOf(() => open(MAX_PARTS + 1)).kind, 'too large')
    assert.match(problemOf(() => open(100_000)).kind, /damaged|too large|unsupported/)
  })
})

describe('what is unpacked', () => {
  const piece = Buffer.alloc(MAX_HELD_BYTES, ' ')
  const bytes = Buffer.from(zipSync({ a: piece, c: piece }, { level: 0 }))
  const most = MAX_READ_BYTES / MAX_HELD_BYTES
  const tooMuch = `"a.odt" can't be read: it unpacks to more than ${MAX_READ_BYTES} bytes.`

  test('is counted for each reading, also for two at once, and where it is too much the bound is named', () => {
    const document = new Package(bytes, { name: 'a.odt' })
    const [one, other] = [document.again(), document.again()]
    for (let i = 0; i < most; i++) for (const reading of [document, one, other]) reading.bytes('a')
    for (const reading of [document, one, other])
      assert.equal(problemOf(() => reading.bytes('c')).message, tooMuch)
    assert.equal(document.again().bytes('c')?.length, MAX_HELD_BYTES)
  })

  test('of nothing is counted, too: parts may refer to the same one without end', () => {
    const reading = new Package(Buffer.from(zipSync({ a: new Uint8Array() }, { level: 0 })), {
      name: 'a.odt',
    })
    for (let i = 0; i < MAX_READS; i++) reading.bytes('a')
    assert.equal(
      problemOf(() => reading.bytes('a')).message,
      `"a.odt" can't be read: its parts refer to each other more than ${MAX_READS} times.`,
    )
    assert.ok(reading.again().bytes('a'))
  })

  test('in pieces is counted along', async () => {
    const reading = new Package(bytes, { name: 'a.odt' })
    for (let i = 0; i < most; i++) reading.bytes('a')
    await assert.rejects(all(reading.stream('c', () => ({}))), { kind: 'too large', message: tooMuch })
  })
})

test('nothing is read once nobody waits for it', async () => {
  const controller = new AbortController()
  const bytes = Buffer.from(zipSync({ a: Buffer.from('<a/>') }))
  const document = new Package(bytes, { name: 'a.xlsx', signal: controller.signal })
  controller.abort(new Error('enough'))
  assert.throws(() => document.xml('a', {}), { message: 'enough' })
  await assert.rejects(all(document.stream('a', () => ({}))), { message: 'enough' })
})

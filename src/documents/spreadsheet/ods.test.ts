import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { all } from '../testing/all.ts'
import { readAndTold, sample, told } from '../testing/told.ts'
import { MAX_COLUMNS } from './address.ts'
import { readOds } from './ods.ts'
import { MAX_CELLS } from './sheet.ts'
import { zipped } from './testing/workbook.ts'

const NAMES = Object.entries({
  office: 'office',
  table: 'table',
  text: 'text',
  style: 'style',
  draw: 'drawing',
})
  .map(([name, space]) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${space}:1.0"`)
  .join(' ')
const content = (tables: string, styles = '') =>
  `<office:document-content ${NAMES}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`
const made = (tables: string, more: Record<string, string> = {}) =>
  zipped({ 'content.xml': content(tables), ...more })
const ofRows = (rows: string) =>
  readAndTold(readOds, made(`<table:table table:name="A">${rows}</table:table>`))
const cell = (attributes: string, text = '') =>
  ofRows(
    `<table:table-row><table:table-cell ${attributes}>${text}</table:table-cell></table:table-row>`,
  ).then((lines) => lines.slice(1))

const SALES = [
  'heading: Sales & more',
  'row A1: ["Sales 2024"]',
  'header A3: ["Day","Customer","Amount","Share","Paid","Time","Hours","Note"]',
  'row A4: ["2024-02-29","Müller","1234.50 €","12.5%","TRUE","14:30","26:05","first\\nsecond line"]',
  'row A5: ["1999-12-31 23:59:58","Straße 7 😀","-$0.50","100%","FALSE","00:00:01","00:03"]',
  'row A7: ["$1234.00","00007","#DIV/0!","merged"]',
  'remark: Hidden in this sheet: 1 row.',
  'note B4: Pays late.',
  'heading: Secret',
  'remark: This sheet is hidden.',
  'row XFD1048576: the last cell',
  'heading: Empty',
  'heading: Tables',
  'row A1: ["x"]',
  'header B3: ["","Town","People"]',
  'row B4: ["","Paris","2102650"]',
  'row B5: ["","Rome","2748109"]',
]

describe('a spreadsheet', () => {
  test('of LibreOffice has sheets, rows, dates, amounts, hidden parts and comments', async () => {
    const document = await readOds(sample('libreoffice.ods'), { name: 'a.ods' })
    assert.equal(document.title, 'Sales of the year')
    assert.equal(document.language, 'en')
    assert.deepEqual(document.parts, {
      kind: 'sheet',
      count: 4,
      names: ['Sales & more', 'Secret', 'Empty', 'Tables'],
    })
    assert.deepEqual(await told(document), SALES)
  })

  test('of Gnumeric says the same, but for the format of what a formula adds up', async () => {
    assert.deepEqual(
      await readAndTold(readOds, sample('gnumeric.ods')),
      SALES.map((line) => line.replace('$1234.00', '1234')),
    )
  })

  test('is read from one sheet to another', async () => {
    for (const [first, last, from, to] of [
      [2, 2, 8, 11],
      [3, 4, 11, 17],
      [1, 1, 0, 8],
    ] as const)
      assert.deepEqual(
        await readAndTold(readOds, sample('libreoffice.ods'), { parts: { first, last } }),
        SALES.slice(from, to),
      )
  })

  test('says that it has macros, which are not run', async () => {
    assert.deepEqual(await readAndTold(readOds, made('', { 'Basic/script-lc.xml': '' })), [
      'remark: This spreadsheet has macros, which are not run and not read.',
    ])
  })
})

describe('a cell', () => {
  for (const [attributes, text, shown] of [
    ['office:value-type="currency" office:currency="EUR" office:value="1234.5"', '1.234,50 €', '1234.50 €'],
    ['office:value-type="currency" office:currency="JPY" office:value="500"', 'JPY500', 'JPY 500'],
    ['office:value-type="date" office:date-value="2024-02-29T14:30:00.25"', '29.02.', '2024-02-29 14:30'],
    ['office:value-type="date" office:date-value="2024-02-29T00:00:00"', '29.02.', '2024-02-29'],
    ['office:value-type="date" office:date-value="soon"', 'some day', 'some day'],
    ['office:value-type="time" office:time-value="-PT1H0M5S"', '-1:00', '-01:00:05'],
    ['office:value-type="time" office:time-value="P1DT2H"', '26:00', '26:00'],
    ['office:value-type="boolean" office:boolean-value="true"', 'WAHR', 'TRUE'],
    ['office:value-type="percentage" office:value="0.07"', '7 %', '7%'],
    ['office:value-type="float" office:value="3.14159265"', '3,14', '3.14159265'],
    ['table:formula="of:=SUM([.A1:.A3])"', '', '=SUM([.A1:.A3])'],
    ['office:value-type="string" office:string-value="hidden"', '', 'hidden'],
  ] as const)
    test(`with ${attributes} is ${shown}`, async () => {
      assert.deepEqual(await cell(attributes, text && `<text:p>${text}</text:p>`), [
        `row A1: ${JSON.stringify([shown])}`,
      ])
    })

  test('has its paragraphs, spaces and links, and neither pictures nor how it is spoken', async () => {
    assert.deepEqual(
      await cell(
        '',
        `<draw:frame><draw:text-box><text:p>no</text:p></draw:text-box></draw:frame><text:p>one<text:s text:c="2"/>two<text:tab/><text:a>link</text:a></text:p
        ><text:p>more<text:line-break/><text:ruby><text:ruby-base>base</text:ruby-base><text:ruby-text>no</text:ruby-text></text:ruby></text:p>`,
      ),
      ['row A1: ["one  two\\tlink\\nmore\\nbase"]'],
    )
  })
})

describe('rows and cells that are repeated', () => {
  test('are there as often as they say', async () => {
    assert.deepEqual(
      await ofRows(`<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"/><table:table-cell table:number-columns-repeated="3"><text:p>a</text:p></table:table-cell></table:table-row
        ><table:table-row table:number-rows-repeated="1000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row
        ><table:table-row><table:covered-table-cell/><table:table-cell office:value-type="float" office:value="1"/></table:table-row>`),
      ['heading: A', 'row C1: ["","","a","a","a"]', 'row C2: ["","","a","a","a"]', 'row B1003: ["","1"]'],
    )
  })

  test('16384 by 1048576 times are read up to a number of cells', async () => {
    const bomb = `<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>`
    const document = await readOds(made(`<table:table>${bomb.repeat(1000)}</table:table>`), { name: 'a.ods' })
    const blocks = await all(document.blocks())
    assert.equal(blocks.length, Math.floor(MAX_CELLS / MAX_COLUMNS) + 1)
    assert.equal(blocks.at(-1)?.text, `Only the first ${MAX_CELLS} cells of this document are read.`)
  })

  test('move no text out of the sheet without a word', async () => {
    assert.deepEqual(
      await ofRows(
        `<table:table-row><table:table-cell table:number-columns-repeated="${MAX_COLUMNS}"/><table:table-cell><text:p>far</text:p></table:table-cell></table:table-row
        ><table:table-row><table:table-cell><text:p>near</text:p></table:table-cell></table:table-row>`,
      ),
      [
        'heading: A',
        'row A2: ["near"]',
        'remark: Left out of this sheet: 1 cell in no column from A to XFD.',
      ],
    )
  })

  test('by numbers that are none are there once', async () => {
    for (const count of ['-1', '0', 'x', '1e99', '1.5'])
      assert.deepEqual(
        await ofRows(
          `<table:table-row table:number-rows-repeated="${count}"><table:table-cell table:number-columns-repeated="${count}"><text:p>1</text:p></table:table-cell></table:table-row>`,
        ),
        ['heading: A', 'row A1: ["1"]'],
      )
  })
})

describe('a spreadsheet is refused', () => {
  test('that is encrypted, and it is said what to do', async () => {
    const manifest = `<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>`
    await assert.rejects(
      readOds(zipped({ 'META-INF/manifest.xml': manifest, 'content.xml': '\x8e\x02' }), { name: 'a.ods' }),
      {
        name: 'DocumentProblem',
        kind: 'encrypted',
        message: '"a.ods" can\'t be read: it is encrypted: save it without a password.',
      },
    )
  })

  test('that is none, empty, or cut off', async () => {
    const whole = sample('libreoffice.ods')
    for (const bytes of [
      Buffer.alloc(0),
      whole.subarray(0, 5000),
      sample('openpyxl.xlsx'),
      zipped({ 'content.xml': '<a' }),
    ])
      await assert.rejects(readOds(bytes, { name: 'a.ods' }), { name: 'DocumentProblem', kind: 'damaged' })
  })

  test('or read, whichever of its bytes is another', async () => {
    const whole = sample('gnumeric.ods')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const bytes = Buffer.from(whole)
        bytes[at] = byte
        await readAndTold(readOds, bytes).catch((problem) =>
          assert.equal(problem.name, 'DocumentProblem', String(problem)),
        )
      }),
      { numRuns: 50 },
    )
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_READ_BYTES } from '../package/package.ts'
import { all } from '../testing/all.ts'
import { readAndTold, sample, told } from '../testing/told.ts'
import { MAX_COLUMNS } from './address.ts'
import { MAX_CELL_TEXT, MAX_CELLS } from './sheet.ts'
import { largeWorkbook, sheetXml, workbookFiles, zipped } from './testing/workbook.ts'
import { readXlsx } from './xlsx.ts'

const read = (bytes: Buffer) => readAndTold(readXlsx, bytes)
const ofRows = (rows: string, more: Record<string, string> = {}) =>
  read(zipped(workbookFiles([sheetXml(rows)], more)))
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

/** What LibreOffice and Gnumeric make of what openpyxl wrote says the same, but for the value of the formula. */
const salesTold = (total: string) => [
  'heading: Sales & more',
  'row A1: ["Sales 2024"]',
  'header A3: ["Day","Customer","Amount","Share","Paid","Time","Hours","Note"]',
  'row A4: ["2024-02-29","Müller","1234.50 €","12.5%","TRUE","14:30","26:05","first\\nsecond line"]',
  'row A5: ["1999-12-31 23:59:58","Straße 7 😀","-$0.50","100%","FALSE","00:00:01","00:03"]',
  `row A7: ["${total}","00007","#DIV/0!","merged"]`,
  'remark: Hidden in this sheet: 1 row.',
  'note B4: Pays late.',
  'heading: Secret',
  'remark: This sheet is hidden.',
  'row XFD1048576: the last cell',
  'heading: Empty',
  'heading: Tables',
  'row A1: ["x"]',
  'heading: Towns',
  'header B3: ["","Town","People"]',
  'row B4: ["","Paris","2102650"]',
  'row B5: ["","Rome","2748109"]',
]

describe('a workbook', () => {
  test('of openpyxl has sheets, rows, dates, amounts, comments and tables; a formula without a value is itself', async () => {
    const document = await readXlsx(sample('openpyxl.xlsx'), { name: 'a.xlsx' })
    assert.equal(document.title, 'Sales of the year')
    assert.equal(document.language, 'en')
    assert.deepEqual(document.parts, {
      kind: 'sheet',
      count: 4,
      names: ['Sales & more', 'Secret', 'Empty', 'Tables'],
    })
    assert.deepEqual(await told(document), salesTold('=SUM(C4:C5)'))
  })

  test('of LibreOffice says the same', async () => {
    assert.deepEqual(await read(sample('libreoffice.xlsx')), salesTold('1234'))
  })

  test('of Gnumeric says the same, but for what that leaves out', async () => {
    const left = ['remark: This sheet is hidden.', 'heading: Towns']
    assert.deepEqual(
      await read(sample('gnumeric.xlsx')),
      salesTold('1234').filter((line) => !left.includes(line)),
    )
  })

  test('of XlsxWriter has rich text, values of formulas, links, charts without cells, and hidden sheets', async () => {
    assert.deepEqual(await read(sample('xlsxwriter.xlsx')), [
      'heading: Rich text',
      'row A1: ["some bold words","2","ab","#DIV/0!","TRUE","2024-03-01 09:15"]',
      'row A3: ["a link","2024-03-01","1e+21","0.3"]',
      'note A3: about the link',
      'heading: Chart',
      'heading: Hidden',
      'remark: This sheet is hidden.',
      'row A1: ["found me"]',
    ])
  })

  test('has its texts in the cells themselves, and counts days from 1904, where it says so', async () => {
    assert.deepEqual(await read(sample('xlsxwriter-inline.xlsx')), [
      'heading: Sheet1',
      'header A1: ["inline","strings","xy"]',
      'row A2: ["2024-02-29"]',
    ])
    assert.deepEqual(await read(sample('openpyxl-1904.xlsx')), [
      'heading: Sheet',
      'row A1: ["1904-01-02","2024-03-01 06:00"]',
    ])
  })

  test('says that it has macros, which are not run', async () => {
    assert.deepEqual(await read(sample('xlsxwriter-macros.xlsm')), [
      'remark: This workbook has macros, which are not run and not read.',
      'heading: Data',
      'row A1: ["beside macros"]',
    ])
  })

  test('is read from one sheet to another', async () => {
    const parts = { first: 3, last: 4 }
    assert.deepEqual(
      await readAndTold(readXlsx, sample('openpyxl.xlsx'), { parts }),
      salesTold('').slice(salesTold('').indexOf('heading: Empty')),
    )
  })

  test('may have another prefix for all its elements, and no addresses', async () => {
    const sheet = `<q:worksheet xmlns:q="http://purl.oclc.org/ooxml/spreadsheetml/main"><q:sheetData><q:row><q:c><q:v>1</q:v></q:c
      ><q:c t="inlineStr"><q:is><q:r><q:t>two</q:t></q:r><q:rPh><q:t>TSU</q:t></q:rPh></q:is></q:c></q:row><q:row><q:c><q:v>3</q:v></q:c></q:row></q:sheetData></q:worksheet>`
    assert.deepEqual(await read(zipped(workbookFiles([sheet]))), [
      'heading: Sheet 1',
      'row A1: ["1","two"]',
      'row A2: ["3"]',
    ])
  })

  test('has its answers to comments once', async () => {
    const files = workbookFiles([sheetXml('<row r="1"><c r="A1"><v>1</v></c></row>')], {
      'xl/_rels/sheet1.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="a" Type="x/comments" Target="comments1.xml"/><Relationship Id="b" Type="x/threadedComment" Target="threadedComments/c.xml"/></Relationships>`,
      'xl/comments1.xml': `<comments ${MAIN}><commentList><comment ref="A1"><text><t>[Threaded comment] Is it?</t></text></comment></commentList></comments>`,
      'xl/threadedComments/c.xml':
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="A1"><text>Is it?</text></threadedComment><threadedComment ref="A1"><text>It is.</text></threadedComment></ThreadedComments>',
    })
    assert.deepEqual((await read(zipped(files))).slice(2), ['note A1: Is it?', 'note A1: It is.'])
  })
})

describe('rows and cells', () => {
  test('may be out of order, twice there, or at addresses that are none', async () => {
    assert.deepEqual(
      await ofRows(`<row r="7"><c r="C7"><v>3</v></c><c r="A7"><v>1</v></c><c r="C7"><v>4</v></c></row>
        <row r="x"><c r="A"><v>5</v></c><c r="1"><v>6</v></c><c r=""><v>7</v></c><c r="B8"><v>8</v></c></row>`),
      [
        'heading: Sheet 1',
        'row A7: ["1","","4"]',
        'row B8: ["","8"]',
        'remark: Left out of this sheet: 3 cells in no column from A to XFD.',
      ],
    )
  })

  test('beyond the last column, in a sheet that claims a million of them, are left out, which is said', async () => {
    const sheet = sheetXml(
      '<row r="1"><c r="A1"><v>1</v></c><c r="BDWGN1"><v>2</v></c><c r="XFE1"><v>3</v></c></row>',
    )
    const claiming = sheet.replace('<sheetData>', '<dimension ref="A1:BDWGN1048576"/><sheetData>')
    assert.deepEqual(await read(zipped(workbookFiles([claiming]))), [
      'heading: Sheet 1',
      'row A1: ["1"]',
      'remark: Left out of this sheet: 2 cells in no column from A to XFD.',
    ])
  })

  test('that say more than a cell may are cut, which is said', async () => {
    const long = (letter: string, more: number) => letter.repeat(MAX_CELL_TEXT + more)
    const sheet = sheetXml(
      `<row><c t="inlineStr"><is><t>${long('a', 0)}</t></is></c><c t="inlineStr"><is><t>${long('b', 1)}</t></is></c><c t="s"><v>0</v></c></row>`,
    )
    const shared = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>${long('c', 50_000)}</t></si></sst>`
    const blocks = await all(
      (
        await readXlsx(zipped(workbookFiles([sheet], { 'xl/sharedStrings.xml': shared })), { name: 'a.xlsx' })
      ).blocks(),
    )
    assert.deepEqual(blocks[1]?.cells, [long('a', 0), long('b', 0), long('c', 0)])
    assert.equal(blocks[2]?.text, `Cut in this sheet after ${MAX_CELL_TEXT} characters: 2 cells.`)
  })

  test('are read up to a number of cells, empty ones between them included', async () => {
    const far = (row: number) => `<row r="${row}"><c r="XFD${row}"><v>1</v></c></row>`
    const count = Math.floor(MAX_CELLS / MAX_COLUMNS)
    const lines = await ofRows(Array.from({ length: count + 50 }, (_, i) => far(i + 1)).join(''))
    assert.equal(lines.length, count + 2)
    assert.equal(lines.at(-1), `remark: Only the first ${MAX_CELLS} cells of this document are read.`)
  })

  test('that refer to texts or formats that are not there are empty, or plain numbers', async () => {
    assert.deepEqual(
      await ofRows(
        '<row><c t="s"><v>99</v></c><c s="77"><v>1.5</v></c><c t="n"><v>none</v></c><c><v>1e999</v></c></row>',
      ),
      ['heading: Sheet 1', 'row B1: ["","1.5","none","1e999"]'],
    )
  })
})

describe('a workbook is refused, or read as far as it goes,', () => {
  const refused = async (bytes: Buffer) => {
    try {
      await read(bytes)
    } catch (problem) {
      const { name, kind, message } = problem as { name: string; kind: string; message: string }
      assert.equal(name, 'DocumentProblem', String(problem))
      return `${kind}: ${message}`
    }
    return 'read'
  }

  test('where it is empty, something else, or cut off', async () => {
    const whole = sample('openpyxl.xlsx')
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('Name,Town\n'),
      whole.subarray(0, 3000),
      zipped({ a: 'b' }),
    ])
      assert.match(await refused(bytes), /^damaged: "a file" can't be read: /)
    assert.match(await refused(sample('libreoffice.ods')), /^damaged/)
  })

  test('where a sheet ends too early: all rows before are there', async () => {
    const sheet = sheetXml('<row><c><v>1</v></c></row><row><c><v>2').slice(0, -26)
    const document = await readXlsx(zipped(workbookFiles([sheet])), { name: 'a.xlsx' })
    const rows: string[] = []
    await assert.rejects(
      async () => {
        for await (const { kind, text } of document.blocks()) if (kind === 'row') rows.push(text)
      },
      { name: 'DocumentProblem', kind: 'damaged' },
    )
    assert.deepEqual(rows, ['1'])
  })

  test('where a sheet unpacks to gigabytes: no more of it is unpacked than may be', async () => {
    const bomb = sheetXml(' '.repeat(MAX_READ_BYTES))
    assert.match(
      await refused(zipped(workbookFiles([bomb]), { level: 1 })),
      /^too large: .*unpacks to more than/,
    )
  })

  test('where it declares entities, of its own or from elsewhere', async () => {
    for (const entity of ['"lol"', 'SYSTEM "file:///etc/passwd"']) {
      const sheet = `<!DOCTYPE a [<!ENTITY e ${entity}>]>${sheetXml('<row><c t="str"><v>&e;</v></c></row>')}`
      assert.match(await refused(zipped(workbookFiles([sheet]))), /^damaged: .*declares entities of its own/)
    }
  })

  test('where an archive is within it: that stays closed', async () => {
    const inner = zipped(workbookFiles([sheetXml('<row><c><v>1</v></c></row>')]))
    const files = {
      ...workbookFiles([sheetXml('<row><c><v>2</v></c></row>')]),
      'xl/embeddings/book.xlsx': inner,
    }
    assert.deepEqual(await read(zipped(files)), ['heading: Sheet 1', 'row A1: ["2"]'])
  })

  test('where its parts have names that lead out of it', async () => {
    const files = workbookFiles([sheetXml('')])
    const leading =
      files['xl/_rels/workbook.xml.rels']?.toString().replace('sheet1.xml', '../../../../etc/passwd') ?? ''
    assert.deepEqual(await read(zipped({ ...files, 'xl/_rels/workbook.xml.rels': leading })), [
      'heading: Sheet 1',
      'remark: This sheet is missing.',
    ])
  })

  test('where it is a binary workbook', async () => {
    const files = workbookFiles([])
    const links = String(files['_rels/.rels']).replace('workbook.xml', 'workbook.bin')
    assert.equal(
      await refused(zipped({ ...files, '_rels/.rels': links, 'xl/workbook.bin': '\x83\x01' })),
      'unsupported: "a file" can\'t be read: it is a binary workbook (.xlsb): save it as .xlsx.',
    )
  })

  test('where two of its parts overlap', async () => {
    const bytes = zipped(workbookFiles([sheetXml(''), sheetXml('')]), { level: 0 })
    const record = (name: string) => bytes.lastIndexOf(name) - 46
    bytes.copy(
      bytes,
      record('xl/sheet2.xml') + 42,
      record('xl/sheet1.xml') + 42,
      record('xl/sheet1.xml') + 46,
    )
    assert.match(await refused(bytes), /^damaged: .*no zip archive, or a broken one/)
  })

  test('where any of its bytes is another', async () => {
    const whole = sample('xlsxwriter.xlsx')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const bytes = Buffer.from(whole)
        bytes[at] = byte
        await refused(bytes)
      }),
    )
  })
})

test('a workbook of 100 000 cells is read, and its beginning costs no more than that', async () => {
  const bytes = largeWorkbook(10_000)
  const lines = await read(bytes)
  assert.equal(lines.length, 10_001)
  assert.equal(
    lines[1],
    'row A1: ["Customer number 3 of some town","Customer number 4 of some town","Customer number 5 of some town","2009-07-07","4.25","5.25","6.25","7.25","8.25","9.25"]',
  )
  let rows = 0
  for await (const _ of (await readXlsx(bytes, { name: 'a.xlsx' })).blocks()) if (++rows === 10) break
  assert.equal(rows, 10)
})

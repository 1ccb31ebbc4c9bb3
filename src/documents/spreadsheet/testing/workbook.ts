/** Workbooks made by hand: what other programs don't write. */
import { type ZipOptions, zipSync } from 'fflate'

const SCHEMAS = 'http://schemas.openxmlformats.org'
const TYPES = `${SCHEMAS}/officeDocument/2006/relationships`
const relationships = (rows: string[]) =>
  `<Relationships xmlns="${SCHEMAS}/package/2006/relationships">${rows.join('')}</Relationships>`
const relationship = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`

export const zipped = (
  files: Readonly<Record<string, string | Uint8Array>>,
  options: ZipOptions = {},
): Buffer =>
  Buffer.from(
    zipSync(
      Object.fromEntries(
        Object.entries(files).map(([name, content]) => [name, new Uint8Array(Buffer.from(content))]),
      ),
      options,
    ),
  )

/** A sheet with these rows, in XML. */
export const sheetXml = (rows: string): string =>
  `<worksheet xmlns="${SCHEMAS}/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`

/** The files of a workbook with these sheets, in XML; `more` are files besides, or other ones. */
export function workbookFiles(
  sheets: readonly string[],
  more: Readonly<Record<string, string | Uint8Array>> = {},
): Record<string, string | Uint8Array> {
  const numbers = sheets.map((_, i) => i + 1)
  return {
    '_rels/.rels': relationships([relationship('r1', 'officeDocument', 'xl/workbook.xml')]),
    'xl/workbook.xml': `<workbook xmlns="${SCHEMAS}/spreadsheetml/2006/main" xmlns:r="${TYPES}"><sheets>${numbers
      .map((n) => `<sheet name="Sheet ${n}" sheetId="${n}" r:id="s${n}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships([
      ...numbers.map((n) => relationship(`s${n}`, 'worksheet', `sheet${n}.xml`)),
      ...['sharedStrings', 'styles'].map((part) => relationship(part, part, `${part}.xml`)),
    ]),
    ...Object.fromEntries(numbers.map((n) => [`xl/sheet${n}.xml`, sheets[n - 1] ?? ''])),
    ...more,
  }
}

/** What other programs ask for: the kind of each part. */
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const CONTENT_TYPES = `<Types xmlns="${SCHEMAS}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>${[
  ['workbook', 'sheet.main'],
  ['sheet1', 'worksheet'],
  ['sharedStrings', 'sharedStrings'],
  ['styles', 'styles'],
]
  .map(([part, type]) => `<Override PartName="/xl/${part}.xml" ContentType="${TYPE}.${type}+xml"/>`)
  .join('')}</Types>`

/** A workbook with one sheet of so many rows of ten cells: texts, numbers and dates. */
export function largeWorkbook(rows: number): Buffer {
  const columns = [...'ABCDEFGHIJ']
  const cellOf = (column: string, row: number, i: number) => {
    const address = `${column}${row}`
    if (i < 3) return `<c r="${address}" t="s"><v>${(row * 3 + i) % 5000}</v></c>`
    return i === 3
      ? `<c r="${address}" s="1"><v>${40_000 + (row % 9000)}</v></c>`
      : `<c r="${address}"><v>${row * i}.25</v></c>`
  }
  const lines: string[] = []
  for (let row = 1; row <= rows; row++)
    lines.push(`<row r="${row}">${columns.map((column, i) => cellOf(column, row, i)).join('')}</row>`)
  const main = `xmlns="${SCHEMAS}/spreadsheetml/2006/main"`
  const texts = Array.from({ length: 5000 }, (_, i) => `<si><t>Customer number ${i} of some town</t></si>`)
  return zipped(
    workbookFiles([sheetXml(lines.join(''))], {
      '[Content_Types].xml': CONTENT_TYPES,
      'xl/sharedStrings.xml': `<sst ${main}>${texts.join('')}</sst>`,
      'xl/styles.xml': `<styleSheet ${main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
    }),
  )
}

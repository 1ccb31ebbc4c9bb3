/** Word documents made by hand: what other programs don't write. */
import { zipSync } from 'fflate'
import { formatRow } from '../../formats.ts'

const SCHEMAS = 'http://schemas.openxmlformats.org'
const TYPES = `${SCHEMAS}/officeDocument/2006/relationships`
const NAMES = [
  `xmlns:w="${SCHEMAS}/wordprocessingml/2006/main"`,
  `xmlns:mc="${SCHEMAS}/markup-compatibility/2006"`,
  `xmlns:wp="${SCHEMAS}/drawingml/2006/wordprocessingDrawing"`,
  'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"',
  'xmlns:v="urn:schemas-microsoft-com:vml"',
].join(' ')

const relationships = (rows: readonly [id: string, type: string, target: string][]) =>
  `<Relationships xmlns="${SCHEMAS}/package/2006/relationships">${rows
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`

/**
 * `parts` are others of the document, by the type of their relationship: each the content of its element, such as `w:footnotes`.
 * `properties` are what the program that wrote it says of it.
 */
export function docxOf(body: string, parts: Readonly<Record<string, string>> = {}, properties = ''): Buffer {
  const names = Object.keys(parts)
  const files = {
    '[Content_Types].xml': `<Types><Override PartName="/word/document.xml" ContentType="${formatRow('docx').inZip?.[0]}"/></Types>`,
    '_rels/.rels': relationships([
      ['r1', 'officeDocument', 'word/document.xml'],
      ['r2', 'extended-properties', 'docProps/app.xml'],
    ]),
    'word/document.xml': `<w:document ${NAMES}><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relationships(names.map((name) => [name, name, `${name}.xml`])),
    ...Object.fromEntries(
      names.map((name) => [`word/${name}.xml`, `<w:${name} ${NAMES}>${parts[name]}</w:${name}>`]),
    ),
    'docProps/app.xml': `<Properties xmlns="${SCHEMAS}/officeDocument/2006/extended-properties">${properties}</Properties>`,
  }
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, Buffer.from(xml)]))),
  )
}

/** A paragraph of one run; `properties` are those of the paragraph. */
export const p = (text: string, properties = ''): string =>
  `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`

/** A table of rows, each with its properties and its cells. */
export const table = (...rows: string[]): string => `<w:tbl>${rows.join('')}</w:tbl>`
export const row = (cells: string, properties = ''): string =>
  `<w:tr><w:trPr>${properties}</w:trPr>${cells}</w:tr>`
export const cell = (content: string, properties = ''): string =>
  `<w:tc><w:tcPr>${properties}</w:tcPr>${content}</w:tc>`

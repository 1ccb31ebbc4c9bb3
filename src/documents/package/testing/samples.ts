/** A small file of each format that is a package, put together by hand so that any part of it can be another. */
import type { Format } from '../../formats.ts'
import { archiveOf, type Entry } from '../../zip/testing/archive.ts'

/** What each of them says. */
export const TEXT = 'Hello'

/** What stands before a text and behind it. */
type Around = readonly [before: string, after: string]

export type Files = Readonly<Record<string, Entry['content']>>

export interface Sample {
  readonly format: Format
  readonly files: Readonly<Record<string, string>>
  /** The part where reading begins. */
  readonly index: string
  /** The part that has the text. */
  readonly text: string
  /** What becomes of it, a line for each block. */
  readonly lines: readonly string[]
  /** The parts of one that has more such texts, where it has a part for each. */
  many?(count: number, partOf: (around: Around) => Entry['content']): Files
}

/** As a file, with other parts or parts besides; those that are undefined are left out. */
export const packed = (
  sample: Sample,
  others: Readonly<Record<string, Entry['content'] | undefined>> = {},
): Buffer => archiveOf(entriesOf(sample, others))

export const entriesOf = (
  { files }: Sample,
  others: Readonly<Record<string, Entry['content'] | undefined>> = {},
): Entry[] =>
  Object.entries({ ...files, ...others }).flatMap(([name, content]) =>
    content === undefined ? [] : [{ name, content }],
  )

/** A part with something else where its text stands, or with more in front of its first element. */
export const bent = (
  { files }: Sample,
  part: string,
  { text = TEXT, front = '' }: { text?: string; front?: string },
): string => (files[part] ?? '').replace(DECLARATION, () => DECLARATION + front).replace(TEXT, () => text)

/** What is in front of the text of a part, and behind it. */
export const aroundText = (part = ''): Around => {
  const [before = '', after = ''] = part.split(TEXT)
  return [before, after]
}

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
const SCHEMAS = 'http://schemas.openxmlformats.org'
const TYPES = `${SCHEMAS}/officeDocument/2006/relationships`
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

/** Of each: its id, the last word of its type, and its target. */
export const relationships = (...rows: readonly (readonly [id: string, type: string, target: string])[]) =>
  `${DECLARATION}<Relationships xmlns="${SCHEMAS}/package/2006/relationships">${rows
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`

const contentTypes = (part: string, type: string) =>
  `${DECLARATION}<Types xmlns="${SCHEMAS}/package/2006/content-types"><Override PartName="/${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}.main+xml"/></Types>`

const office = (index: string, type: string) => ({
  '[Content_Types].xml': contentTypes(index, type),
  '_rels/.rels': relationships(['r1', 'officeDocument', index]),
})

const words = (root: string, body: string) =>
  `${DECLARATION}<w:${root} xmlns:w="${SCHEMAS}/wordprocessingml/2006/main">${body}</w:${root}>`
const paragraph = `<w:p><w:r><w:t>${TEXT}</w:t></w:r></w:p>`
const docx: Sample = {
  format: 'docx',
  index: 'word/document.xml',
  text: 'word/document.xml',
  lines: [`paragraph: ${TEXT}`],
  files: {
    ...office('word/document.xml', 'wordprocessingml.document'),
    'word/document.xml': words('document', `<w:body>${paragraph}</w:body>`),
  },
  many: (count, partOf) => ({
    'word/_rels/document.xml.rels': relationships(
      ...numbers(count).map((n) => [`h${n}`, 'header', `header${n}.xml`] as const),
    ),
    ...Object.fromEntries(
      numbers(count).map((n) => [`word/header${n}.xml`, partOf(aroundText(words('hdr', paragraph)))]),
    ),
  }),
}

const SHEET = `xmlns="${SCHEMAS}/spreadsheetml/2006/main" xmlns:r="${TYPES}"`
const workbook = (sheets: readonly number[]) => ({
  'xl/workbook.xml': `${DECLARATION}<workbook ${SHEET}><sheets>${sheets
    .map((n) => `<sheet name="Sheet ${n}" sheetId="${n}" r:id="s${n}"/>`)
    .join('')}</sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': relationships(
    ...sheets.map((n) => [`s${n}`, 'worksheet', `sheet${n}.xml`] as const),
  ),
})
const sheet = `${DECLARATION}<worksheet ${SHEET}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>${TEXT}</t></is></c></row></sheetData></worksheet>`
const xlsx: Sample = {
  format: 'xlsx',
  index: 'xl/workbook.xml',
  text: 'xl/sheet1.xml',
  lines: ['heading: Sheet 1', `row A1: ["${TEXT}"]`],
  files: {
    ...office('xl/workbook.xml', 'spreadsheetml.sheet'),
    ...workbook([1]),
    'xl/sheet1.xml': sheet,
  },
  many: (count, partOf) => ({
    ...workbook(numbers(count)),
    ...Object.fromEntries(numbers(count).map((n) => [`xl/sheet${n}.xml`, partOf(aroundText(sheet))])),
  }),
}

const slides = (all: readonly number[]) => ({
  'ppt/presentation.xml': `${DECLARATION}<p:presentation xmlns:p="${SCHEMAS}/presentationml/2006/main" xmlns:r="${TYPES}"><p:sldIdLst>${all
    .map((n) => `<p:sldId id="${255 + n}" r:id="s${n}"/>`)
    .join('')}</p:sldIdLst></p:presentation>`,
  'ppt/_rels/presentation.xml.rels': relationships(
    ...all.map((n) => [`s${n}`, 'slide', `slide${n}.xml`] as const),
  ),
})
const slide = `${DECLARATION}<p:sld xmlns:p="${SCHEMAS}/presentationml/2006/main" xmlns:a="${SCHEMAS}/drawingml/2006/main"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>${TEXT}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>`
const pptx: Sample = {
  format: 'pptx',
  index: 'ppt/presentation.xml',
  text: 'ppt/slide1.xml',
  lines: [`paragraph: ${TEXT}`],
  files: {
    ...office('ppt/presentation.xml', 'presentationml.presentation'),
    ...slides([1]),
    'ppt/slide1.xml': slide,
  },
  many: (count, partOf) => ({
    ...slides(numbers(count)),
    ...Object.fromEntries(numbers(count).map((n) => [`ppt/slide${n}.xml`, partOf(aroundText(slide))])),
  }),
}

const OASIS = 'urn:oasis:names:tc:opendocument:xmlns'
const NAMES = Object.entries({
  office: 'office',
  style: 'style',
  text: 'text',
  table: 'table',
  draw: 'drawing',
  presentation: 'presentation',
})
  .map(([prefix, name]) => `xmlns:${prefix}="${OASIS}:${name}:1.0"`)
  .join(' ')

/** One of OpenDocument; `styles` are attributes and elements of `office:automatic-styles`. */
function openDocument(format: Format, kind: string, body: string, lines: readonly string[]): Sample {
  const type = `application/vnd.oasis.opendocument.${kind}`
  return {
    format,
    index: 'content.xml',
    text: 'content.xml',
    lines,
    files: {
      mimetype: type,
      'META-INF/manifest.xml': `${DECLARATION}<manifest:manifest xmlns:manifest="${OASIS}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="${type}"/></manifest:manifest>`,
      'styles.xml': `${DECLARATION}<office:document-styles ${NAMES}/>`,
      'content.xml': `${DECLARATION}<office:document-content ${NAMES}><office:automatic-styles></office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    },
  }
}
const odt = openDocument('odt', 'text', `<text:p>${TEXT}</text:p>`, [`paragraph: ${TEXT}`])
const ods = openDocument(
  'ods',
  'spreadsheet',
  `<table:table table:name="Sheet 1"><table:table-row><table:table-cell><text:p>${TEXT}</text:p></table:table-cell></table:table-row></table:table>`,
  ['heading: Sheet 1', `row A1: ["${TEXT}"]`],
)
const odp = openDocument(
  'odp',
  'presentation',
  `<draw:page draw:name="one"><draw:frame><draw:text-box><text:p>${TEXT}</text:p></draw:text-box></draw:frame></draw:page>`,
  [`paragraph: ${TEXT}`],
)

const book = (chapters: readonly number[]) =>
  `${DECLARATION}<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest>${chapters
    .map((n) => `<item id="c${n}" href="${n}.xhtml" media-type="application/xhtml+xml"/>`)
    .join('')}</manifest><spine>${chapters.map((n) => `<itemref idref="c${n}"/>`).join('')}</spine></package>`
const chapter = `${DECLARATION}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>${TEXT}</p></body></html>`
const epub: Sample = {
  format: 'epub',
  index: 'book/book.opf',
  text: 'book/1.xhtml',
  lines: [`paragraph: ${TEXT}`],
  files: {
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': `${DECLARATION}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book/book.opf"/></rootfiles></container>`,
    'book/book.opf': book([1]),
    'book/1.xhtml': chapter,
  },
  many: (count, partOf) => ({
    'book/book.opf': book(numbers(count)),
    ...Object.fromEntries(numbers(count).map((n) => [`book/${n}.xhtml`, partOf(aroundText(chapter))])),
  }),
}

export const SAMPLES: readonly Sample[] = [docx, xlsx, pptx, odt, ods, odp, epub]

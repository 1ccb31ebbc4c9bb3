/** Documents as people have them, of a known size, made anew for each run. */
import { spawnSync } from 'node:child_process'
import { strToU8, zipSync } from 'fflate'
import { paragraphs } from '../prose.ts'

/** A page that is set close has so many words. */
const WORDS_OF_PAGE = 500
/** A heading stands above so many paragraphs, and a table below so many headings. */
const PARAGRAPHS_BELOW_HEADING = 5
const HEADINGS_TO_TABLE = 5
const ROWS_OF_TABLE = 8
const WORDS_OF_HEADING = 4
/** Word begins a new run where the spelling, the language or the day of writing changes. */
const WORDS_OF_RUN = 12

type Element =
  | { kind: 'heading' | 'paragraph' | 'item'; text: string }
  | { kind: 'table'; rows: readonly (readonly string[])[] }
  | { kind: 'page' }

/** Of so many pages: headings, paragraphs, lists and tables of the documentation's words, the same again in each run. */
function* elements(pages: number): Generator<Element> {
  const texts = paragraphs()
    .filter((text) => /^[A-Z*`[]/.test(text) && !text.includes('```'))
    .map(plain)
  let at = 0
  const next = () => texts[at++ % texts.length] as string
  let count = 0
  for (let page = 0; page < pages; page++) {
    if (page > 0) yield { kind: 'page' }
    for (let words = 0; words < WORDS_OF_PAGE; count++) {
      const text = next()
      const head = text.split(' ').slice(0, WORDS_OF_HEADING).join(' ')
      if (count % PARAGRAPHS_BELOW_HEADING === 0) yield { kind: 'heading', text: head }
      if (count % (PARAGRAPHS_BELOW_HEADING * HEADINGS_TO_TABLE) === 0) {
        yield { kind: 'table', rows: tableOf(head, count) }
        words += ROWS_OF_TABLE * WORDS_OF_HEADING
      }
      yield { kind: count % 4 === 3 ? 'item' : 'paragraph', text }
      words += text.split(' ').length
    }
  }
}

const tableOf = (head: string, count: number): string[][] => [
  ['Name', 'Count', 'Price'],
  ...Array.from({ length: ROWS_OF_TABLE - 1 }, (_, row) => [
    `${head} ${row}`,
    String(count + row),
    `${(count + row) * 3}.50`,
  ]),
]

/** What Markdown shows. */
const plain = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*|<>#]/g, '')
    .replace(/\s+/g, ' ')
    .trim()

/** A PDF of so many pages, by groff: hyphenated, justified, with tables and running heads. */
export function pdfOf(pages: number): Buffer {
  const lines = ['.nr PS 9', '.nr VS 10', '.nr LL 6.5i', '.nr PO 1i', '.nr HM 0.8i', '.nr FM 0.8i']
  for (const element of elements(pages)) lines.push(...troff(element))
  const { status, stdout, stderr } = spawnSync('groff', ['-ms', '-t', '-k', '-Tpdf'], {
    input: `${lines.join('\n')}\n`,
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`groff made no PDF: ${stderr}`)
  return stdout
}

function troff(element: Element): string[] {
  switch (element.kind) {
    case 'page':
      return ['.bp']
    case 'heading':
      return ['.SH', escaped(element.text)]
    case 'item':
      return ['.IP \\(bu 2', escaped(element.text)]
    case 'table':
      return ['.TS', 'l r r.', ...element.rows.map((row) => row.map(escaped).join('\t')), '.TE']
    default:
      return ['.PP', escaped(element.text)]
  }
}

const escaped = (text: string): string => text.replace(/\\/g, '\\e').replace(/^(?=[.'])/, '\\&')

/** A Word document of so many pages, as Word writes one: many runs to a paragraph, each with its marks of revision. */
export function docxOf(pages: number): Buffer {
  const body: string[] = []
  for (const element of elements(pages)) body.push(word(element))
  const files = {
    '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types">${[
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
      `<Override PartName="/word/document.xml" ContentType="${TYPE}.document.main+xml"/>`,
      `<Override PartName="/word/styles.xml" ContentType="${TYPE}.styles+xml"/>`,
      `<Override PartName="/word/numbering.xml" ContentType="${TYPE}.numbering+xml"/>`,
    ].join('')}</Types>`,
    '_rels/.rels': relationships([['officeDocument', 'word/document.xml']]),
    'word/_rels/document.xml.rels': relationships([
      ['styles', 'styles.xml'],
      ['numbering', 'numbering.xml'],
    ]),
    'word/styles.xml': `<w:styles xmlns:w="${W}">${[
      '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>',
      '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>',
      '<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/></w:style>',
    ].join('')}</w:styles>`,
    'word/numbering.xml': `<w:numbering xmlns:w="${W}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`,
    'word/document.xml': `<w:document xmlns:w="${W}"><w:body>${body.join('')}</w:body></w:document>`,
  }
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(`${XML}${xml}`)]))),
  )
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml'
const W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

const relationships = (parts: readonly (readonly [type: string, target: string])[]): string =>
  `<Relationships xmlns="${PACKAGE}/relationships">${parts
    .map(
      ([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`

function word(element: Element): string {
  switch (element.kind) {
    case 'page':
      return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    case 'heading':
      return paragraph('<w:pStyle w:val="Heading1"/>', element.text)
    case 'item':
      return paragraph(
        '<w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
        element.text,
      )
    case 'table':
      return `<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/><w:gridCol/><w:gridCol/></w:tblGrid>${element.rows
        .map((row) => `<w:tr w:rsidR="00B51E4A">${row.map(cell).join('')}</w:tr>`)
        .join('')}</w:tbl>`
    default:
      return paragraph('<w:spacing w:after="120"/><w:jc w:val="both"/>', element.text)
  }
}

const cell = (text: string): string =>
  `<w:tc><w:tcPr><w:tcW w:w="3000" w:type="dxa"/></w:tcPr>${paragraph('', text)}</w:tc>`

function paragraph(properties: string, text: string): string {
  const words = text.replace(/&/g, '&amp;').split(' ')
  const runs: string[] = []
  for (let at = 0; at < words.length; at += WORDS_OF_RUN) {
    const piece = words.slice(at, at + WORDS_OF_RUN).join(' ') + (at + WORDS_OF_RUN < words.length ? ' ' : '')
    runs.push(
      `<w:r w:rsidRPr="00C2473F"><w:rPr><w:sz w:val="22"/><w:lang w:val="en-GB"/></w:rPr><w:t xml:space="preserve">${piece}</w:t></w:r>`,
    )
  }
  return `<w:p w:rsidR="00A77B3E" w:rsidRDefault="00A77B3E"><w:pPr>${properties}</w:pPr>${runs.join('')}</w:p>`
}

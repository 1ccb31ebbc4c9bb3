/** Excel workbooks: XLSX, XLSM, and templates of both. Source: ECMA-376, part 1, section 18. */
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import {
  corePropertiesOf,
  mainPartOf,
  type Relationship,
  relationshipsOf,
} from '../package/open-packaging.ts'
import { Package } from '../package/package.ts'
import { rowOf } from './address.ts'
import { plainNumber } from './number-format.ts'
import { type CellBudget, type Comment, MAX_CELLS, type SheetRow, sheetBlocks, type Table } from './sheet.ts'
import { type WorkbookValues, XlsxSheetHandler } from './xlsx-sheet.ts'
import { commentsOf, formatsOf, sharedTextsOf } from './xlsx-text.ts'

/** Programs take as many as fit into their memory; each is listed. */
const MAX_SHEETS = 10_000

interface SheetEntry {
  readonly name: string
  readonly isHidden: boolean
  readonly isMissing: boolean
  /** Undefined for what is no sheet of cells, such as a chart. */
  readonly part: string | undefined
}

interface Workbook {
  readonly sheets: readonly SheetEntry[]
  readonly is1904: boolean
  readonly hasMacros: boolean
  readonly textsPart: string | undefined
  readonly stylesPart: string | undefined
}

export const readXlsx: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  const workbook = workbookOf(document)
  const names = workbook.sheets.map(({ name }) => name)
  return {
    ...corePropertiesOf(document),
    parts: { kind: 'sheet', count: names.length, names },
    blocks: () => blocksOf(document.again(), workbook, options),
  } satisfies Document
}

function workbookOf(document: Package): Workbook {
  const main = mainPartOf(document)
  if (main.endsWith('.bin'))
    throw document.problem('unsupported', 'it is a binary workbook (.xlsb): save it as .xlsx')
  const parts = relationshipsOf(document, main)
  const partOf = (type: string) => [...parts.values()].find((part) => part.type === type)?.target
  const sheets: SheetEntry[] = []
  let is1904 = false
  let isWorkbook = false
  document.xml(main, {
    open(name, attributes) {
      if (name === 'x:workbook') isWorkbook = true
      else if (name === 'x:workbookPr') is1904 = /^(?:1|true|on)$/.test(attributes.date1904 ?? '')
      else if (name === 'x:sheet') {
        if (sheets.length === MAX_SHEETS)
          throw document.problem('too large', `it has more than ${MAX_SHEETS} sheets`)
        sheets.push(sheetEntry(document, attributes, parts.get(attributes['r:id'] ?? '')))
      }
    },
  })
  if (!isWorkbook) throw document.problem('damaged', 'it is no workbook')
  const hasMacros = [...parts.values()].some(({ type }) => type === 'vbaProject' || type === 'xlMacrosheet')
  return { sheets, is1904, hasMacros, textsPart: partOf('sharedStrings'), stylesPart: partOf('styles') }
}

const sheetEntry = (
  document: Package,
  { name = '', state }: Readonly<Record<string, string | undefined>>,
  relationship: Relationship | undefined,
): SheetEntry => ({
  name,
  isHidden: state === 'hidden' || state === 'veryHidden',
  isMissing: relationship === undefined || !document.has(relationship.target),
  part: relationship?.type === 'worksheet' ? relationship.target : undefined,
})

async function* blocksOf(
  document: Package,
  workbook: Workbook,
  { parts }: ReadOptions,
): AsyncGenerator<Block> {
  if (workbook.hasMacros)
    yield { kind: 'remark', text: 'This workbook has macros, which are not run and not read.', place: {} }
  const { textsPart, stylesPart, is1904 } = workbook
  const values: WorkbookValues = {
    is1904,
    strings: textsPart === undefined ? [] : await sharedTextsOf(document, textsPart),
    formats: stylesPart === undefined ? [] : formatsOf(document, stylesPart),
    general: plainNumber,
  }
  const budget: CellBudget = { left: MAX_CELLS }
  for (const [i, { name, isHidden, isMissing, part }] of workbook.sheets.entries()) {
    if (parts && (i + 1 < parts.first || i + 1 > parts.last)) continue
    const about = part === undefined ? [] : [...relationshipsOf(document, part).values()]
    yield* sheetBlocks(
      {
        part: i + 1,
        name,
        isHidden,
        tables: tablesOf(document, about),
        rows: part === undefined ? nothing() : rowsOf(document, part, values),
        comments: () => commentsAbout(document, about),
      },
      budget,
    )
    if (isMissing) yield { kind: 'remark', text: 'This sheet is missing.', place: { part: i + 1, name } }
    if (budget.left < 0) return
  }
}

async function* nothing(): AsyncGenerator<SheetRow> {}

const rowsOf = (document: Package, part: string, values: WorkbookValues): AsyncIterable<SheetRow> =>
  document.stream<SheetRow>(part, (emit) => new XlsxSheetHandler(values, emit))

function tablesOf(document: Package, about: readonly Relationship[]): Table[] {
  const tables: Table[] = []
  for (const { type, target } of about)
    if (type === 'table')
      document.xml(target, {
        open(element, { displayName, name, ref = '', headerRowCount }) {
          const firstRow = rowOf(ref.split(':')[0] ?? '')
          if (element === 'x:table' && firstRow > 0)
            tables.push({ name: displayName ?? name ?? '', firstRow, hasHeader: headerRowCount !== '0' })
        },
      })
  return tables
}

/** Answers to a comment are in a part of their own, which has the comment as well. */
function commentsAbout(document: Package, about: readonly Relationship[]): Comment[] {
  const threaded = about.filter(({ type }) => type === 'threadedComment')
  const parts = threaded.length > 0 ? threaded : about.filter(({ type }) => type === 'comments')
  return parts.flatMap(({ target }) => commentsOf(document, target))
}

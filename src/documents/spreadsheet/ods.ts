/** OpenDocument spreadsheets: ODS, and templates of it. Source: OpenDocument 1.3, parts 2 and 3. */
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import { hasMacros, openDocumentProperties, refuseEncrypted } from '../package/open-document.ts'
import { Package } from '../package/package.ts'
import { type OdsEvent, OdsSheetsHandler } from './ods-sheets.ts'
import { type CellBudget, type Comment, MAX_CELLS, type SheetRow, sheetBlocks } from './sheet.ts'

const CONTENT = 'content.xml'
/** Programs take as many as fit into their memory; each is listed. */
const MAX_SHEETS = 10_000
const MAX_COMMENTS = 100_000

interface SheetEntry {
  readonly name: string
  readonly isHidden: boolean
}

export const readOds: DocumentReader = async (bytes, options) => {
  const document = new Package(bytes, options)
  refuseEncrypted(document)
  const sheets = await sheetsOf(document)
  return {
    ...openDocumentProperties(document),
    parts: { kind: 'sheet', count: sheets.length, names: sheets.map(({ name }) => name) },
    blocks: () => blocksOf(document.again(), sheets, options),
  } satisfies Document
}

async function sheetsOf(document: Package): Promise<SheetEntry[]> {
  const sheets: SheetEntry[] = []
  const hidden = new Set<string>()
  let style = ''
  let depth = 0
  let isSpreadsheet = false
  const handled = document.stream<never>(CONTENT, () => ({
    open(name, attributes) {
      if (name === 'style:style') style = attributes['style:name'] ?? ''
      else if (name === 'style:table-properties' && attributes['table:display'] === 'false') hidden.add(style)
      else if (name === 'office:spreadsheet') isSpreadsheet = true
      else if (name === 'table:table' && ++depth === 1) {
        if (sheets.length === MAX_SHEETS)
          throw document.problem('too large', `it has more than ${MAX_SHEETS} sheets`)
        const isHidden = hidden.has(attributes['table:style-name'] ?? '')
        sheets.push({ name: attributes['table:name'] ?? '', isHidden })
      }
    },
    close(name) {
      if (name === 'table:table') depth--
    },
  }))
  for await (const _ of handled);
  if (!isSpreadsheet) throw document.problem('damaged', 'it is no spreadsheet')
  return sheets
}

async function* blocksOf(
  document: Package,
  sheets: readonly SheetEntry[],
  { parts }: ReadOptions,
): AsyncGenerator<Block> {
  if (hasMacros(document))
    yield { kind: 'remark', text: 'This spreadsheet has macros, which are not run and not read.', place: {} }
  const budget: CellBudget = { left: MAX_CELLS }
  const events = document.stream<OdsEvent>(CONTENT, (emit) => new OdsSheetsHandler(emit))
  let part = 0
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      if (next.value.kind !== 'sheet') continue
      part++
      if (parts && part < parts.first) continue
      if (budget.left < 0 || (parts && part > parts.last)) return
      const { name = '', isHidden = false } = sheets[part - 1] ?? {}
      const comments: Comment[] = []
      const rows = rowsUntilEnd(events, comments)
      yield* sheetBlocks({ part, name, isHidden, tables: [], rows, comments: () => comments }, budget)
    }
  } finally {
    await events.return()
  }
}

/** The rows of the sheet that has begun; its comments are put aside. */
async function* rowsUntilEnd(
  events: AsyncGenerator<OdsEvent, void>,
  comments: Comment[],
): AsyncGenerator<SheetRow> {
  for (let next = await events.next(); !next.done; next = await events.next()) {
    const event = next.value
    if (event.kind === 'end') return
    if (event.kind === 'row') yield event.row
    else if (event.kind === 'comment' && comments.length < MAX_COMMENTS) comments.push(event.comment)
  }
}

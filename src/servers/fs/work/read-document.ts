/** A part of a document, read in a worker. */
import { type Document, DocumentProblem, type PartKind } from '../../../documents/document.ts'
import { type Page, type PageWanted, pageOf } from '../../../documents/page.ts'
import { openDocument } from '../../../documents/read.ts'
import { ToolError } from '../../../protocol/define.ts'

export interface DocumentWanted extends PageWanted {
  /** Only these pages, sheets, slides or chapters, the last one included. */
  parts?: { first: number; last: number }
}

export interface DocumentPage extends Page {
  format: string
  title?: string
  language?: string
  parts?: { kind: PartKind; count: number; names?: string[] }
}

/** Of sheets and chapters, in an answer. */
const MAX_NAMES = 100

/** Throws a ToolError for what can't be read, or has no such part. */
export async function readDocumentPage(
  bytes: Buffer,
  path: string,
  wanted: DocumentWanted,
): Promise<DocumentPage> {
  const { parts: range } = wanted
  try {
    const document = await openDocument(bytes, { name: path, ...(range && { parts: range }) })
    const { format, title, language, parts } = document
    if (range && !parts) throw new ToolError(notDivided(path), { kind: 'invalid' })
    if (range && parts && range.first > parts.count)
      throw new ToolError(noSuchPart(path, range.first, parts), { kind: 'invalid' })
    const page = await pageOf(document, wanted)
    return {
      format,
      ...(title !== undefined && { title }),
      ...(language !== undefined && { language }),
      ...(parts && { parts: partsIn(parts) }),
      ...page,
    }
  } catch (error) {
    if (error instanceof DocumentProblem)
      throw new ToolError(error.message, { kind: 'invalid', cause: error })
    throw error
  }
}

function partsIn({ kind, count, names }: NonNullable<Document['parts']>): NonNullable<DocumentPage['parts']> {
  return names ? { kind, count, names: names.slice(0, MAX_NAMES) } : { kind, count }
}

const notDivided = (path: string): string =>
  `${JSON.stringify(path)} has no pages, sheets, slides or chapters: leave out "pages", and read on with "offset".`

const noSuchPart = (
  path: string,
  asked: number,
  { kind, count }: { kind: PartKind; count: number },
): string =>
  `${JSON.stringify(path)} has ${count} ${kind}${count === 1 ? '' : 's'}, counted from 1; there is no ${kind} ${asked}.`

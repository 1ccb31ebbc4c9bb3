/** A part of a document, read in a worker. */

import { ToolError } from '../protocol/define.ts'
import { type Document, DocumentProblem, type PartKind } from './document.ts'
import { partsOf } from './formats.ts'
import { withRecognised } from './ocr/recognised.ts'
import { type Page, type PageWanted, pageOf } from './page.ts'
import { openDocument } from './read.ts'

export interface DocumentWanted extends PageWanted {
  /** Only these pages, sheets, slides or chapters, the last one included; of another kind than `kind` there are none. */
  parts?: { first: number; last: number; kind?: PartKind }
  /** What OCR read of its pictures, by their parts. */
  recognised?: readonly (readonly [number, string])[]
}

export interface DocumentPage extends Page {
  /** The parts in it that are pictures, as yet without text; 0 is all of it. */
  scans: number[]
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
  const { parts: range, recognised = [] } = wanted
  try {
    const opened = await openDocument(bytes, { name: path, ...(range && { parts: range }) })
    const scans: number[] = []
    const document = notingScans(withRecognised(opened, new Map(recognised)), scans)
    const { format, title, language, parts } = document
    if (range?.kind && range.kind !== parts?.kind)
      throw new ToolError(noSuchKind(path, range.kind, parts), { kind: 'invalid' })
    // What is not divided is its own first part.
    if (range && range.first > (parts?.count ?? 1))
      throw new ToolError(parts ? noSuchPart(path, range.first, parts) : notDivided(path, partsOf(format)), {
        kind: 'invalid',
      })
    const page = await pageOf(document, wanted)
    return {
      format,
      ...(title !== undefined && { title }),
      ...(language !== undefined && { language }),
      ...(parts && { parts: partsIn(parts) }),
      ...page,
      scans,
    }
  } catch (error) {
    if (error instanceof DocumentProblem)
      throw new ToolError(error.message, { kind: 'invalid', cause: error })
    throw error
  }
}

/** The document, which notes the parts that are pictures as far as it is read. */
function notingScans<D extends Document>(document: D, scans: number[]): D {
  async function* blocks() {
    for await (const block of document.blocks()) {
      if (block.isPicture) scans.push(block.place.part ?? 0)
      yield block
    }
  }
  return { ...document, blocks }
}

function partsIn({ kind, count, names }: NonNullable<Document['parts']>): NonNullable<DocumentPage['parts']> {
  return names ? { kind, count, names: names.slice(0, MAX_NAMES) } : { kind, count }
}

/** `kind` is what documents of its format may be divided into. */
const notDivided = (path: string, kind: PartKind | undefined): string =>
  `${JSON.stringify(path)} ${kind ? `does not say where its ${kind}s begin` : 'has no pages, sheets, slides or chapters'}: leave out "pages", and read on with "offset".`

const noSuchKind = (path: string, asked: PartKind, parts: Document['parts']): string =>
  parts
    ? `${JSON.stringify(path)} has ${counted(parts)} and no ${asked}s: ask for one with #${parts.kind}=1.`
    : `${JSON.stringify(path)} has no ${asked}s: leave out what is behind the #.`

const noSuchPart = (path: string, asked: number, parts: NonNullable<Document['parts']>): string =>
  `${JSON.stringify(path)} has ${counted(parts)}, counted from 1; there is no ${parts.kind} ${asked}.`

const counted = ({ kind, count }: NonNullable<Document['parts']>): string =>
  `${count} ${kind}${count === 1 ? '' : 's'}`

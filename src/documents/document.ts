/** What every format becomes: blocks in reading order, each with its kind and its place. */
import { basename } from 'node:path/posix'

export type BlockKind =
  | 'title'
  | 'heading'
  | 'paragraph'
  /** An item of a list. */
  | 'item'
  /** A row of a table or a sheet. */
  | 'row'
  | 'code'
  /** A footnote, an endnote, a comment, a speaker's note, a header or a footer. */
  | 'note'
  /** What the reader says about the document, such as that a page has no text; not text of the document. */
  | 'remark'

export interface Place {
  /** The page, sheet, slide or chapter it is on, counted from 1 (`Document.parts` says which of them). */
  part?: number
  /** The name of the sheet or chapter. */
  name?: string
  /** The first cell of a row of a sheet, such as B7. */
  cell?: string
  /** Counted from 1. */
  line?: number
}

export interface Block {
  kind: BlockKind
  /** Well-formed, without control characters, and not empty. That of a row is its cells (`rowText`). */
  text: string
  /** The cells of a row, in the order of columns; empty ones are empty. */
  cells?: readonly string[]
  /** Of a row: whether its cells are the names of the columns of those after it. */
  isHeader?: boolean
  /** Of a heading or an item: 1 is the outermost. */
  level?: number
  /** What it stands below besides headings, the outermost first: the definition that a line of code is in, the keys that lead to a value. */
  below?: readonly string[]
  /** ISO 639-1, where the document says so. */
  language?: string
  /** Of a remark: its part has no text, and may be a picture of one. */
  isPicture?: true
  /** It was read from a picture, by OCR, and may have mistakes. */
  isRecognised?: true
  place: Place
}

export type PartKind = 'page' | 'sheet' | 'slide' | 'chapter'

export interface Document {
  /** As the document itself says. */
  title?: string
  /** ISO 639-1, as the document itself says. */
  language?: string
  /** What it is divided into; absent where it is one. */
  parts?: { kind: PartKind; count: number; names?: readonly string[] }
  /**
   * In reading order. Reads as far as it is asked, so that one part costs little; it throws a DocumentProblem for what turns out
   * to be damaged or too large.
   */
  blocks(): AsyncIterable<Block>
}

export interface ReadOptions {
  /** For messages, and where a format is known by its name alone. */
  name: string
  /** Only these parts, counted from 1, the last one included. */
  parts?: { first: number; last: number }
  signal?: AbortSignal
}

/** Throws a DocumentProblem. */
export type DocumentReader = (bytes: Buffer, options: ReadOptions) => Promise<Document>

export type ProblemKind = 'encrypted' | 'damaged' | 'too large' | 'unsupported'

/** Why a document can't be read, as a sentence for people, which says what they can do where they can do something. */
export class DocumentProblem extends Error {
  override readonly name = 'DocumentProblem'
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** `why` is the end of a sentence. */
export const documentProblem = (
  name: string,
  kind: ProblemKind,
  why: string,
  cause?: unknown,
): DocumentProblem =>
  new DocumentProblem(kind, `${JSON.stringify(basename(name))} can't be read: ${why}.`, { cause })

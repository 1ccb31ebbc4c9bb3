/** Bytes of a file → what is searched of it. */
import { hash } from 'node:crypto'
import { type Format, formatByContent, formatOf, formatRow, whyNotRead } from '../../documents/formats.ts'
import { recognisedBlocks } from '../../documents/ocr/recognised.ts'
import { openDocument } from '../../documents/read.ts'
import { readerOf } from '../../documents/readers.ts'
import { formatByBytes, isOfText } from '../../documents/sniff.ts'
import { type Encoding, encodingOf } from '../../documents/text/encoding.ts'
import { languageOf } from '../../documents/text/prose-language.ts'
import { type Part, SourceText, type Span } from '../../documents/text/source-text.ts'
import type { NewPiece } from '../index/library.ts'
import { cut, embeddedText, type Piece, type Section } from './cut.ts'
import { MAX_PIECES, whatIsRead } from './parts.ts'
import { type Aside, sectionsOf, sectionsOfDocument } from './sections.ts'
import type { Measure } from './tokens.ts'

/** A file, or those parts of it that are to be read (`rangesOf`). */
export interface FileBytes {
  /** The format is recognised by it. */
  name: string
  /** Of the whole file, in bytes. */
  size: number
  parts: readonly { start: number; bytes: Uint8Array }[]
}

/** What is searched of a file. */
export interface ReadFile {
  format: Format
  /** ISO 639-1; empty where it is not sure, and for what is no prose. */
  language: string
  pieces: NewPiece[]
  /** What is not searched of it, as a sentence. */
  note: string | undefined
  /** The parts that may be pictures of text, which OCR reads; 0 is all of it. */
  scans: number[]
}

/** What is searched of a text that was read from a picture. */
export type ReadRecognised = Pick<ReadFile, 'language' | 'pieces'>

/** What is no text, or of a format that is not read. */
export interface NotRead {
  /** Why, as a sentence. */
  problem: string
}

export interface ReadOptions {
  measure: Measure
  /** Of one file at most. */
  maxPieces?: number
}

/** So much of the digest of a text tells it from all others, in bytes. */
const DIGEST_BYTES = 16
/** So much of a file tells its language, in characters. */
const SAMPLE = 8000
/** Where a part in the middle of a file has no line that begins within so many bytes, it begins where it is. */
const MAX_LINE = 64 * 1024

/** What is read of a part of a file. */
interface ReadPart {
  text: string
  sections: Iterable<Section> | AsyncIterable<Section>
  spanOf(piece: Piece): Span
}

/** Rejects with what a reader throws of a file that is damaged. */
export async function readDocument(file: FileBytes, options: ReadOptions): Promise<ReadFile | NotRead> {
  const named = formatOf(file.name)
  if (named === undefined) return { problem: whyNotRead(file.name) ?? 'It is not read.' }
  if (file.size === 0) return { ...NOTHING, format: named === 'unknown' ? 'text' : named }
  const isNamedText = named === 'unknown' || isOfText(named)
  if (!isNamedText || isDocument(file)) return await fromDocument(file, options)
  const texts = await textsOf(file)
  if (texts === undefined) return { problem: 'It is no text.' }
  const format = named === 'unknown' ? formatByContent(texts[0]?.text ?? '') : named
  const { text: loadReader } = readerOf(format)
  if (!loadReader) return await fromDocument(file, options)
  const read = await loadReader()
  const parts = texts.map((source) => ({
    text: source.text,
    sections: sectionsOf(source.text, read, formatRow(format).isAsWritten === true),
    spanOf: ({ start, end }: Piece) => source.span(start, end),
  }))
  const { pieces, isAll } = await piecesOf(parts, options)
  const note = isAll ? whatIsRead(file.size, rangesOf(file)) : whatFits(pieces.length, parts.length)
  return { format, language: languageIn(format, pieces), pieces, note, scans: [] }
}

const NOTHING = { language: '', pieces: [], note: undefined, scans: [] }

/** Whether its bytes say that it is no text; only a file that is there as a whole can be anything else. */
function isDocument({ parts, size }: FileBytes): boolean {
  const [first] = parts
  return first?.bytes.byteLength === size && formatByBytes(asBuffer(first.bytes)) !== undefined
}

/** What has other places than lines: mail, office files and their like. */
async function fromDocument(file: FileBytes, options: ReadOptions): Promise<ReadFile | NotRead> {
  const bytes = asBuffer(file.parts[0]?.bytes ?? Buffer.alloc(0))
  const document = await openDocument(bytes, { name: file.name })
  const aside: Aside = { remarks: [], scans: [] }
  const endLine = lastLine(bytes)
  const span = { startLine: Math.min(1, endLine), endLine, startByte: 0, endByte: bytes.length }
  const part = { text: '', sections: sectionsOfDocument(document, aside), spanOf: () => span }
  const { pieces, isAll } = await piecesOf([part], options)
  const { format } = document
  const isWhole = formatRow(format).longer === 'header'
  const unread = isWhole ? undefined : whatIsRead(file.size, rangesOf(file))
  const note = isAll ? (unread ?? aside.remarks[0]) : whatFits(pieces.length, 1)
  const language = languageIn(format, pieces) || (document.language ?? '')
  return { format, language, pieces, note, scans: aside.scans }
}

/** What is searched of a part that was read from a picture; `size` is that of its file, in bytes. */
export async function readRecognised(
  text: string,
  part: number,
  size: number,
  options: ReadOptions,
): Promise<ReadRecognised> {
  const sections = recognisedBlocks(text, part === 0 ? {} : { part }).map(({ text, place }) => ({
    headings: [],
    start: 0,
    end: 0,
    content: text,
    place,
  }))
  const span = { startLine: 0, endLine: 0, startByte: 0, endByte: size }
  const { pieces } = await piecesOf([{ text: '', sections, spanOf: () => span }], options)
  return { language: languageOf(sampleOf(pieces)), pieces }
}

/** ISO 639-1; empty where it is not sure, and for what is no prose. */
const languageIn = (format: Format, pieces: readonly NewPiece[]): string =>
  formatRow(format).isProse ? languageOf(sampleOf(pieces)) : ''

/** Undefined where it is no text. */
async function textsOf({ parts, size }: FileBytes): Promise<SourceText[] | undefined> {
  const all = parts.map(({ start, bytes }) => partOf(start, bytes, size))
  const [first] = all
  const found = first && (await encodingOf(first.bytes, first.isCut))
  if (!found) return undefined
  return all.map((part, i) => {
    if (i === 0) return new SourceText(part, found)
    return new SourceText(fromNextLine(part, found), { ...found, mark: 0 })
  })
}

const partOf = (start: number, bytes: Uint8Array, size: number): Part => ({
  bytes: asBuffer(bytes),
  start,
  isCut: start + bytes.byteLength < size,
})

/** Bytes that came to a worker may be no Buffer any more. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** From the beginning of a line on, which is one of a character as well. */
function fromNextLine(part: Part, { encoding }: Encoding): Part {
  const { bytes, start } = part
  const newline = encoding === 'utf-16le' ? '\n\0' : encoding === 'utf-16be' ? '\0\n' : '\n'
  let at = bytes.indexOf(newline, 0, 'latin1')
  while (at % newline.length === 1) at = bytes.indexOf(newline, at + 1, 'latin1')
  const from = at === -1 || at > MAX_LINE ? 0 : at + newline.length
  return { ...part, bytes: bytes.subarray(from), start: start + from }
}

/** 0 for what has no lines. */
function lastLine(bytes: Buffer): number {
  if (bytes.includes(0)) return 0
  let lines = 1
  for (let at = bytes.indexOf('\n'); at !== -1 && at < bytes.length - 1; at = bytes.indexOf('\n', at + 1))
    lines++
  return lines
}

async function piecesOf(
  parts: readonly ReadPart[],
  { measure, maxPieces = MAX_PIECES }: ReadOptions,
): Promise<{ pieces: NewPiece[]; isAll: boolean }> {
  const pieces: NewPiece[] = []
  let isAll = true
  for (const { text, sections, spanOf } of parts) {
    let left = Math.floor(maxPieces / parts.length)
    for await (const piece of cut(text, sections, measure)) {
      isAll &&= left > 0
      if (left-- === 0) break
      pieces.push(newPiece(piece, spanOf(piece)))
    }
  }
  return { pieces, isAll }
}

const newPiece = (piece: Piece, span: Span): NewPiece => ({
  headings: piece.headings,
  content: piece.content,
  ...span,
  ...inPart(piece),
  digest: digestOf(embeddedText(piece)),
})

const inPart = ({ place: { part = 0, name = '', cell = '' } = {} }: Piece) =>
  part === 0 ? {} : { part, partName: name, cell }

const digestOf = (text: string): Uint8Array =>
  Uint8Array.from(hash('sha256', text, 'buffer').subarray(0, DIGEST_BYTES))

const rangesOf = ({ parts }: FileBytes) =>
  parts.map(({ start, bytes }) => ({ start, end: start + bytes.byteLength }))

const whatFits = (pieces: number, parts: number): string =>
  `Only ${pieces} passages of it are searched, from its beginning${parts > 1 ? ' and its end' : ''}: one file may not have more.`

function sampleOf(pieces: readonly NewPiece[]): string {
  let sample = ''
  for (const { content } of pieces) {
    sample += `${content}\n`
    if (sample.length >= SAMPLE) break
  }
  return sample
}

/** Bytes of a file → what is searched of it. */
import { hash } from 'node:crypto'
import {
  type Format,
  formatByContent,
  formatOf,
  formatRow,
  type ReadBytes,
  whyNotRead,
} from '../../documents/formats.ts'
import type { Block } from '../../documents/text/block.ts'
import { type Encoding, encodingOf } from '../../documents/text/encoding.ts'
import { languageOf } from '../../documents/text/prose-language.ts'
import { type Part, SourceText, type Span } from '../../documents/text/source-text.ts'
import type { NewPiece } from '../index/library.ts'
import { cut, embeddedText, type Piece } from './cut.ts'
import { MAX_PIECES, whatIsRead } from './parts.ts'
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
}

/** What is no text, or of a format that is not read. */
export interface NotRead {
  /** Why, as a sentence. */
  problem: string
}

export interface ReadOptions {
  measure: Measure
  /** Readers of formats that have none here. */
  readers?: Readonly<Partial<Record<Format, ReadBytes>>>
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
  blocks: Iterable<Block>
  spanOf(piece: Piece): Span
}

/** Rejects with what a reader throws of a file that is damaged. */
export async function readDocument(file: FileBytes, options: ReadOptions): Promise<ReadFile | NotRead> {
  const named = formatOf(file.name)
  if (named === undefined) return { problem: whyNotRead(file.name) ?? 'It is not read.' }
  const isOfText = named === 'unknown' || formatRow(named).text !== undefined
  const texts = isOfText ? await textsOf(file) : []
  if (texts === undefined) return { problem: 'It is no text.' }
  const format = named === 'unknown' ? formatByContent(texts[0]?.text ?? '') : named
  const parts = await partsOf(format, file, texts, options.readers?.[format])
  if (parts === undefined) return { problem: `Files of this format (${format}) are not read.` }
  const { pieces, isAll } = piecesOf(parts, options)
  return {
    format,
    language: formatRow(format).isProse ? languageOf(sampleOf(pieces)) : '',
    pieces,
    note: isAll ? whatIsRead(file.size, rangesOf(file)) : whatFits(pieces.length, parts.length),
  }
}

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
  bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  start,
  isCut: start + bytes.byteLength < size,
})

/** From the beginning of a line on, which is one of a character as well. */
function fromNextLine(part: Part, { encoding }: Encoding): Part {
  const { bytes, start } = part
  const newline = encoding === 'utf-16le' ? '\n\0' : encoding === 'utf-16be' ? '\0\n' : '\n'
  let at = bytes.indexOf(newline, 0, 'latin1')
  while (at % newline.length === 1) at = bytes.indexOf(newline, at + 1, 'latin1')
  const from = at === -1 || at > MAX_LINE ? 0 : at + newline.length
  return { ...part, bytes: bytes.subarray(from), start: start + from }
}

async function partsOf(
  format: Format,
  file: FileBytes,
  texts: readonly SourceText[],
  reader: ReadBytes | undefined,
): Promise<ReadPart[] | undefined> {
  const { text: ofText, bytes: ofBytes = reader } = formatRow(format)
  if (ofText)
    return Promise.all(
      texts.map(async (source) => ({
        text: source.text,
        blocks: await ofText(source.text),
        spanOf: ({ start, end }) => source.span(start, end),
      })),
    )
  const [first] = file.parts
  if (!ofBytes || !first) return undefined
  const { bytes } = partOf(first.start, first.bytes, file.size)
  const endLine = lastLine(bytes)
  const span = { startLine: Math.min(1, endLine), endLine, startByte: 0, endByte: bytes.length }
  return [{ text: '', blocks: await ofBytes(bytes, file.name), spanOf: () => span }]
}

/** 0 for what has no lines. */
function lastLine(bytes: Buffer): number {
  if (bytes.includes(0)) return 0
  let lines = 1
  for (let at = bytes.indexOf('\n'); at !== -1 && at < bytes.length - 1; at = bytes.indexOf('\n', at + 1))
    lines++
  return lines
}

function piecesOf(
  parts: readonly ReadPart[],
  { measure, maxPieces = MAX_PIECES }: ReadOptions,
): { pieces: NewPiece[]; isAll: boolean } {
  const pieces: NewPiece[] = []
  let isAll = true
  for (const { text, blocks, spanOf } of parts) {
    let left = Math.floor(maxPieces / parts.length)
    for (const piece of cut(text, blocks, measure)) {
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
  digest: digestOf(embeddedText(piece)),
})

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

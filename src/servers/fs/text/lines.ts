/** The first and last lines, and ranges, of a file of any size, read in pieces. */

import type { OpenFile } from '../files.ts'
import { MAX_LINES_BYTES, MAX_TEXT_BYTES } from '../limits.ts'

const CHUNK = 64 * 1024
const NEWLINE = 0x0a
const RETURN = 0x0d

/** The bytes of the first lines, without the last line break; undefined if they are more than one reply takes. */
export async function headBytes(file: OpenFile, lines: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for (let left = lines; ; ) {
    const chunk = await file.read(length, CHUNK)
    let end = -1
    while (left > 0) {
      const next = chunk.indexOf(NEWLINE, end + 1)
      if (next < 0) break
      end = next
      left--
    }
    const done = left === 0
    chunks.push(done ? chunk.subarray(0, end) : chunk)
    length += done ? end : chunk.length
    if (length > MAX_TEXT_BYTES) return undefined
    if (done || chunk.length < CHUNK) return withoutFinalBreak(Buffer.concat(chunks), done)
  }
}

/**
 * The bytes of the lines from `first` to `last`, counted from 1, without the last line break, and how many lines there are as far
 * as was looked. `bytes` is undefined if they are more than one reply takes, or lie too far on.
 */
export async function lineBytes(
  file: OpenFile,
  first: number,
  last: number,
): Promise<{ bytes: Buffer | undefined; lines: number }> {
  const chunks: Buffer[] = []
  let length = 0
  let line = 1
  for (let position = 0; position < MAX_LINES_BYTES; ) {
    const chunk = await file.read(position, CHUNK)
    position += chunk.length
    let from = line >= first ? 0 : chunk.length
    let end = -1
    for (let at = chunk.indexOf(NEWLINE); at >= 0 && end < 0; at = chunk.indexOf(NEWLINE, at + 1))
      if (line === last) end = at
      else if (++line === first) from = at + 1
    const part = chunk.subarray(from, end < 0 ? chunk.length : end)
    chunks.push(part)
    length += part.length
    if (length > MAX_TEXT_BYTES) break
    if (end >= 0) return { bytes: withoutFinalBreak(Buffer.concat(chunks), true), lines: line }
    if (chunk.length < CHUNK) {
      // After the last line break there is one more line only if something stands there.
      const isOver = line > 1 && file.size > 0 && (await file.read(position - 1, 1))[0] === NEWLINE
      return { bytes: withoutFinalBreak(Buffer.concat(chunks), false), lines: isOver ? line - 1 : line }
    }
  }
  return { bytes: undefined, lines: line }
}

/** The bytes of the last lines, without the last line break; undefined if they are more than one reply takes. */
export async function tailBytes(file: OpenFile, lines: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  let left = lines
  for (let position = file.size; position > 0 && left > 0; ) {
    const size = Math.min(CHUNK, position)
    position -= size
    const chunk = await file.read(position, size)
    let start = chunk.length
    if (chunks.length === 0 && chunk[start - 1] === NEWLINE) start-- // the last line's own
    while (left > 0) {
      start = start === 0 ? -1 : chunk.lastIndexOf(NEWLINE, start - 1)
      if (start < 0) break
      left--
    }
    const wanted = left === 0 ? chunk.subarray(start + 1) : chunk
    chunks.unshift(wanted)
    length += wanted.length
    if (length > MAX_TEXT_BYTES) return undefined
  }
  return withoutFinalBreak(Buffer.concat(chunks), false)
}

/** A line break is a line feed with or without a carriage return before it; `removed` says that the feed is gone already. */
function withoutFinalBreak(bytes: Buffer, removed: boolean): Buffer {
  const ends = removed || bytes.at(-1) === NEWLINE
  const line = ends && !removed ? bytes.subarray(0, -1) : bytes
  return ends && line.at(-1) === RETURN ? line.subarray(0, -1) : line
}

export interface TextRange {
  readonly bytes: Buffer
  readonly start: number
  /** Where the next range begins; undefined at the end of the file. */
  readonly next: number | undefined
}

/** A range of bytes, moved so that it begins and ends between characters of UTF-8. */
export async function textRange(file: OpenFile, offset: number, length: number): Promise<TextRange> {
  const read = await file.read(offset, length + 1)
  const more = read.length > length
  const bytes = read.subarray(0, length)
  let start = 0
  while (offset > 0 && start < Math.min(3, bytes.length) && isContinuation(bytes[start])) start++
  let end = bytes.length
  if (more) while (end > start && end > bytes.length - 3 && isContinuation(read[end])) end--
  return { bytes: bytes.subarray(start, end), start: offset + start, next: more ? offset + end : undefined }
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

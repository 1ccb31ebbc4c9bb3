/** The text of a file, and where each part of it lies in the file. */
import { isUtf8 } from 'node:buffer'

export interface SourceText {
  text: string
  /** As TextDecoder knows it, such as `utf-8` or `windows-1252`. */
  encoding: string
  /** Where a part of the text lies: whole lines from 1 on, and bytes from 0 on, both to the end that is meant. */
  span(start: number, end: number): Span
}

export interface Span {
  startLine: number
  endLine: number
  startByte: number
  endByte: number
}

/** How much of a file is looked at to find out whether it is text, and in which encoding, in bytes. */
const LOOKED_AT = 64 * 1024
/** Bytes that no text has: of control characters all but tab, line feed, form feed, carriage return, escape and the end of DOS. */
const CONTROL_LIMIT = 0.002
const NEWLINE = 0x0a

/** Guesses an encoding by its name, as chardet does; undefined where it has no idea. */
export type GuessEncoding = (bytes: Uint8Array) => string | undefined

/** Undefined where the bytes are no text. `guess` is asked for what is not UTF-8 and has no mark at its beginning. */
export function decodeText(bytes: Buffer, guess: GuessEncoding): SourceText | undefined {
  const marked = byMark(bytes)
  if (marked) return sourceOf(bytes, marked)
  const beginning = bytes.subarray(0, LOOKED_AT)
  if (beginning.includes(0)) return undefined
  if (isUtf8(bytes)) return isControl(beginning) ? undefined : sourceOf(bytes, { encoding: 'utf-8', mark: 0 })
  if (isControl(beginning)) return undefined
  return sourceOf(bytes, { encoding: knownEncoding(guess(beginning)), mark: 0 })
}

interface Encoding {
  encoding: string
  /** Bytes at the beginning that only say so. */
  mark: number
}

function byMark(bytes: Buffer): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', mark: 3 }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', mark: 2 }
  return undefined
}

function isControl(bytes: Buffer): boolean {
  let odd = 0
  for (const byte of bytes)
    if (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1a && byte !== 0x1b) odd++
  return odd > bytes.length * CONTROL_LIMIT
}

/** What is guessed may be something that can't be decoded here: then it is read as most old files of the West are. */
function knownEncoding(guessed: string | undefined): string {
  try {
    return new TextDecoder(guessed ?? 'windows-1252').encoding
  } catch {
    return 'windows-1252'
  }
}

function sourceOf(bytes: Buffer, { encoding, mark }: Encoding): SourceText {
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes.subarray(mark))
  const width = encoding.startsWith('utf-16') ? 2 : 1
  const lines = lineStarts(text)
  const byteLines = width === 2 ? undefined : byteLineStarts(bytes, mark)
  const byteAt = (at: number, line: number): number => {
    if (width === 2) return mark + 2 * at
    const lineStart = byteLines?.[line] ?? bytes.length
    const within = text.slice(lines[line], at)
    // Of other encodings than UTF-8 a line's beginning is known, and within it what each character takes in those of one byte.
    const length = encoding === 'utf-8' ? Buffer.byteLength(within) : within.length
    return Math.min(lineStart + length, byteLines?.[line + 1] ?? bytes.length)
  }
  return {
    text,
    encoding,
    span(start, end) {
      const first = lineOf(lines, start)
      const last = lineOf(lines, Math.max(start, end - 1))
      return {
        startLine: first + 1,
        endLine: last + 1,
        startByte: byteAt(start, first),
        endByte: byteAt(end, last),
      }
    },
  }
}

function lineStarts(text: string): Uint32Array {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return Uint32Array.from(starts)
}

function byteLineStarts(bytes: Buffer, from: number): Uint32Array {
  const starts = [from]
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1; at = bytes.indexOf(NEWLINE, at + 1))
    starts.push(at + 1)
  return Uint32Array.from(starts)
}

/** The line, from 0 on, in which a place lies. */
function lineOf(starts: Uint32Array, place: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] as number) <= place) low = middle
    else high = middle - 1
  }
  return low
}

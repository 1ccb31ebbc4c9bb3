/** The text of a file, or of a part of one, and where each part of it lies in the file. */
import type { Encoding } from './encoding.ts'

/** Where something lies: whole lines from 1 on, bytes from 0 on. */
export interface Span {
  /** 0 where its lines are not known. */
  startLine: number
  /** The last one that it has part in. */
  endLine: number
  startByte: number
  /** After the last one. */
  endByte: number
}

/** A part of a file. */
export interface Part {
  bytes: Buffer
  /** Where it lies in the file. */
  start: number
  /** Whether the file goes on after it. */
  isCut: boolean
}

interface Chunk {
  /** Where it begins: in the text, in the bytes of the part, and after how many ends of lines. */
  at: number
  byte: number
  lines: number
}

/** Chunks are short, as places in one are found by reading it again. In bytes. */
const CHUNK = 4096
/** So many bytes may belong to the character that a chunk ends in. */
const MAX_CHARACTER = 4
const NEWLINE = 0x0a

export class SourceText {
  readonly text: string
  readonly #part: Part
  readonly #encoding: string
  readonly #chunks: Chunk[] = []

  constructor(part: Part, { encoding, mark }: Encoding) {
    this.#part = part
    this.#encoding = encoding
    const { bytes, isCut } = part
    const texts: string[] = []
    let chunk: Chunk = { at: 0, byte: mark, lines: 0 }
    while (chunk.byte < bytes.length) {
      this.#chunks.push(chunk)
      const isLast = bytes.length - chunk.byte <= CHUNK
      const end = isLast ? bytes.length : this.#border(chunk.byte, chunk.byte + CHUNK)
      const text = this.#decode(chunk.byte, end, isLast && !isCut)
      texts.push(text)
      chunk = { at: chunk.at + text.length, byte: end, lines: chunk.lines + newlines(text) }
    }
    this.#chunks.push(chunk)
    this.text = texts.join('')
  }

  /** Where a part of the text lies in the file. No character may be cut in two. */
  span(start: number, end: number): Span {
    const first = this.#place(start)
    // What ends with its line has no part in the next one.
    const last = this.#place(Math.max(start, end - 1))
    const { start: from } = this.#part
    return {
      // The lines before what lies after a gap were not counted.
      startLine: from === 0 ? first.line : 0,
      endLine: from === 0 ? last.line : 0,
      startByte: from + first.byte,
      endByte: from + this.#place(end).byte,
    }
  }

  #place(at: number): { line: number; byte: number } {
    const index = this.#chunkOf(at)
    const chunk = this.#chunks[index] as Chunk
    const next = this.#chunks[index + 1] ?? chunk
    const before = this.text.slice(chunk.at, at)
    return { line: chunk.lines + newlines(before) + 1, byte: chunk.byte + this.#bytesOf(before, chunk, next) }
  }

  /** How many bytes the beginning of a chunk takes. */
  #bytesOf(beginning: string, chunk: Chunk, next: Chunk): number {
    const [characters, bytes] = [next.at - chunk.at, next.byte - chunk.byte]
    if (beginning.length === characters) return bytes
    if (characters === bytes) return beginning.length
    if (this.#encoding.startsWith('utf-16')) return beginning.length * 2
    if (this.#encoding === 'utf-8' && Buffer.byteLength(this.text.slice(chunk.at, next.at)) === bytes)
      return Buffer.byteLength(beginning)
    // The fewest bytes that are so much of the text.
    let [low, high] = [0, bytes]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#decode(chunk.byte, chunk.byte + middle, false).length < beginning.length) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The last chunk that begins at this place or before. */
  #chunkOf(at: number): number {
    let [low, high] = [0, this.#chunks.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#chunks[middle] as Chunk).at <= at) low = middle
      else high = middle - 1
    }
    return low
  }

  /** A place up to `end` between two characters, the end of a line where there is one near: no encoding has a state beyond it. */
  #border(start: number, end: number): number {
    const { bytes } = this.#part
    if (this.#encoding.startsWith('utf-16')) {
      const even = end - ((end - start) % 2)
      const high = bytes[this.#encoding === 'utf-16le' ? even - 1 : even - 2] ?? 0
      return high >= 0xd8 && high <= 0xdb ? even - 2 : even
    }
    const newline = bytes.lastIndexOf(NEWLINE, end - 1)
    if (newline >= start + CHUNK / 2) return newline + 1
    const { length } = this.#decode(start, end, false)
    let border = end
    while (border > end - MAX_CHARACTER && this.#decode(start, border - 1, false).length === length) border--
    return border
  }

  /** Without a character that is not there as a whole, unless nothing comes after it. */
  #decode(start: number, end: number, isLast: boolean): string {
    const decoder = new TextDecoder(this.#encoding, { ignoreBOM: true })
    return decoder.decode(this.#part.bytes.subarray(start, end), { stream: !isLast })
  }
}

function newlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

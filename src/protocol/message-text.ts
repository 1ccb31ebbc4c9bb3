/**
 * What must be true of a message's bytes before they are parsed: UTF-8, and no deeper than can be handled.
 */
import { isUtf8 } from 'node:buffer'
import { ERRORS } from './errors.ts'
import type { ErrorObject } from './jsonrpc.ts'
import { MAX_DEPTH, MAX_MESSAGE_BYTES } from './limits.ts'

const QUOTE = 0x22
/** Strings longer than this are searched for their end by the machine's own search. */
const LONG_STRING = 64
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** What a value of JSON takes of memory besides its text, in bytes; measured with V8, for shapes that cost the most. */
const WEIGHT = { bracket: 64, comma: 16, colon: 64 }

/** A text, and about how many bytes of memory it takes with what it says, once parsed. */
export interface Decoded {
  text: string
  weight: number
}

/** Decodes a message, or says why it must not be parsed. Size is the reader's business, as it must not be read at all. */
export function decodeMessage(bytes: Buffer, maxDepth = MAX_DEPTH): Decoded | { error: ErrorObject } {
  if (!isUtf8(bytes))
    return { error: { code: ERRORS.PARSE.code, message: 'The message is not valid UTF-8.' } }
  const structure = weightOfStructure(bytes, maxDepth)
  if (structure === undefined)
    return {
      error: {
        code: ERRORS.INVALID_REQUEST.code,
        message: `The message nests deeper than ${maxDepth} levels; send it flatter.`,
      },
    }
  const text = bytes.toString('utf8')
  // Beyond ASCII, V8 takes two bytes for each character of a text. Its strings are there once more when it is parsed.
  const width = text.length === bytes.length ? 1 : 2
  return { text, weight: 2 * width * text.length + structure }
}

/** The error for a message that is longer than the limit, in bytes. */
export const tooLong = (limit = MAX_MESSAGE_BYTES): ErrorObject => ({
  code: ERRORS.INVALID_REQUEST.code,
  message: `The message is longer than ${limit} bytes; send it in parts.`,
})

/** Whether arrays and objects nest deeper than `max`. Reads bytes, since parsing is what must not happen yet. */
export const isDeeperThan = (bytes: Buffer, max: number): boolean =>
  weightOfStructure(bytes, max) === undefined

/** What brackets, commas and colons outside of strings will take; undefined where they nest deeper than `max`. */
function weightOfStructure(bytes: Buffer, max: number): number | undefined {
  let depth = 0
  let weight = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) {
      i = endOfString(bytes, i + 1)
    } else if (byte === COMMA) weight += WEIGHT.comma
    else if (byte === COLON) weight += WEIGHT.colon
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      weight += WEIGHT.bracket
      if (++depth > max) return undefined
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--
  }
  return weight
}

/** Where the string that has begun before `from` has its closing quote; the end of the bytes where it has none. */
function endOfString(bytes: Buffer, from: number): number {
  let i = from
  for (const near = Math.min(from + LONG_STRING, bytes.length); i < near; i++) {
    if (bytes[i] === QUOTE) return i
    if (bytes[i] === BACKSLASH) i++
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, i)
    if (quote < 0) return bytes.length
    let first = quote
    while (first > i && bytes[first - 1] === BACKSLASH) first--
    if ((quote - first) % 2 === 0) return quote
    i = quote + 1
  }
}

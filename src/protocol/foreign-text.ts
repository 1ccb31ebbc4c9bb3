/** Texts that others wrote: without invisible characters and what steers a terminal, and no longer than anyone reads. */

import { isInexact } from './exact-json.ts'

/** Control sequences of terminals (ECMA-48, 5.4 and 8.3), whole: what follows their escape would stay as letters. */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g
const LINE_BREAKS = /\r\n?|[\u2028\u2029\u0085]/g
/** Format characters (zero-width, bidirectional controls), tags, fillers: what a model reads and a person does not see. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]|[^\P{Cc}\t\n]/gu

/** A text of several lines. */
export const cleanText = (text: string): string =>
  text.toWellFormed().replace(SEQUENCES, '').replace(LINE_BREAKS, '\n').replace(INVISIBLE, '')

/** A name, a title, an address: one line. */
export const cleanLine = (text: string): string => cleanText(text).replace(/\s+/g, ' ').trim()

/** As much of a text as `max` characters hold; of a longer one, it says how many were left out. */
export const bounded = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max).toWellFormed()}… (${text.length - max} more characters)`

/** All texts of a value of JSON cleaned, keys included. */
export function cleaned<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T
  if (Array.isArray(value)) return value.map(cleaned) as T
  if (typeof value !== 'object' || value === null || isInexact(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [cleanText(key), cleaned(inner)]),
  ) as T
}

/**
 * A text as a terminal may show it: each character that would steer it, or turn the text around, has another in its place, so that
 * one sees that there was something. For texts of several lines; names come from files, servers and people.
 */
export const shown = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n]|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')

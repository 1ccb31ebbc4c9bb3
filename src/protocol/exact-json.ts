/**
 * JSON whose numbers are kept as they were written. A number that no double holds (a long id, an amount with many
 * digits) becomes what `JSON.rawJSON` makes, which `JSON.stringify` writes as it came; every other value is what
 * `JSON.parse` gives. A text without such a number costs a glance more.
 */

interface RawJson {
  readonly rawJSON: string
}
// Node has both since version 22; TypeScript's library does not know them yet.
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => RawJson
  isRawJSON: (value: unknown) => value is RawJson
}

/** Whether this stands for a number that no double holds. */
export const isInexact: (value: unknown) => value is RawJson = isRawJSON

/** The same value with the nearest double for each of these numbers: for what reckons, such as a schema. */
export function asDoubles<T>(value: T): T {
  const top: Record<string, unknown> = { value }
  // A list in place of calls: how deep a value may be is for those to say who read it.
  const pending: [within: Record<string, unknown>, key: string][] = [[top, 'value']]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [within, key] = next
    const given = within[key]
    if (typeof given !== 'object' || given === null) continue
    if (isInexact(given)) within[key] = Number(given.rawJSON)
    else {
      // A property of its own named __proto__ is there already, so that to assign it is to change it alone.
      const copy = (
        Array.isArray(given) ? [...given] : Object.fromEntries(Object.entries(given))
      ) as typeof top
      within[key] = copy
      for (const inner of Object.keys(copy)) pending.push([copy, inner])
    }
  }
  return top.value as T
}

/** How numbers begin that may be inexact, after what comes before a value: with many digits, or with a far exponent. */
const SUSPECT = /(?:^|[:,[])\s*(-?\d(?:[\d.]{15}|[\d.]{0,14}[eE][+-]?\d{3}))/g
/** What a far exponent looks like, wherever it stands. */
const FAR = /[\d.][eE][+-]?\d{3}/
/** So many digits and points in a row are many. */
const MANY = 16
const PART_OF_NUMBER = new Set([...'0123456789.eE+-'].map((character) => character.charCodeAt(0)))
/** No number needs more characters to differ from all others; a longer one is kept as it is. */
const MAX_LENGTH = 1100
/** So many of them are kept in one text: each costs several times what a number does. */
const MAX_INEXACT = 10_000

/** The text has too many numbers that no double holds. */
export class TooManyNumbers extends RangeError {
  constructor() {
    super(
      `more than ${MAX_INEXACT} numbers have more digits, or a larger exponent, than a double holds; send them as strings`,
    )
  }
}

/**
 * Parses like `JSON.parse`, and throws its SyntaxError, or TooManyNumbers. Depth is the caller's business.
 */
export function parseExactly(text: string): unknown {
  const inexact = mayHave(text) ? inexactNumbers(text) : NONE
  const value: unknown = JSON.parse(text)
  return inexact.length === 0 ? value : withNumbers(text, inexact)
}

const NONE: readonly Place[] = []

/** Whether a text may have a number that no double holds: said of some that have none, and seen in a fraction of the time. */
function mayHave(text: string): boolean {
  // Of so many in a row, one stands at a multiple of their number.
  for (let i = MANY - 1; i < text.length; i += MANY)
    if (isDigitOrPoint(text.charCodeAt(i)) && lengthOfRun(text, i) >= MANY) return true
  return FAR.test(text)
}

function lengthOfRun(text: string, at: number): number {
  let first = at
  while (isDigitOrPoint(text.charCodeAt(first - 1))) first--
  let end = at + 1
  while (end - first < MANY && isDigitOrPoint(text.charCodeAt(end))) end++
  return end - first
}

const isDigitOrPoint = (code: number): boolean => (code >= 0x30 && code <= 0x39) || code === 0x2e

interface Place {
  start: number
  end: number
}

function inexactNumbers(text: string): readonly Place[] {
  const found: Place[] = []
  const isOutside = outsideOfStrings(text)
  SUSPECT.lastIndex = 0
  for (let match = SUSPECT.exec(text); match; match = SUSPECT.exec(text)) {
    const start = SUSPECT.lastIndex - (match[1] as string).length
    const end = endOfNumber(text, SUSPECT.lastIndex)
    if (!isExact(text.slice(start, end)) && isOutside(end) && found.push({ start, end }) > MAX_INEXACT)
      throw new TooManyNumbers()
    SUSPECT.lastIndex = end
  }
  return found
}

function endOfNumber(text: string, from: number): number {
  let end = from
  while (PART_OF_NUMBER.has(text.charCodeAt(end))) end++
  return end
}

/** Says of growing positions whether they lie outside of strings. */
function outsideOfStrings(text: string): (position: number) => boolean {
  let outside = true
  let quote = text.indexOf('"')
  return (position) => {
    while (quote >= 0 && quote < position) {
      if (outside || !isEscaped(text, quote)) outside = !outside
      quote = text.indexOf('"', quote + 1)
    }
    return outside
  }
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

/** Whether the nearest double, written out, is the same number. */
export function isExact(source: string): boolean {
  const value = Number(source)
  if (String(value) === source) return true
  // Up to 15 digits are kept by every double that is not next to zero.
  if (source.length <= 16 && Number.isFinite(value) && Math.abs(value) > 1e-290) return true
  return source.length <= MAX_LENGTH && Number.isFinite(value) && decimal(source) === decimal(String(value))
}

/** One text for each number: its digits without zeros at either end, and the power of ten of the last. */
function decimal(source: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) as RegExpExecArray
  const digits = whole + fraction
  let start = 0
  while (digits[start] === '0') start++
  if (start === digits.length) return '0'
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return `${sign}${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}

/** Parses with texts in place of these numbers, and puts the numbers where the texts are. */
function withNumbers(text: string, places: readonly Place[]): unknown {
  // No writer of a text knows this, so no string of it begins so.
  const mark = crypto.randomUUID()
  const parts: string[] = []
  let from = 0
  for (const { start, end } of places) {
    parts.push(text.slice(from, start), '"', mark, text.slice(start, end), '"')
    from = end
  }
  parts.push(text.slice(from))
  const restore = (value: unknown): unknown => {
    if (typeof value === 'string') return value.startsWith(mark) ? rawJSON(value.slice(mark.length)) : value
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = restore(value[i])
    } else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        const restored = restore(inner)
        if (restored !== inner) Object.defineProperty(value, key, { value: restored })
      }
    return value
  }
  return restore(JSON.parse(parts.join('')))
}

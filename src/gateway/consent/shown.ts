/**
 * Words of others as a person sees them: on one line, bounded, and such that they can pass for nothing but themselves. What
 * can't be seen, or moves or imitates what is around it, is written as `\u{202e}`.
 */
import { isInexact } from '../../protocol/exact-json.ts'

/** Controls, formats, surrogates, unassigned and private characters, line breaks, and spaces but the one. */
const UNSEEN = String.raw`[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}`
/** Letters and marks that show nothing, though their categories say otherwise. */
const BLANK = String.raw`[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{1d159}\u{e0100}-\u{e01ef}]`
/** What looks like the quotes around a value. */
const LIKE_QUOTES = String.raw`[\u02ba\u02dd\u02ee\u02f6\u2033\u2036\u201f\u275d\u275e\u301d\u301e\uff02]`
/** Marks that join no letter, and so would join a quote, and so many on one that they grow over other lines. */
const MARKS = String.raw`(?<![\p{L}\p{N}]\p{M}{0,3})\p{M}`
const ESCAPED = new RegExp(`${UNSEEN}|${BLANK}|${LIKE_QUOTES}|${MARKS}`, 'gu')

const unicode = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
const escaped = (text: string): string =>
  text.replace(ESCAPED, (chars) => [...chars].map((char) => unicode(char)).join(''))
const escapedInQuotes = (text: string): string => escaped(text.replace(/["\\]/g, (char) => `\\${char}`))

/** Whether `shown` leaves nothing out of it. */
export const isShownWhole = (text: string, most: number): boolean =>
  text.length <= most && escaped(text).length <= most

/** A text that stands by itself, such as what a server says a call would do. */
export const shown = (text: string, most: number): string => {
  if (isShownWhole(text, most)) return escaped(text)
  const { head, tail, left } = ends(text, most, escaped)
  return `${head} … ${tail} (${left} characters left out)`
}

/** A text in quotes. One that is too long shows its beginning and its end, and how much is between. */
export function quoted(text: string, most: number): string {
  const whole = text.length <= most ? escapedInQuotes(text) : undefined
  if (whole !== undefined && whole.length <= most) return `"${whole}"`
  const { head, tail, left } = ends(text, most, escapedInQuotes)
  return `"${head}" … "${tail}" (${left} characters left out)`
}

/** What fits of both ends of a text once it is escaped, two thirds of it from the beginning. */
function ends(
  text: string,
  most: number,
  written: (text: string) => string,
): { head: string; tail: string; left: number } {
  const first = [...text.slice(0, most)]
  const last = [...text.slice(Math.max(first.join('').length, text.length - most))].reverse()
  const head = fitting(first, (most * 2) / 3, written)
  const tail = fitting(last, most / 3, written)
  return {
    head: written(head),
    tail: written([...tail].reverse().join('')),
    left: text.length - head.length - tail.length,
  }
}

function fitting(chars: readonly string[], most: number, written: (text: string) => string): string {
  let length = 0
  const end = chars.findIndex((char) => {
    // Alone a mark is escaped, and a character is never longer than that.
    length += written(char).length
    return length > most
  })
  return (end === -1 ? chars : chars.slice(0, end)).join('')
}

/** Of one text within a value, of one value, in characters; of its items, and how deep they are shown. */
export interface Bounds {
  text: number
  value: number
}
const MAX_ITEMS = 12
const MAX_DEPTH = 4

/** A JSON value on one line. What does not fit is counted. */
export function shownValue(value: unknown, bounds: Bounds): string {
  const room = { left: bounds.value }
  const show = (one: unknown, depth: number): string => {
    const text = one !== null && typeof one === 'object' && !isInexact(one) ? inside(one, depth) : word(one)
    room.left -= text.length
    return text
  }
  const word = (one: unknown): string => {
    if (typeof one === 'string') return quoted(one, Math.max(8, Math.min(bounds.text, room.left)))
    return shown(isInexact(one) ? one.rawJSON : (JSON.stringify(one) ?? 'nothing'), 40)
  }
  const inside = (one: object, depth: number): string => {
    const isList = Array.isArray(one)
    const entries = Object.entries(one)
    const items: string[] = []
    for (const [key, item] of depth < MAX_DEPTH ? entries.slice(0, MAX_ITEMS) : []) {
      if (room.left < 8) break
      const name = isList ? '' : `${quoted(key, 24)}: `
      room.left -= name.length
      items.push(name + show(item, depth + 1))
    }
    const more = entries.length - items.length
    const rest = more === 0 ? '' : `${items.length === 0 ? '' : ' '}… ${more} more`
    const text = items.join(', ') + rest
    return isList ? `[${text}]` : `{${text}}`
  }
  return show(value, 0)
}

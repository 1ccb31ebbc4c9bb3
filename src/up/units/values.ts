/** The forms that values in unit files take. */
import { UnitError } from './unit-file.ts'

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  '': 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A time span such as `100ms`, `5s`, `1min 30s` or `90` (seconds), in milliseconds. */
export function parseTimeSpan(text: string, origin: string): number {
  const parts = [...text.matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]*)/gy)]
  const length = parts.reduce((sum, [whole]) => sum + whole.length, 0)
  const sum = parts.reduce(
    (total, [, amount, unit]) => total + Number(amount) * (UNITS_MS[unit as string] ?? Number.NaN),
    0,
  )
  if (parts.length === 0 || length !== text.trimEnd().length || Number.isNaN(sum))
    throw new UnitError(`${origin}: "${text}" is not a time span such as 100ms, 5s or "1min 30s".`)
  return sum
}

/** Words divided by white space; quotes, single or double, hold a word together, and a backslash escapes within. */
export function splitWords(text: string, origin: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (char === '\\') {
      if (i + 1 === text.length) throw new UnitError(`${origin}: a backslash with nothing after it.`)
      word = (word ?? '') + text[++i]
    } else if (quote !== '') {
      if (char === quote) quote = ''
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (quote !== '') throw new UnitError(`${origin}: a quote is not closed.`)
  if (word !== undefined) words.push(word)
  return words
}

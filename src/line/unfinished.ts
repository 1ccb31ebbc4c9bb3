/** The word that is being typed at the end of a line. */
import { type Line, LineError, parseLine } from './words.ts'

export interface UnfinishedWord {
  /** The words before it. */
  before: readonly string[]
  /** As it stands on the line. */
  typed: string
  /** What it means so far. */
  value: string
  /** A value as it would be typed here, in the same quotes; `finished` closes them. */
  write(value: string, finished: boolean): string
}

type Quote = '' | "'" | '"'

/** Undefined where no word of a command is typed: after a `|` or `>`, or inside of JSON. */
export function unfinishedWord(text: string): UnfinishedWord | undefined {
  const start = lastStart(text)
  const typed = text.slice(start)
  for (const quote of ['', "'", '"'] as const) {
    const line = parsed(typed + quote)
    if (!line || line.pipe !== undefined || line.file || line.background || line.words.length > 1) continue
    return {
      before: parseLine(text.slice(0, start)).words,
      typed,
      value: line.words[0] ?? '',
      write: (value, finished) => write(value, quote, finished),
    }
  }
  return undefined
}

/** Where the last word begins: after the last white space that is not part of a word. */
export function lastStart(text: string): number {
  for (let at = text.length; at > 0; at--)
    if (/\s/.test(text[at - 1] as string) && beginsWord(text.slice(0, at))) return at
  return 0
}

function beginsWord(before: string): boolean {
  const without = parsed(before)
  return without !== undefined && parsed(`${before}x`)?.words.length === without.words.length + 1
}

function parsed(text: string): Line | undefined {
  try {
    return parseLine(text)
  } catch (error) {
    if (error instanceof LineError) return undefined
    throw error
  }
}

function write(value: string, quote: Quote, finished: boolean): string {
  const end = finished ? quote : ''
  if (quote === "'") return `'${value.replaceAll("'", `'\\''`)}${end}`
  if (quote === '"') return `"${value.replace(/["\\]/g, '\\$&')}${end}`
  return value.replace(/[\s'"\\|>&]|^[[{#]/g, '\\$&')
}

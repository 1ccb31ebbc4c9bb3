/** Tables as text: each record is a block, below the names of its columns. Source: RFC 4180, and what programs make of it. */
import { type Block, linesOf } from './block.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const
const MAX_HEADER = 400
/** A record goes on over lines as long as a quote is open, but no longer than this: most such quotes were meant as something else. */
const MAX_RECORD = 64 * 1024
/** Something that has a name: letters, and no number alone. */
const NAME = /\p{L}/u

export function* readCsv(text: string): Generator<Block> {
  let headings: readonly string[] = []
  let delimiter: string | undefined
  let start: number | undefined
  let isQuoted = false
  for (const { line, start: lineStart, end } of linesOf(text)) {
    if (start === undefined && line.trim() === '') continue
    start ??= lineStart
    if (delimiter === undefined) {
      delimiter = delimiterOf(line)
      headings = headerOf(line, delimiter)
    }
    isQuoted = endsQuoted(line, delimiter, isQuoted) && end - start < MAX_RECORD
    if (isQuoted) continue
    yield { headings, start, end }
    start = undefined
  }
  if (start !== undefined) yield { headings, start, end: text.length }
}

/** Whether a quote is open at the end of a line. One that opens stands at the beginning of a field. */
function endsQuoted(line: string, delimiter: string, isOpen: boolean): boolean {
  if (!isOpen && !line.includes('"')) return false
  let isQuoted = isOpen
  let isFieldStart = true
  for (let at = 0; at < line.length; at++) {
    const character = line[at]
    if (isQuoted) {
      if (character !== '"') continue
      if (line[at + 1] === '"') at++
      else isQuoted = false
    } else {
      if (character === '"' && isFieldStart) isQuoted = true
      isFieldStart = character === delimiter
    }
  }
  return isQuoted
}

function delimiterOf(line: string): string {
  const beginning = line.slice(0, MAX_HEADER)
  const count = (delimiter: string) => beginning.split(delimiter).length
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ','
}

/** The first line where all of its fields are names. */
function headerOf(line: string, delimiter: string): readonly string[] {
  if (line.length > MAX_HEADER) return []
  const names = line.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, ''))
  return names.length > 1 && names.every((name) => NAME.test(name)) ? [names.join(', ')] : []
}

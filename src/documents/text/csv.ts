/** Tables as text: each record is a row, below the names of its columns. Source: RFC 4180, and what programs make of it. */
import { rowText } from '../text.ts'
import { linesOf, type TextBlock } from './block.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const
const MAX_HEADER = 400
/** A record goes on over lines as long as a quote is open, but no longer than this: most such quotes were meant as something else. */
const MAX_RECORD = 64 * 1024
/** Something that has a name: letters, and no number alone. */
const NAME = /\p{L}/u

export function* readCsv(text: string): Generator<TextBlock> {
  let below: readonly string[] = []
  let delimiter: string | undefined
  let start: number | undefined
  let isQuoted = false
  for (const { line, start: lineStart, end } of linesOf(text)) {
    if (start === undefined && line.trim() === '') continue
    start ??= lineStart
    if (delimiter === undefined) {
      delimiter = delimiterOf(line)
      below = headerOf(line, delimiter)
    }
    isQuoted = endsQuoted(line, delimiter, isQuoted) && end - start < MAX_RECORD
    if (isQuoted) continue
    yield record(start, end, delimiter)
    start = undefined
  }
  if (start !== undefined) yield record(start, text.length, delimiter ?? ',')

  function record(from: number, to: number, between: string): TextBlock {
    const cells = fieldsOf(text.slice(from, to), between)
    return { kind: 'row', text: rowText(cells), cells, below, start: from, end: to }
  }
}

/** Without quotes around them, and with one for two in them. */
function fieldsOf(record: string, delimiter: string): string[] {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  let isStart = true
  for (let at = 0; at < record.length; at++) {
    const character = record[at]
    if (isQuoted && character === '"' && record[at + 1] === '"') field += record[at++]
    else if (isQuoted && character === '"') isQuoted = false
    else if (!isQuoted && character === '"' && isStart) isQuoted = true
    else if (!isQuoted && character === delimiter) {
      fields.push(field.trim())
      field = ''
      isStart = true
      continue
    } else field += character
    isStart = false
  }
  return [...fields, field.trim()]
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

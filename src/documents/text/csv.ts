/** Tables as text, in whichever dialect: each record is a row, below the names of its columns. Source: RFC 4180, and what programs make of it. */
import { rowText } from '../text.ts'
import { headingOf, linesOf, type TextBlock } from './block.ts'

/** A comma is last: it also stands in numbers and between words. */
const DELIMITERS = ['\t', ';', '|', ','] as const
/** How many records tell the delimiter. */
const SAMPLE = 20
/** The share of them that have as many fields as the first. */
const ALIKE = 0.8
const MAX_HEADER = 4000
/** A record goes on over lines as long as a quote is open, but no longer than this: most such quotes were meant as something else. */
const MAX_RECORD = 64 * 1024
/** Excel writes which delimiter it is into a line of its own. */
const SAID = /^sep=(.)$/
/** Something that has a name: letters, and no number alone. */
const NAME = /\p{L}/u

interface RecordSpan {
  start: number
  end: number
}

export function* readCsv(text: string): Generator<TextBlock> {
  const { delimiter, isSaid } = dialectOf(text)
  let below: readonly string[] | undefined
  for (const { start, end } of recordsOf(text, delimiter, isSaid)) {
    const cells = fieldsOf(text.slice(start, end), delimiter)
    const isHeader = below === undefined && isNames(cells)
    below ??= isHeader ? [headingOf(cells.join(', '))] : []
    const header = isHeader && { isHeader }
    yield { kind: 'row', text: rowText(cells), cells, ...header, below, start, end }
  }
}

function dialectOf(text: string): { delimiter: string; isSaid: boolean } {
  const [first] = linesOf(text)
  const said = SAID.exec(first?.line ?? '')?.[1]
  if (said !== undefined) return { delimiter: said, isSaid: true }
  const alike = DELIMITERS.find((delimiter) => isAlike(fieldCounts(text, delimiter)))
  return { delimiter: alike ?? mostFields(text), isSaid: false }
}

const isAlike = ([first = 0, ...others]: readonly number[]): boolean =>
  first > 1 && others.filter((count) => count === first).length >= others.length * ALIKE

const mostFields = (text: string): string => {
  const count = (delimiter: string) => fieldCounts(text, delimiter)[0] ?? 0
  return DELIMITERS.toReversed().toSorted((a, b) => count(b) - count(a))[0] ?? ','
}

/** None where something stands behind the quotes of a field: it is another delimiter. */
function fieldCounts(text: string, delimiter: string): number[] {
  const counts: number[] = []
  for (const { start, end } of recordsOf(text, delimiter, false)) {
    let count = 0
    let isOdd = false
    scan(text.slice(start, end), delimiter, false, (_, hasMore) => {
      count++
      isOdd ||= hasMore
    })
    if (isOdd) return []
    counts.push(count)
    if (counts.length === SAMPLE) break
  }
  return counts
}

/** `isSaid` leaves out the first line. */
function* recordsOf(text: string, delimiter: string, isSaid: boolean): Generator<RecordSpan> {
  let start: number | undefined
  let isOpen = false
  let isFirst = isSaid
  for (const { line, start: lineStart, end } of linesOf(text)) {
    if (isFirst || (start === undefined && line.trim() === '')) {
      isFirst = false
      continue
    }
    start ??= lineStart
    if (isOpen || line.includes('"')) isOpen = scan(line, delimiter, isOpen)
    if (isOpen && end - start < MAX_RECORD) continue
    isOpen = false
    yield { start, end }
    start = undefined
  }
  if (start !== undefined) yield { start, end: text.length }
}

/** Without quotes around them, and with one for two in them. */
function fieldsOf(record: string, delimiter: string): string[] {
  const fields: string[] = []
  scan(record, delimiter, false, (field) => fields.push(field.trim()))
  return fields
}

/** `hasMore` says that something stands behind the quotes of a field. */
type Found = (field: string, hasMore: boolean) => void

/** Whether a quote is open at the end. One that opens stands at the beginning of a field. */
function scan(text: string, delimiter: string, isOpen: boolean, found?: Found): boolean {
  let isQuoted = isOpen
  let isStart = !isOpen
  let wasQuoted = isOpen
  let hasMore = false
  /** The field as far as it is put together, and from where on the text goes on with it. */
  let field = ''
  let from = 0
  const skip = (at: number, length: number) => {
    field += text.slice(from, at)
    from = at + length
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    if (isQuoted) {
      const isEscaped =
        character === '"' ? text[at + 1] === '"' : character === '\\' && isEscape(text, at, delimiter)
      if (isEscaped) skip(at++, 1)
      else if (character === '"') {
        isQuoted = false
        skip(at, 1)
      }
    } else if (character === '"' && isStart) {
      isQuoted = true
      wasQuoted = true
      isStart = false
      skip(at, 1)
    } else if (character === delimiter) {
      skip(at, 1)
      found?.(field, hasMore)
      field = ''
      isStart = true
      wasQuoted = false
      hasMore = false
    } else {
      isStart &&= character === ' '
      hasMore ||= wasQuoted && character.trim() !== ''
    }
  }
  skip(text.length, 0)
  found?.(field, hasMore)
  return isQuoted
}

/** Whether a backslash is before a quote that is part of a field: one that ends the field is followed by a delimiter or nothing. */
const isEscape = (text: string, at: number, delimiter: string): boolean =>
  text[at + 1] === '"' && at + 2 < text.length && text[at + 2] !== delimiter && text[at + 2] !== '\r'

/** The first record names the columns where all of its fields are names. */
const isNames = (cells: readonly string[]): boolean =>
  cells.length > 1 &&
  cells.every((name) => NAME.test(name)) &&
  cells.reduce((length, name) => length + name.length, 0) <= MAX_HEADER

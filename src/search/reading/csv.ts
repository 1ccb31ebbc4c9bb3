/** Tables as text: each record is a block, below the names of its columns. Source: RFC 4180, and what programs make of it. */
import { type Block, linesOf } from './block.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const
const MAX_HEADER = 400
/** Something that has a name: letters, and no number alone. */
const NAME = /\p{L}/u

export function readCsv(text: string): Block[] {
  const blocks: Block[] = []
  let headings: readonly string[] = []
  let start: number | undefined
  let isQuoted = false
  for (const { line, start: lineStart, end } of linesOf(text)) {
    start ??= lineStart
    // A record goes on over lines as long as a quote is open.
    if ((line.split('"').length - 1) % 2 === 1) isQuoted = !isQuoted
    if (isQuoted) continue
    if (text.slice(start, end).trim() !== '') {
      if (blocks.length === 0 && headings.length === 0) headings = headerOf(line)
      blocks.push({ headings, start, end })
    }
    start = undefined
  }
  if (start !== undefined && text.slice(start).trim() !== '')
    blocks.push({ headings, start, end: text.length })
  return blocks
}

/** The first line where all of its fields are names. */
function headerOf(line: string): readonly string[] {
  const delimiter = DELIMITERS.toSorted((a, b) => line.split(b).length - line.split(a).length)[0] ?? ','
  const names = line.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, ''))
  const isHeader = names.length > 1 && line.length <= MAX_HEADER && names.every((name) => NAME.test(name))
  return isHeader ? [names.join(', ')] : []
}

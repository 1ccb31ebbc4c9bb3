/** Lines of a column → headings, paragraphs, items of lists, rows and code. */

import { plainText } from '../text.ts'
import { joinLines } from './hyphens.ts'
import { type Line, MARK, textOfLine } from './lines.ts'
import type { PageBlock } from './page-block.ts'
import { rowOf } from './row.ts'
import { tableAt } from './tables.ts'
import type { Typography } from './typography.ts'

/** Lines of one paragraph are no farther from each other than so much of what is usual. */
const MAX_LEADING = 1.25
/** A first line that is set in, in the size of the letters. */
const INDENT = 0.8
const MAX_HEADING_CHARS = 200
const ENDS = /[.!?:…]["'”’»)\]]?$/u

interface Open {
  kind: 'paragraph' | 'item' | 'heading'
  level?: number
  lines: Line[]
  /** Where its second and later lines begin, once there is one. */
  left: number
}

/** `words` are those that keep their hyphen (`hyphenated`). */
export function blocksOf(
  lines: readonly Line[],
  typography: Typography,
  words: ReadonlySet<string>,
): PageBlock[] {
  const blocks: PageBlock[] = []
  const leading = usualLeading(lines)
  const right = usualRight(lines)
  const marks: number[] = []
  let open: Open | undefined
  const close = () => {
    if (!open) return
    const text = joinLines(open.lines.map(textOfLine), words)
    const kept =
      open.kind === 'item'
        ? text.replace(/^\S+\s+/, (mark) => (/^\p{L}|\d/u.test(mark.replace(/^\(/, '')) ? mark : ''))
        : text
    push(blocks, { kind: open.kind, text: kept, ...(open.level === undefined ? {} : { level: open.level }) })
    open = undefined
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as Line
    const above = lines[i - 1]
    if (line.isMonospaced) {
      close()
      const code = codeAt(lines, i)
      push(blocks, { kind: 'code', text: code.text })
      i = code.last
      continue
    }
    const isMarked = markOf(line) !== undefined
    const table = isMarked ? undefined : tableAt(lines, i)
    if (table) {
      close()
      table.rows.forEach((cells, row) => {
        const block = rowOf(cells, table.hasHeader && row === 0)
        if (block) blocks.push(block)
      })
      i = table.last
      continue
    }
    const level = typography.headingLevel(line, above, lines[i + 1])
    const gap = above ? (line.base - above.base) / line.size : 0
    const goesOn =
      open !== undefined && above !== undefined && gap > 0 && gap <= Math.max(leading * MAX_LEADING, 1)
    if (level !== undefined) {
      if (
        !(
          goesOn &&
          open?.kind === 'heading' &&
          open.level === level &&
          isSameFont(open.lines.at(-1) as Line, line)
        )
      ) {
        close()
        open = { kind: 'heading', level, lines: [], left: line.left }
      }
      open?.lines.push(line)
    } else if (isMarked && !isMiddle(open, line, above, right)) {
      close()
      open = { kind: 'item', level: levelOf(line.left, marks, line.size), lines: [line], left: line.left }
    } else if (open && open.kind !== 'heading' && goesOn && belongs(open, line, above as Line, right)) {
      open.lines.push(line)
      open.left = line.left
    } else {
      close()
      open = { kind: 'paragraph', lines: [line], left: line.left }
    }
  }
  close()
  return blocks
}

/** Cleaned; nothing for what is empty then. A heading that is long is no heading. */
function push(blocks: PageBlock[], { text, ...block }: PageBlock): void {
  const clean = plainText(text).replaceAll('\u00ad', '').trim()
  if (clean === '') return
  if (block.kind === 'heading' && clean.length > MAX_HEADING_CHARS)
    blocks.push({ kind: 'paragraph', text: clean })
  else blocks.push({ ...block, text: clean })
}

function belongs(open: Open, line: Line, above: Line, right: number): boolean {
  const size = line.size
  if (Math.abs(above.size - size) > 0.12 * size) return false
  if (open.kind === 'item') {
    // Under the text of the item, or under its mark.
    const start = (open.lines[0] as Line).left
    return (
      line.left >= start - 0.3 * size &&
      (open.lines.length === 1 || Math.abs(line.left - open.left) < INDENT * size)
    )
  }
  const isIn = open.lines.length > 1 && line.left - open.left > INDENT * size
  const isOut = open.lines.length > 1 && open.left - line.left > INDENT * size
  if (isIn || isOut) return false
  // Set in after a full line, or after one that ends a sentence early: a paragraph begins.
  if (open.lines.length === 1 && line.left - open.left > INDENT * size) return false
  return !(ENDS.test(textOfLine(above)) && hasRoom(above, line, right))
}

/** Whether the first word of the next line would have had room on a line, so that somebody ended it there. */
function hasRoom(line: Line, next: Line, right: number): boolean {
  const text = textOfLine(next)
  const [word = ''] = text.split(' ', 1)
  const width = ((word.length + 2) * (next.right - next.left)) / Math.max(1, text.length)
  return right - line.right > width + 0.5 * line.size
}

function markOf(line: Line): string | undefined {
  const [word = '', ...rest] = textOfLine(line).split(' ')
  return rest.length > 0 && MARK.test(word) ? word : undefined
}

/** Whether what looks like a mark is a word in the middle of a paragraph, such as the number that ends "in chapter 3." */
function isMiddle(open: Open | undefined, line: Line, above: Line | undefined, right: number): boolean {
  if (open?.kind !== 'paragraph' || !above) return false
  const mark = markOf(line) as string
  return (
    /[\p{L}\d]|^[-–—]/u.test(mark) &&
    Math.abs(line.left - open.left) < 0.3 * line.size &&
    !hasRoom(above, line, right) &&
    !ENDS.test(textOfLine(above))
  )
}

function levelOf(left: number, marks: number[], size: number): number {
  const known = marks.findIndex((one) => Math.abs(one - left) < INDENT * size)
  if (known !== -1) marks.length = known + 1
  else {
    while (marks.length > 0 && (marks.at(-1) as number) > left) marks.pop()
    marks.push(left)
  }
  return marks.length
}

function usualLeading(lines: readonly Line[]): number {
  const gaps = lines.flatMap((line, i) => {
    const gap = i === 0 ? 0 : (line.base - (lines[i - 1] as Line).base) / line.size
    return gap > 0.5 && gap < 2.5 ? [gap] : []
  })
  // Where paragraphs are short there are more gaps between them than within.
  return gaps.sort((a, b) => a - b)[gaps.length >> 2] ?? 1.2
}

/** Where full lines end; a few lines may go beyond that. */
function usualRight(lines: readonly Line[]): number {
  const rights = lines.map((line) => line.right).sort((a, b) => a - b)
  return rights[Math.floor(0.9 * (rights.length - 1))] ?? 0
}

const isSameFont = (a: Line, b: Line): boolean => a.font === b.font && Math.abs(a.size - b.size) < 0.5

/** Lines in a font whose letters are all as wide, with what they are set in by. */
function codeAt(lines: readonly Line[], first: number): { text: string; last: number } {
  let last = first
  while (
    lines[last + 1]?.isMonospaced &&
    (lines[last + 1] as Line).base - (lines[last] as Line).base < 3 * (lines[last] as Line).size
  )
    last++
  const code = lines.slice(first, last + 1)
  const left = Math.min(...code.map((line) => line.left))
  const text = code.map((line) => {
    let written = ''
    for (const cell of line.cells) {
      const at = Math.round((cell.left - left) / (0.6 * line.size))
      written = written.padEnd(Math.min(at, 200)) + cell.text
    }
    return written
  })
  return { text: text.join('\n'), last }
}

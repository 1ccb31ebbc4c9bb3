/**
 * Markdown by its headings; code between fences stays together. A scanner and no parser: a piece needs to know where it lies, and
 * must not cost more for being odd. Source: https://spec.commonmark.org/0.31.2/
 */
import { rowText } from '../text.ts'
import { BlockBuilder, linesOf, type TextBlock } from './block.ts'

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/
const UNDERLINE = /^ {0,3}(?:(=+)|-+)[ \t]*$/
const FRONT = /^---[ \t]*$/
/** How far the end of what stands before a text, between two lines of `---`, is looked for. */
const MAX_FRONT = 64 * 1024
const FRONT_END = /\n---[ \t]*(?:\r?\n|$)/

/** The mark of an item, with the blanks before it. */
const ITEM = /^([ \t]{0,40})(?:[-*+]|\d{1,9}[.)])[ \t]+(?=\S)/
const ROW = /^ {0,3}\|.*\|[ \t]*$/
const ROW_OF_LINES = /^[\s|:-]+$/
/** So many blanks are a level of a list. */
const INDENT = 2

export function* readMarkdown(text: string): Generator<TextBlock> {
  const builder = new BlockBuilder(text)
  let fence: string | undefined
  /** Where the code between fences begins. */
  let codeStart = 0
  /** The line before, where an underline would make it a heading. */
  let above: string | undefined
  let item: Partial<TextBlock> | undefined
  const front = endOfFront(text)
  for (const entry of linesOf(text)) {
    const { line, start } = entry
    const candidate = above
    above = undefined
    if (start < front) {
      builder.add(entry)
      continue
    }
    if (start === front) yield* closed()
    const mark = FENCE.exec(line)?.[1]
    if (fence !== undefined) {
      builder.add(entry)
      if (!mark?.startsWith(fence) || line.trim() !== mark) continue
      fence = undefined
      yield* builder.close('code', { text: text.slice(codeStart, start) })
      continue
    }
    const level = HEADING.exec(line)?.[1]?.length
    const underline = candidate === undefined ? null : UNDERLINE.exec(line)
    if (level !== undefined) {
      yield* closed()
      builder.add(entry)
      yield* builder.close('heading', { level, text: withoutMarks(line) })
    } else if (underline) {
      builder.add(entry)
      yield* builder.close('heading', { level: underline[1] === undefined ? 2 : 1, text: candidate ?? '' })
    } else if (line.trim() === '') yield* closed()
    else if (mark !== undefined) {
      yield* closed()
      fence = mark
      codeStart = entry.end + 1
      builder.add(entry)
    } else if (ROW.test(line)) {
      yield* closed()
      builder.add(entry)
      const cells = ROW_OF_LINES.test(line) ? [] : cellsOf(line)
      yield* builder.close('row', { cells, text: rowText(cells) })
    } else {
      const [whole, indent] = ITEM.exec(line) ?? []
      if (whole !== undefined) {
        yield* closed()
        const level = Math.floor((indent ?? '').replaceAll('\t', '    ').length / INDENT) + 1
        item = { level, text: line.slice(whole.length) }
      } else if (item) item = { ...item, text: `${item.text}\n${line.trim()}` }
      else if (!builder.isOpen) above = line
      builder.add(entry)
    }
  }
  if (fence === undefined) yield* closed()
  else yield* builder.close('code', { text: text.slice(codeStart) })

  function* closed(): Generator<TextBlock> {
    yield* item ? builder.close('item', item) : builder.close()
    item = undefined
  }
}

function cellsOf(line: string): string[] {
  const cells = line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
  return cells.map((cell) => cell.replaceAll('\\|', '|').trim())
}

/** Where the settings end that some programs put before a text; 0 without any. */
function endOfFront(text: string): number {
  const first = text.slice(0, text.indexOf('\n') + 1)
  if (!FRONT.test(first.trimEnd()) || first.length > MAX_FRONT) return 0
  const end = FRONT_END.exec(text.slice(0, MAX_FRONT))
  return end ? end.index + end[0].length : 0
}

/** `## Title ##` without what makes it a heading. */
function withoutMarks(line: string): string {
  const title = line.trim().replace(/^#+/, '').trim()
  let end = title.length
  while (title[end - 1] === '#') end--
  return end === 0 || /\s/.test(title[end - 1] as string) ? title.slice(0, end) : title
}

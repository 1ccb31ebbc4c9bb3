/**
 * Markdown by its headings; code between fences stays together. A scanner and no parser: a piece needs to know where it lies, and
 * must not cost more for being odd. Source: https://spec.commonmark.org/0.31.2/
 */
import { type Block, BlockBuilder, headingOf, linesOf } from './block.ts'

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/
const UNDERLINE = /^ {0,3}(?:(=+)|-+)[ \t]*$/
const FRONT = /^---[ \t]*$/
/** How far the end of what stands before a text, between two lines of `---`, is looked for. */
const MAX_FRONT = 64 * 1024
const FRONT_END = /\n---[ \t]*(?:\r?\n|$)/

export function* readMarkdown(text: string): Generator<Block> {
  const builder = new BlockBuilder()
  /** By level. */
  const path: (string | undefined)[] = []
  let fence: string | undefined
  /** The line before, where an underline would make it a heading. */
  let above: string | undefined
  const front = endOfFront(text)
  for (const entry of linesOf(text)) {
    const { line, start } = entry
    const candidate = above
    above = undefined
    if (start < front) {
      builder.add(entry)
      continue
    }
    if (start === front) yield* builder.close()
    const mark = FENCE.exec(line)?.[1]
    if (fence !== undefined) {
      builder.add(entry)
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined
      continue
    }
    const level = HEADING.exec(line)?.[1]?.length
    const underline = candidate === undefined ? null : UNDERLINE.exec(line)
    if (level !== undefined) {
      yield* builder.close()
      stand(level, withoutMarks(line))
      builder.add(entry)
    } else if (underline) {
      stand(underline[1] === undefined ? 2 : 1, candidate ?? '')
      builder.add(entry)
    } else if (line.trim() === '') yield* builder.close()
    else {
      if (mark !== undefined) fence = mark
      else if (!builder.isOpen) above = line
      builder.add(entry)
    }
  }
  yield* builder.close()

  /** What comes from now on stands below this heading, and those of the levels above it. */
  function stand(level: number, title: string): void {
    path.length = Math.min(path.length, level - 1)
    path[level - 1] = headingOf(title)
    builder.headings = path.filter((one): one is string => one !== undefined && one !== '')
  }
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

/**
 * Markdown by its headings; code between fences stays together. A scanner and no parser: a piece needs to know where it lies, and
 * must not cost more for being odd. Source: https://spec.commonmark.org/0.31.2/
 */
import { type Block, BlockBuilder, linesOf } from './block.ts'

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/
const CLOSING = /(?:^|[ \t]+)#+[ \t]*$/
const UNDERLINE = /^ {0,3}(?:(=+)|-+)[ \t]*$/
const FRONT = /^---[ \t]*$/

export function readMarkdown(text: string): Block[] {
  const builder = new BlockBuilder(text)
  /** By level. */
  const path: (string | undefined)[] = []
  let fence: string | undefined
  /** The line before, where an underline would make it a heading. */
  let above: string | undefined
  let isFront = false
  for (const entry of linesOf(text)) {
    const { line, start } = entry
    const candidate = above
    above = undefined
    if (isFront || (start === 0 && FRONT.test(line))) {
      builder.add(entry)
      isFront = start === 0 || !FRONT.test(line)
      continue
    }
    const mark = FENCE.exec(line)?.[1]
    if (fence !== undefined) {
      builder.add(entry)
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined
      continue
    }
    const heading = HEADING.exec(line)
    const underline = candidate === undefined ? null : UNDERLINE.exec(line)
    if (heading) {
      builder.close()
      stand(heading[1]?.length ?? 1, heading[2]?.replace(CLOSING, ''))
      builder.add(entry)
    } else if (underline) {
      stand(underline[1] === undefined ? 2 : 1, candidate)
      builder.add(entry)
    } else if (line.trim() === '') builder.close()
    else {
      if (mark !== undefined) fence = mark
      else if (!builder.isOpen) above = line
      builder.add(entry)
    }
  }
  builder.close()
  return builder.blocks

  /** What comes from now on stands below this heading, and those of the levels above it. */
  function stand(level: number, title = ''): void {
    path.length = Math.min(path.length, level - 1)
    path[level - 1] = title.trim()
    builder.headings = path.filter((one): one is string => one !== undefined && one !== '')
  }
}

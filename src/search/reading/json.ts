/**
 * JSON by its outer members: what an object or a list holds at its first two levels is a block each, below the keys that lead there.
 * A scanner, so that a file which is cut off, or has one object a line, is read as well. Source: RFC 8259
 */
import type { Block } from './block.ts'

/** Members below this depth stay with what they are in. */
const MAX_LEVEL = 2
const MAX_KEY = 80

interface Level {
  isList: boolean
  /** The key that leads here. */
  key: string | undefined
  /** Where the member that is being read starts. */
  start: number | undefined
  /** Its key. */
  member: string | undefined
}

export function readJson(text: string): Block[] {
  const blocks: Block[] = []
  const levels: Level[] = [{ isList: true, key: undefined, start: undefined, member: undefined }]
  let depth = 0
  const endMember = (end: number) => {
    const level = levels.at(-1)
    if (depth !== levels.length - 1 || level?.start === undefined) return
    // What is inside was told already, piece by piece.
    if (text.slice(level.start, end).trim() !== '')
      blocks.push({
        headings: levels.flatMap(({ key }) => key ?? []),
        start: level.start,
        end,
      })
    level.start = undefined
    level.member = undefined
  }
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1) as Level
    const isHere = depth === levels.length - 1
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at)
        if (isHere) {
          level.start ??= at
          if (!level.isList && level.member === undefined)
            level.member = text.slice(at + 1, end - 1).slice(0, MAX_KEY)
        }
        at = end - 1
        break
      }
      case '{':
      case '[':
        if (isHere && levels.length <= MAX_LEVEL) {
          // Its members stand for it; the key before it is a heading and lies with the first of them.
          levels.push({ isList: text[at] === '[', key: level.member, start: undefined, member: undefined })
          level.start = undefined
        } else if (isHere) level.start ??= at
        depth++
        break
      case '}':
      case ']':
        endMember(at)
        if (isHere && levels.length > 1) levels.pop()
        depth = Math.max(levels.length - 1, depth - 1)
        if (isHere) (levels.at(-1) as Level).member = undefined
        break
      case ',':
        endMember(at)
        if (isHere) level.member = undefined
        break
      case '\n':
        // One value a line: each is a block.
        if (depth === 0) endMember(at)
        break
      default:
        if (isHere && level.start === undefined && !/[\s:]/.test(text[at] as string)) level.start = at
    }
  }
  endMember(text.length)
  if (depth > 0 && blocks.at(-1)?.end !== text.length) {
    const rest = Math.max(levels.at(-1)?.start ?? text.length, blocks.at(-1)?.end ?? 0)
    if (text.slice(rest).trim() !== '')
      blocks.push({ headings: levels.flatMap(({ key }) => key ?? []), start: rest, end: text.length })
  }
  return blocks
}

/** Where a string ends that starts at `at`, after its quote; the end of the text for one that doesn't. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i + 1
  }
  return text.length
}

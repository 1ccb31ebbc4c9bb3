/**
 * JSON by its outer members: what an object holds at its first two levels, or a list, is a block each, below the keys that lead there.
 * A scanner, so that a file which is cut off, or has one value a line, is read as well. Together the blocks are all of the text.
 * Source: RFC 8259
 */
import { headingOf, type TextBlock } from './block.ts'

/** Members below this depth stay with what they are in. */
const MAX_LEVEL = 2
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g
const ESCAPED: Readonly<Record<string, string>> = { b: ' ', f: ' ', n: '\n', r: '\n', t: '\t' }

interface Level {
  isList: boolean
  /** The key that leads here. */
  key: string | undefined
  /** That of the member which is being read. */
  member: string | undefined
}

export function* readJson(text: string): Generator<TextBlock> {
  const levels: Level[] = [{ isList: true, key: undefined, member: undefined }]
  let depth = 0
  /** Where what was not given yet starts, and whether it has more than brackets. */
  let from = 0
  let hasContent = false
  for (let at = 0; at < text.length; at++) {
    const top = levels.at(-1) as Level
    const isHere = depth === levels.length - 1
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at)
        hasContent = true
        if (isHere && !top.isList)
          top.member ??= headingOf(unescaped(text.slice(at + 1, Math.min(end - 1, at + 800))))
        at = end - 1
        break
      }
      case '{':
      case '[':
        if (isHere && (depth === 0 || !top.isList) && levels.length <= MAX_LEVEL)
          levels.push({ isList: text[at] === '[', key: top.member, member: undefined })
        depth++
        break
      case '}':
      case ']':
        depth = Math.max(0, depth - 1)
        if (levels.length > 1 && depth < levels.length - 1) {
          yield* told(at + 1)
          levels.pop()
          ;(levels.at(-1) as Level).member = undefined
        }
        break
      case ',':
        if (!isHere) break
        yield* told(at + 1)
        top.member = undefined
        break
      case '\n':
        // One value a line: each is a block.
        if (depth === 0) yield* told(at)
        break
      case ':':
      case ' ':
      case '\t':
      case '\r':
        break
      default:
        hasContent = true
    }
  }
  yield* told(text.length)

  function* told(end: number): Generator<TextBlock> {
    if (!hasContent) return
    const raw = text.slice(from, end)
    const below = levels.flatMap(({ key }) => key || [])
    yield { kind: 'code', text: raw.includes('\\') ? unescaped(raw) : raw, below, start: from, end }
    from = end
    hasContent = false
  }
}

/** Where a string ends that starts at `at`, after its quote. One that has none ends with its line, as it has no other. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i]
    if (character === '"') return i + 1
    if (character === '\n') return i
    if (character === '\\' && text[i + 1] !== '\n') i++
  }
  return text.length
}

/** As people write it: programs put `\u00fc` for ü. */
const unescaped = (text: string): string =>
  text
    .replace(ESCAPE, (_, code: string | undefined, short: string | undefined) =>
      code === undefined ? (ESCAPED[short ?? ''] ?? short ?? '') : printable(Number.parseInt(code, 16)),
    )
    .toWellFormed()

const printable = (unit: number): string => (unit < 0x20 || unit === 0x7f ? ' ' : String.fromCharCode(unit))

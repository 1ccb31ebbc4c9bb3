/**
 * Values of JSON in what a server prints where they are no line of their own, as MCP's stdio would have it: one over several lines, several
 * in one line, one behind other words.
 */
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'

export interface Found {
  text: string
  /** Whether its brackets are closed. */
  isWhole: boolean
  /** Whether other words stand before it in its line. */
  isBehindWords: boolean
}

/** How a message begins behind other words; what begins a line may have any names. */
const MESSAGE = /\{\s*["'](?:jsonrpc|id|result|error|method)["']\s*:|\{\s*$/g
const QUOTE = 0x22
const BACKSLASH = 0x5c

export class FoundValues {
  #lines: string[] = []
  #length = 0
  #depth = 0
  #isBehindWords = false

  /** Whether a value has begun and not ended. */
  get isOpen(): boolean {
    return this.#lines.length > 0
  }

  /** Takes the next line, which is no message by itself; gives the values that it ends. */
  add(line: string): Found[] {
    const found: Found[] = []
    let from = this.isOpen ? 0 : this.#begin(line, 0)
    while (from >= 0) {
      const { end, depth } = scan(line, from, this.#depth)
      this.#lines.push(line.slice(from, end))
      this.#length += end - from
      this.#depth = depth ?? 0
      const isWhole = depth === 0
      if (!isWhole && depth !== undefined && this.#length <= MAX_MESSAGE_BYTES) break
      found.push({ ...(this.giveUp() as Found), isWhole })
      from = this.#begin(line, end)
    }
    return found
  }

  /** What has begun, as far as it came: no more of it will. */
  giveUp(): Found | undefined {
    if (!this.isOpen) return undefined
    const text = this.#lines.join('\n')
    this.#lines = []
    this.#length = 0
    this.#depth = 0
    return { text, isWhole: false, isBehindWords: this.#isBehindWords }
  }

  /** Where a value begins in a line; negative where none does. */
  #begin(line: string, from: number): number {
    const start = line.length - line.slice(from).replace(/^\ufeff?\s*/, '').length
    if (line[start] === '{') {
      this.#isBehindWords = from > 0 && !/[}\]]\s*$/.test(line.slice(Math.max(0, start - 100), start))
      return start
    }
    MESSAGE.lastIndex = start
    this.#isBehindWords = true
    return MESSAGE.exec(line)?.index ?? -1
  }
}

/**
 * Where the value ends that has so many open brackets, and how many it has then; undefined in place of these where a text in it does
 * not end with the line, which nothing that prints JSON breaks.
 */
function scan(line: string, from: number, depth: number): { end: number; depth: number | undefined } {
  let open = depth
  for (let i = from; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code === QUOTE) {
      const end = endOfText(line, i + 1)
      if (end < 0) return { end: line.length, depth: undefined }
      i = end
    } else if (code === 0x7b || code === 0x5b) open++
    else if ((code === 0x7d || code === 0x5d) && --open === 0) return { end: i + 1, depth: 0 }
  }
  return { end: line.length, depth: open }
}

/** Where the quote stands that ends a text; negative where there is none. */
export function endOfText(line: string, from: number, quote = '"'): number {
  for (let end = line.indexOf(quote, from); end >= 0; end = line.indexOf(quote, end + 1)) {
    let first = end
    while (first > from && line.charCodeAt(first - 1) === BACKSLASH) first--
    if ((end - first) % 2 === 0) return end
  }
  return -1
}

/**
 * A Markdown text that grows at its end: what is complete becomes blocks that never change again, so that a long answer
 * costs no more than its last few lines.
 */

export interface Block {
  readonly text: string
  /** The language of code, empty where none was named; undefined for Markdown. */
  readonly language: string | undefined
  /** Whether it goes on where the one before ended. */
  readonly joins: boolean
}

export interface Flow {
  readonly blocks: readonly Block[]
  /** What may still change: the block that is being written. */
  readonly tail: Block
  /** The fence that is open. */
  readonly fence: string | undefined
}

const start = (joins: boolean, language?: string): Block => ({ text: '', language, joins })
export const EMPTY_FLOW: Flow = { blocks: [], tail: start(true), fence: undefined }

/** A block that grows past this is cut at the end of a line, in characters. */
const MAX_BLOCK = 4000
/** A line that is longer is cut too. */
const MAX_LINE = 16_000
const FENCE = /^\s*(`{3,}|~{3,})\s*([^\s`]*)/

/** The flow with more text at its end. */
export function grow(flow: Flow, added: string): Flow {
  const blocks: Block[] = []
  let { tail, fence } = flow
  const text = tail.text + added
  /** Where the block begins that is being written, and the line that is looked at. */
  let from = 0
  let at = 0
  const finish = (end: number, next: Block) => {
    const own = text.slice(from, end).replace(/\n$/, '')
    if (own.trim() !== '' || (tail.language !== undefined && own !== '')) blocks.push({ ...tail, text: own })
    tail = next
  }
  for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
    const line = text.slice(at, end)
    const next = end + 1
    const mark = FENCE.exec(line)
    if (fence !== undefined) {
      if (mark?.[1]?.startsWith(fence) && mark[2] === '') {
        finish(at, start(false))
        fence = undefined
        from = next
      }
    } else if (mark) {
      finish(at, start(false, mark[2] ?? ''))
      fence = mark[1] as string
      from = next
    } else if (line.trim() === '') {
      finish(at, start(blocks.length + flow.blocks.length === 0 && text.slice(from, at).trim() === ''))
      from = next
    }
    if (next - from > MAX_BLOCK) {
      finish(next, start(true, tail.language))
      from = next
    }
    at = next
  }
  while (text.length - from > MAX_LINE) {
    finish(from + MAX_LINE, start(true, tail.language))
    from += MAX_LINE
  }
  return {
    blocks: blocks.length > 0 ? [...flow.blocks, ...blocks] : flow.blocks,
    tail: { ...tail, text: text.slice(from) },
    fence,
  }
}

/** All blocks, the one that is being written too. */
export const blocksOf = ({ blocks, tail }: Flow): readonly Block[] =>
  tail.text.trim() === '' ? blocks : [...blocks, tail]

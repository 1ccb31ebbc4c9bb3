/**
 * A Markdown text that grows at its end. What is complete becomes blocks that never change again; what is far from the
 * end becomes pages, which keep the text alone: a long answer costs no more than its text and its last few lines.
 */

export interface Block {
  readonly text: string
  /** The language of code, empty where none was named; undefined for Markdown. */
  readonly language: string | undefined
  /** Whether it goes on where the one before ended. */
  readonly joins: boolean
}

/** Where a text goes on: in which block, and in which fence. */
interface Place {
  /** Begun, with nothing in it. */
  readonly block: Block
  /** The fence that is open. */
  readonly fence: string | undefined
}

/** A settled part of the text, as it was written, which begins with a block. */
export interface Page {
  readonly source: string
  readonly begins: Place
}

export interface Flow {
  readonly pages: readonly Page[]
  /** The blocks since the last page, their text as it was written, and where it begins. */
  readonly blocks: readonly Block[]
  readonly settled: string
  readonly begins: Place
  /** What may still change: the block that is being written. */
  readonly tail: Block
  /** The fence that is open in it. */
  readonly fence: string | undefined
}

const start = (joins: boolean, language?: string): Block => ({ text: '', language, joins })
const BEGINNING: Place = { block: start(false), fence: undefined }
export const EMPTY_FLOW: Flow = {
  pages: [],
  blocks: [],
  settled: '',
  begins: BEGINNING,
  tail: BEGINNING.block,
  fence: undefined,
}

/** A block that grows past this is cut at the end of a line, in characters. */
const MAX_BLOCK = 4000
/** A line that is longer is cut too. */
const MAX_LINE = 16_000
/** So much text becomes a page, in characters. */
const PAGE = 8000
const FENCE = /^\s*(`{3,}|~{3,})\s*([^\s`]*)/

/** The flow with more text at its end. */
export function grow(flow: Flow, added: string): Flow {
  const text = flow.tail.text + added
  const pages: Page[] = []
  const blocks: Block[] = []
  let { blocks: before, settled, begins } = flow
  let settledTo = 0
  const ends = readBlocks(
    text,
    flow.tail.text.length,
    { block: flow.tail, fence: flow.fence },
    (block, next, at) => {
      if (block) blocks.push(block)
      settled += text.slice(settledTo, at)
      settledTo = at
      if (settled.length < PAGE) return
      pages.push({ source: flat(settled), begins })
      before = []
      blocks.length = 0
      settled = ''
      begins = next
    },
  )
  return {
    pages: pages.length > 0 ? [...flow.pages, ...pages] : flow.pages,
    blocks: blocks.length > 0 ? [...before, ...blocks] : before,
    settled,
    begins,
    tail: { ...ends.block, text: text.slice(settledTo) },
    fence: ends.fence,
  }
}

/** All blocks of a page. */
export function blocksOf({ source, begins }: Page): Block[] {
  const blocks: Block[] = []
  let settledTo = 0
  const ends = readBlocks(source, 0, begins, (block, _, at) => {
    if (block) blocks.push(block)
    settledTo = at
  })
  const tail = { ...ends.block, text: source.slice(settledTo) }
  return isBlank(tail) ? blocks : [...blocks, tail]
}

/** The blocks since the last page, the one that is being written too. */
export const latestBlocks = ({ blocks, tail }: Flow): readonly Block[] =>
  isBlank(tail) ? blocks : [...blocks, tail]

const isBlank = ({ text }: Block): boolean => text.trim() === ''

/** The whole text, as it was written. */
export const sourceOf = ({ pages, settled, tail }: Flow): string =>
  pages.map(({ source }) => source).join('') + settled + tail.text

/** Whether nothing was written yet. */
export const isEmptyFlow = ({ pages, settled, tail }: Flow): boolean =>
  pages.length === 0 && settled === '' && tail.text === ''

/**
 * Finds the blocks that are whole, and gives each with the place and the offset at which the next one begins; blank ones
 * are undefined. Gives the place at which the text ends. Of what is `known`, only the last line is looked at again.
 */
function readBlocks(
  text: string,
  known: number,
  begins: Place,
  onBlock: (block: Block | undefined, next: Place, at: number) => void,
): Place {
  let { block, fence } = begins
  /** Where the block begins that is being written, and the line that is looked at. */
  let from = 0
  let at = known === 0 ? 0 : text.lastIndexOf('\n', known - 1) + 1
  const finish = (end: number, next: Block, nextAt: number) => {
    const own = text.slice(from, end).replace(/\n$/, '')
    const isWorthIt = own.trim() !== '' || (block.language !== undefined && own !== '')
    const whole = isWorthIt ? { ...block, text: own } : undefined
    block = next
    from = nextAt
    onBlock(whole, { block, fence }, nextAt)
  }
  for (;;) {
    const newline = text.indexOf('\n', at)
    if ((newline < 0 ? text.length : newline) - from > MAX_LINE) {
      at = from + MAX_LINE
      finish(at, start(true, block.language), at)
      continue
    }
    if (newline < 0) return { block, fence }
    const line = text.slice(at, newline)
    const next = newline + 1
    const mark = FENCE.exec(line)
    if (fence !== undefined) {
      if (mark?.[1]?.startsWith(fence) && mark[2] === '') {
        fence = undefined
        finish(at, start(false), next)
      }
    } else if (mark) {
      fence = mark[1] as string
      finish(at, start(false, mark[2] ?? ''), next)
    } else if (line.trim() === '') finish(at, start(false), next)
    if (next - from > MAX_BLOCK) finish(next, start(true, block.language), next)
    at = next
  }
}

/** Reading a character makes one string of the pieces that V8 would keep of it. */
function flat(text: string): string {
  text.charCodeAt(0)
  return text
}

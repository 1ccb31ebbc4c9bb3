/** Blocks → pieces: as much as a model takes at once, cut where the text itself is, with a little of what came before. */
import type { Block } from './block.ts'

/** What is found: the smallest part of a file that a hit can be. */
export interface Piece {
  headings: readonly string[]
  content: string
  /** In UTF-16 units of the file's text. */
  start: number
  end: number
}

export interface CutOptions {
  /** How many tokens of the model a piece may have, with its headings. */
  maxTokens: number
  countTokens(text: string): number
}

/** Of a piece's tokens, those that its headings may take, and those that are repeated of the piece before. */
const OF_HEADINGS = 1 / 4
const OF_OVERLAP = 1 / 8
/** A section that is shorter than this goes together with what follows it on the same level. */
const SMALL = 1 / 4
/** Where a block is cut that is too long: the first that gives more than one part. */
const BORDERS = [/\n[ \t]*\n/g, /\n/g, /(?<=[.!?。！？]["”’)\]]?)\s+/g, /[;,:]\s+/g, /\s+/g]
/** Letters of a text without any of these that are taken together, for each token that fits. */
const LETTERS_PER_TOKEN = 2
const BETWEEN = '\n'
const HEADING_BETWEEN = ' › '

/** What a model is given of a piece: its headings say what it is about. */
export function embeddedText({ headings, content }: Pick<Piece, 'headings' | 'content'>): string {
  return headings.length === 0 ? content : `${headings.join(HEADING_BETWEEN)}\n${content}`
}

/** A part of a block that fits. */
interface Unit extends Piece {
  tokens: number
  /** Whether the text between this one and the next belongs to both: they are of one block, or follow each other. */
  isDerived: boolean
}

/** Linear in the length of the text, but for the counting of tokens. */
export function cut(text: string, blocks: readonly Block[], options: CutOptions): Piece[] {
  const pieces: Piece[] = []
  let open: Unit[] = []
  let tokens = 0
  const close = () => {
    if (open.length > 0) pieces.push(pieceOf(text, open))
    open = []
    tokens = 0
  }
  for (const block of blocks) {
    const headings = shortHeadings(block.headings, options)
    const room = options.maxTokens - headingTokens(headings, options)
    for (const unit of unitsOf(text, { ...block, headings }, room, options)) {
      const last = open.at(-1)
      const isSame = last === undefined || sameHeadings(last.headings, unit.headings)
      if (!isSame && tokens >= room * SMALL) close()
      if (tokens + unit.tokens > room) {
        const repeated = isSame ? endOf(open, Math.min(room * OF_OVERLAP, room - unit.tokens)) : []
        close()
        open = repeated
        tokens = repeated.reduce((sum, one) => sum + one.tokens, 0)
      }
      open.push(unit)
      tokens += unit.tokens
    }
  }
  close()
  return pieces
}

function pieceOf(text: string, units: readonly Unit[]): Piece {
  const first = units[0] as Unit
  const start = first.start
  const end = Math.max(...units.map((unit) => unit.end))
  const isDerived = units.some((unit) => unit.isDerived)
  const content = isDerived ? units.map((unit) => unit.content).join(BETWEEN) : text.slice(start, end)
  return { headings: common(units), content: content.trim(), start, end }
}

/** The headings that all of them stand below. */
function common(units: readonly Unit[]): readonly string[] {
  let [{ headings } = { headings: [] as readonly string[] }] = units
  for (const unit of units) {
    let same = 0
    while (same < headings.length && headings[same] === unit.headings[same]) same++
    headings = headings.slice(0, same)
  }
  return headings
}

/** The last units that together have so many tokens at most. */
function endOf(units: readonly Unit[], tokens: number): Unit[] {
  let from = units.length
  for (let left = tokens; from > 0; from--) {
    left -= units[from - 1]?.tokens ?? 0
    if (left < 0) break
  }
  return units.slice(from)
}

function* unitsOf(
  text: string,
  { headings, start, end, content }: Block,
  room: number,
  options: CutOptions,
): Generator<Unit> {
  const whole = content ?? text.slice(start, end)
  const isDerived = content !== undefined
  for (const part of fitting(whole, 0, 0, room, options)) {
    // Of a text that is not the file's own, each part lies where all of it does.
    const place = isDerived
      ? { start, end }
      : { start: start + part.at, end: start + part.at + part.text.length }
    yield { headings, content: part.text, isDerived, tokens: part.tokens, ...place }
  }
}

interface Part {
  at: number
  text: string
  tokens: number
}

/** A text in parts that each fit, cut at the largest borders that do. */
function* fitting(
  text: string,
  at: number,
  level: number,
  room: number,
  options: CutOptions,
): Generator<Part> {
  if (text.trim() === '') return
  const most = room * LETTERS_PER_TOKEN
  // A token has a letter at least: what is this long need not be counted.
  const tokens = text.length > room * 32 ? Number.POSITIVE_INFINITY : options.countTokens(text)
  if (tokens <= room) return yield { at, text, tokens }
  const border = BORDERS[level]
  if (border === undefined) {
    for (let from = 0; from < text.length; from += most) {
      const part = text.slice(from, from + most)
      yield { at: at + from, text: part, tokens: Math.min(room, options.countTokens(part)) }
    }
    return
  }
  let from = 0
  for (const found of text.matchAll(border)) {
    const to = found.index + found[0].length
    yield* fitting(text.slice(from, to), at + from, level + 1, room, options)
    from = to
  }
  yield* fitting(text.slice(from), at + from, level + 1, room, options)
}

const sameHeadings = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((heading, i) => heading === other[i])

/** Without the outermost, where they would take too much of a piece. */
function shortHeadings(headings: readonly string[], options: CutOptions): readonly string[] {
  let short = headings
  while (short.length > 0 && headingTokens(short, options) > options.maxTokens * OF_HEADINGS)
    short = short.slice(1)
  return short
}

function headingTokens(headings: readonly string[], { countTokens }: CutOptions): number {
  return headings.length === 0 ? 0 : countTokens(headings.join(HEADING_BETWEEN))
}

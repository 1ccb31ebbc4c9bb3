/** Sections → pieces: as much as a model takes at once, cut where the text itself is, with a little of what came before. */
import type { Place } from '../../documents/document.ts'
import type { Measure } from './tokens.ts'

/** What belongs together, such as a paragraph or a function. */
export interface Section {
  headings: readonly string[]
  /** Where it lies in the text of the file, in UTF-16 units. */
  start: number
  end: number
  /** What is searched and shown, where that is not the text of the file itself. */
  content?: string
  /** In a document with parts: no piece is of two. */
  place?: Place
}

/** What is found: the smallest part of a file that a hit can be. */
export interface Piece {
  headings: readonly string[]
  content: string
  /** In UTF-16 units of the file's text. */
  start: number
  end: number
  /** Where it begins in a document with parts. */
  place?: Place
}

/** Of a piece's tokens, those that its headings may take, and those that are repeated of the piece before. */
const OF_HEADINGS = 1 / 4
const OF_OVERLAP = 1 / 8
/** A section that is shorter than this goes together with what follows it. */
const SMALL = 1 / 4
/** Where a block is cut that is too long: the first that gives more than one part. */
const SENTENCE = /(?<=[.!?]["”’)\]]?)\s+|(?<=[。！？])/g
const CLAUSE = /[;,:]\s+|(?<=[，、；：])/g
const WORD = /\s+/g
const BORDERS = [/\n[ \t]*\n/g, /\n/g, SENTENCE, CLAUSE, WORD]
/** And where what is repeated may begin. */
const REPEATED_FROM = [/\n/g, SENTENCE, CLAUSE, WORD]
/** So many characters count as a token at least: blank space takes room as well. */
const MAX_TOKEN = 32
/** What has more characters than this in between does not belong together. */
const MAX_GAP = 200
const BETWEEN = '\n'
const HEADING_BETWEEN = ' › '

/** What a model is given of a piece: its headings say what it is about, and how it is laid out says nothing. */
export function embeddedText({ headings, content }: Pick<Piece, 'headings' | 'content'>): string {
  return [...(headings.length > 0 ? [headings.join(HEADING_BETWEEN)] : []), content]
    .join(BETWEEN)
    .replace(/\s+/g, ' ')
}

/** A part of a block that fits. */
interface Unit extends Piece {
  tokens: number
  /** Whether its content is other than the text of the file. */
  isDerived: boolean
}

/** In the order of the text, and linear in its length, but for the counting of tokens. */
export async function* cut(
  text: string,
  sections: Iterable<Section> | AsyncIterable<Section>,
  measure: Measure,
): AsyncGenerator<Piece> {
  const headed = headingsWithin(measure)
  let open: Unit[] = []
  let tokens = 0
  for await (const section of sections) {
    const { headings, room } = headed(section.headings)
    for (const unit of unitsOf(text, { ...section, headings }, room, measure)) {
      const last = open.at(-1)
      const isSame = last !== undefined && sameHeadings(last.headings, unit.headings)
      const isFull = tokens + unit.tokens > room
      const isApart =
        last !== undefined && (unit.start - last.end > MAX_GAP || unit.place?.part !== last.place?.part)
      if (last && (isFull || isApart || (!isSame && tokens >= room * SMALL))) {
        const piece = pieceOf(text, open)
        if (piece.content !== '') yield piece
        const most = Math.min(Math.floor(room * OF_OVERLAP), room - unit.tokens)
        const repeated = isSame && !isApart ? endOf(last, most, measure) : undefined
        open = repeated ? [repeated] : []
        tokens = repeated?.tokens ?? 0
      }
      open.push(unit)
      tokens += unit.tokens
    }
  }
  if (open.length > 0) {
    const piece = pieceOf(text, open)
    if (piece.content !== '') yield piece
  }
}

function pieceOf(text: string, units: readonly Unit[]): Piece {
  const start = Math.min(...units.map((unit) => unit.start))
  const end = Math.max(...units.map((unit) => unit.end))
  const headings = common(units)
  const place = placeOf(units)
  if (units.some(({ isDerived }) => isDerived))
    return {
      headings,
      content: units
        .map(({ content }) => content)
        .join(BETWEEN)
        .trim(),
      start,
      end,
      ...place,
    }
  const whole = text.slice(start, end)
  const content = whole.trim()
  const from = start + whole.length - whole.trimStart().length
  return { headings, content, start: from, end: from + content.length, ...place }
}

/** Of a sheet its first cell: the heading above the rows, which is its name, stands in none. */
function placeOf(units: readonly Unit[]): Pick<Piece, 'place'> {
  const { place } = units.find((unit) => unit.place?.cell !== undefined) ?? units[0] ?? {}
  return place ? { place } : {}
}

/** The headings that all of them stand below. */
function common(units: readonly Unit[]): readonly string[] {
  let headings = units[0]?.headings ?? []
  for (const unit of units) {
    if (unit.headings === headings) continue
    let same = 0
    while (same < headings.length && headings[same] === unit.headings[same]) same++
    headings = headings.slice(0, same)
  }
  return headings
}

/** The end of what came before, of so many tokens at most: whole lines if they fit, else sentences, else words. */
function endOf(unit: Unit, tokens: number, { countTokens }: Measure): Unit | undefined {
  const { content, end, isDerived } = unit
  if (tokens <= 0) return undefined
  if (unit.tokens <= tokens) return unit
  for (const border of REPEATED_FROM) {
    const places = [...content.matchAll(border)].map((found) => found.index + found[0].length)
    let [low, high] = [0, places.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (countTokens(content.slice(places[middle])) <= tokens) high = middle
      else low = middle + 1
    }
    const from = places[low]
    const rest = from === undefined ? '' : content.slice(from)
    if (from === undefined || rest.trim() === '') continue
    return {
      ...unit,
      content: rest,
      tokens: countTokens(rest),
      start: isDerived ? unit.start : end - rest.length,
    }
  }
  return undefined
}

function* unitsOf(
  text: string,
  { headings, start, end, content, place }: Section,
  room: number,
  measure: Measure,
): Generator<Unit> {
  const isDerived = content !== undefined
  for (const part of fitting(content ?? text.slice(start, end), 0, 0, room, measure)) {
    // Of a text that is not the file's own, each part lies where all of it does.
    const span = isDerived
      ? { start, end }
      : { start: start + part.at, end: start + part.at + part.text.length }
    yield { headings, content: part.text, isDerived, tokens: part.tokens, ...span, ...(place && { place }) }
  }
}

interface Part {
  at: number
  text: string
  tokens: number
}

/** A text in parts that each fit, cut at the largest borders that do. */
function* fitting(text: string, at: number, level: number, room: number, measure: Measure): Generator<Part> {
  const tokens = lengthOf(text, room, measure)
  if (tokens <= room) return yield { at, text, tokens }
  const border = BORDERS[level]
  if (border === undefined) return yield* letters(text, at, room, measure)
  let from = 0
  for (const found of text.matchAll(border)) {
    const to = found.index + found[0].length
    if (to === from) continue
    yield* fitting(text.slice(from, to), at + from, level + 1, room, measure)
    from = to
  }
  if (from < text.length) yield* fitting(text.slice(from), at + from, level + 1, room, measure)
}

/** A text without any border, halved until its parts fit. */
function* letters(text: string, at: number, room: number, measure: Measure): Generator<Part> {
  const tokens = lengthOf(text, room, measure)
  if (tokens <= room || text.length <= 2) return yield { at, text, tokens }
  const step = Math.min(room * MAX_TOKEN, text.length >> 1)
  for (let from = 0; from < text.length; ) {
    const to = notWithinPair(text, Math.min(text.length, from + step))
    yield* letters(text.slice(from, to), at + from, room, measure)
    from = to
  }
}

/** In tokens; of a text that is too long all the same it is not counted. */
function lengthOf(text: string, room: number, { countTokens }: Measure): number {
  const least = Math.ceil(text.length / MAX_TOKEN)
  return least > room ? least : Math.max(least, countTokens(text))
}

/** The place itself, or the next one where two units are one character. */
const notWithinPair = (text: string, at: number): number =>
  at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff ? at + 1 : at

const sameHeadings = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((heading, i) => heading === other[i]))

/** The headings of a block as far as they may take part of a piece, the innermost first of all, and what is left for its text. */
function headingsWithin({ maxTokens, countTokens }: Measure) {
  const count = (headings: readonly string[]) =>
    headings.length === 0 ? 0 : countTokens(headings.join(HEADING_BETWEEN)) + 1
  let last: { given: readonly string[]; headings: readonly string[]; room: number } | undefined
  return (given: readonly string[]) => {
    if (last && sameHeadings(last.given, given)) return last
    let headings = given
    while (headings.length > 0 && count(headings) > maxTokens * OF_HEADINGS) headings = headings.slice(1)
    last = { given, headings, room: maxTokens - count(headings) }
    return last
  }
}

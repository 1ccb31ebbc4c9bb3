/** The part of a passage that shows best why it was found, and where the words of the question stand in it. */
import { cleanLine } from '../../../protocol/foreign-text.ts'
import { plain } from '../../../search/query/question.ts'
import { stem, wordsOf } from '../../../search/query/words.ts'

export interface Snippet {
  /** One line, without invisible characters. `…` stands where the passage goes on. */
  readonly text: string
  /** What answers the question, in UTF-16 units of the text, the first first; none overlap. */
  readonly matches: readonly Span[]
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** What is looked for in a passage. */
interface Wanted {
  readonly words: readonly string[]
  /** Texts as `plain` gives them, which stand there as they are. */
  readonly exact: readonly string[]
}

const CUT = '…'
/** A word, or a letter of a script without spaces. */
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}\p{M}])+/gu
/** How far a cut is moved to the end of a word, in characters. */
const TO_BORDER = 24
/** Of what comes before the first match, so much is shown, as a share of the snippet. */
const LEAD = 1 / 5
/** What stands there as it was written counts as so many words. */
const EXACT_COUNTS = 4

interface Match extends Span {
  /** The same for all places of one word. */
  readonly of: string
  readonly counts: number
}

/** At most `most` characters, around where most of what is wanted stands. */
export function snippetOf(content: string, wanted: Wanted, most: number): Snippet {
  const text = cleanLine(content)
  const found = matchesIn(text, wanted)
  if (text.length <= most) return { text, matches: united(found) }
  const room = Math.max(1, most - 2 * CUT.length)
  const first = bestStart(found, room)
  const from =
    first === undefined
      ? 0
      : border(text, Math.max(0, Math.min(first - Math.floor(room * LEAD), text.length - room)), 1)
  const to = from + room >= text.length ? text.length : border(text, from + room, -1)
  const before = from > 0 ? CUT : ''
  const shift = before.length - from
  return {
    text: before + text.slice(from, to) + (to < text.length ? CUT : ''),
    matches: united(
      found.flatMap(({ start, end }) =>
        start >= from && end <= to ? [{ start: start + shift, end: end + shift }] : [],
      ),
    ),
  }
}

function matchesIn(text: string, { words, exact }: Wanted): Match[] {
  const stems = new Set(words.map(stem))
  const found: Match[] = []
  if (stems.size > 0)
    for (const { 0: token, index } of text.matchAll(TOKEN)) {
      const of = wordsOf(token)
        .map(stem)
        .find((one) => stems.has(one))
      if (of !== undefined) found.push({ start: index, end: index + token.length, of, counts: 1 })
    }
  const lower = plain(text)
  // Only where each character is still where it was.
  if (lower.length === text.length)
    for (const one of exact)
      for (let at = lower.indexOf(one); at !== -1 && one !== ''; at = lower.indexOf(one, at + one.length))
        found.push({ start: at, end: at + one.length, of: `"${one}"`, counts: EXACT_COUNTS })
  return found.sort((a, b) => a.start - b.start || a.end - b.end)
}

/** Where the stretch of so many characters begins that has most of what is wanted; undefined where nothing is. */
function bestStart(found: readonly Match[], room: number): number | undefined {
  let best: { start: number; counts: number } | undefined
  const within = new Map<string, number>()
  let counts = 0
  let last = 0
  for (const [first, { start }] of found.entries()) {
    for (let next = found[last]; next && next.end <= start + room * (1 - LEAD); next = found[++last]) {
      if (!within.has(next.of)) counts += next.counts
      within.set(next.of, (within.get(next.of) ?? 0) + 1)
    }
    if (best === undefined || counts > best.counts) best = { start, counts }
    const gone = found[first] as Match
    const left = (within.get(gone.of) ?? 0) - 1
    if (left > 0) within.set(gone.of, left)
    else if (within.delete(gone.of)) counts -= gone.counts
    last = Math.max(last, first + 1)
  }
  return best?.start
}

/** A place near `at`, in a direction, at which no word is cut, or at least no character. */
function border(text: string, at: number, direction: 1 | -1): number {
  for (
    let moved = 0, place = at;
    moved < TO_BORDER && place > 0 && place < text.length;
    moved++, place += direction
  )
    if (text[place - 1] === ' ') return direction === 1 ? place : place - 1
    else if (direction === -1 && text[place] === ' ') return place
  const isInside = /[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1] ?? '')
  return isInside ? at + direction : at
}

function united(spans: readonly Span[]): Span[] {
  const all: { start: number; end: number }[] = []
  for (const { start, end } of spans) {
    const last = all.at(-1)
    if (last && start < last.end) last.end = Math.max(last.end, end)
    else all.push({ start, end })
  }
  return all
}

/** A question → what answers it: words and meaning from the library, put together, copies as one. */
import type { Embedder } from '../embedding/embedder.ts'
import { isOpen } from '../index/filter.ts'
import type { Filter, Library, PieceRecord } from '../index/library.ts'
import { embeddedText } from '../reading/cut.ts'
import { closest, type Meaning } from './closest.ts'
import { isCommon } from './common-words.ts'
import { withoutCopies } from './copies.ts'
import { isEnglish } from './english.ts'
import { keptRanking } from './kept-rankings.ts'
import { matchFor, matchForAll } from './match.ts'
import { type Question, readQuestion } from './question.ts'
import { type Asked, type Ranked, rank } from './rank.ts'
import { nearestTerm } from './spelling.ts'
import type { Weights } from './weights.ts'
import { stem, wordsOf } from './words.ts'

export type { Meaning } from './closest.ts'

export interface SearchOptions extends Filter {
  /** How many hits at most, and how many before them are left out. */
  count: number
  skip?: number
  /** Of a page further on: the order is that of the first one, where it is still known. As `skip` says, without. */
  isLaterPage?: boolean
  /** What hits are found by; both without. */
  by?: 'words' | 'meaning'
  signal?: AbortSignal
}

export interface Hit extends Ranked {
  record: PieceRecord
  /** Other pieces that say the same. */
  copies: readonly PieceRecord[]
  /** Other pieces of the same file that answer, too, the best first. */
  others: readonly PieceRecord[]
}

/** How many of each kind are looked at: enough that a page further on is as good as the first. */
const LOOKED_AT = 100
/** Rare words bring the pieces that have one of them, as long as they are not more than so many: the rest takes too long. */
const MOST_WITH_WORDS = 1_500
/** Words in up to so many pieces bring those that have all of them. */
const MOST_WITH_ALL = 20_000
/** Of the pieces of one file so many are named beside the best of them. */
const MAX_OTHERS = 5
/** Words that may be misspelt are looked up, so many of a question. */
const MAX_MISSPELT = 4
/** What a word counts that was put in place of a misspelt one, and a small word beside others, of what it would. */
const OF_MISSPELT = 0.7
const OF_COMMON = 0.1
/** A word that more than this share of so many texts has says nothing of any. */
const IN_MOST = 0.5
const MANY = 100
/** Shorter words are not judged by how a model cuts them. */
const MIN_LETTERS = 4

/**
 * The best first: one hit for each file, its best piece. Pages follow each other without gaps for some minutes, whatever changes
 * meanwhile. Rejects with an EmbedderError, a DatabaseError, or the signal's reason.
 */
export async function search(
  question: string,
  library: Library,
  meaning: Meaning | undefined,
  weights: Weights,
  options: SearchOptions,
): Promise<{ hits: Hit[]; more: boolean }> {
  const { skip = 0, count, isLaterPage = skip > 0, signal: _, ...filter } = options
  let made: ReadonlyMap<number, PieceRecord> | undefined
  const all = await keptRanking(library, { question, filter }, isLaterPage, async () => {
    const { records, ranked } = await answers(question, library, meaning, weights, options)
    made = records
    return ranked
  })
  const page = all.slice(skip, skip + count)
  const pieces = page.flatMap(({ hit, copies, others }) => [hit.piece, ...copies, ...others])
  const records = made ?? byId(library.pieces(pieces))
  const hits = page.flatMap(({ hit, copies, others }) => {
    const record = records.get(hit.piece)
    const of = (ids: readonly number[]) => ids.flatMap((id) => records.get(id) ?? [])
    return record ? [{ ...hit, record, copies: of(copies), others: of(others) }] : []
  })
  return { hits, more: all.length > skip + count }
}

/** A hit by the numbers of its pieces. */
export interface Answer {
  hit: Ranked
  copies: readonly number[]
  others: readonly number[]
}

async function answers(
  given: string,
  library: Library,
  meaning: Meaning | undefined,
  weights: Weights,
  options: SearchOptions,
): Promise<{ ranked: Answer[]; records: ReadonlyMap<number, PieceRecord> }> {
  const question = readQuestion(given)
  if (question.words.length === 0) return { ranked: [], records: new Map() }
  const { asked, matches, isKnown } = asAsked(question, library, meaning?.embedder, isOpen(options))
  const byWords =
    options.by === 'meaning' ? [] : matches.flatMap((match) => library.withWords(match, options, LOOKED_AT))
  const near =
    options.by === 'words' || !isKnown
      ? undefined
      : meaning && (await closest(question.text, LOOKED_AT, library, meaning, weights, options))
  const records = byId(library.pieces([...new Set([...byWords, ...(near?.pieces ?? [])])]))
  const closeness = near?.among([...records.values()])
  const candidates = [...records.values()].map((record) => ({
    piece: record.id,
    text: embeddedText(record),
    meaning: undefined,
    ...closeness?.get(record.id),
  }))
  const weighed = options.by === 'meaning' ? { ...weights, words: 0 } : weights
  const isFew = near !== undefined && near.pieces.length < LOOKED_AT
  const texts = isFew ? near.pieces.length : asked.texts
  const ranked = rank({ ...asked, texts }, candidates, weighed)
  const fileOf = (hit: Ranked) => records.get(hit.piece)?.file ?? 0
  const textOf = new Map(candidates.map(({ piece, text }) => [piece, text]))
  const sayingOf = ({ piece }: Ranked) => ({
    text: textOf.get(piece) ?? '',
    digest: Buffer.from(records.get(piece)?.digest ?? []).toString('latin1'),
  })
  return { ranked: byFile(withoutCopies(ranked, sayingOf), fileOf), records }
}

/** What the library says about a question's words: how rare each is, and which one was meant where no text has it. */
function asAsked(
  question: Question,
  library: Library,
  embedder: Embedder | undefined,
  isAllSearched: boolean,
): { asked: Asked; matches: readonly string[]; isKnown: boolean } {
  const { texts } = library.counts()
  const words = knownWords(question, library, embedder)
  const most = Math.log((texts + 1) / 0.5)
  const isOnlyCommon = question.words.every(isCommon)
  const isSmallWord = ({ asked, frequency }: Pick<KnownWord, 'asked' | 'frequency'>) =>
    isCommon(asked) || (texts >= MANY && frequency > texts * IN_MOST)
  const isOnlySmall = words.every(isSmallWord)
  const weighed = words.map(({ asked, term, isMisspelt, frequency }) => {
    const rarity = Math.log((texts + 1) / (frequency + 0.5)) / most
    const isSmall = !isOnlySmall && isSmallWord({ asked, frequency })
    const weight = isCommon(asked) && !isOnlyCommon ? rarity * OF_COMMON : rarity
    const counts = isMisspelt ? weight * OF_MISSPELT : weight
    return {
      asked,
      word: isMisspelt ? undefined : asked,
      term,
      isMisspelt,
      weight,
      counts,
      isSmall,
      frequency,
    }
  })
  const isAbsent = (exact: string) => {
    const match = matchFor({ terms: [], exact: [exact] })
    return match !== undefined && !library.hasWords(match)
  }
  const absent = new Set(words.filter(({ frequency }) => frequency === 0).map(({ asked }) => asked))
  return {
    asked: {
      words: weighed,
      exact: question.exact,
      absentNames: question.names.filter((name) => absent.has(name)).length,
      absentExact: question.exact.filter(isAbsent).length,
      // What texts have that a filter leaves out says nothing of the others.
      presentWords: isAllSearched ? presentShare(weighed) : 0,
      texts,
    },
    matches: [
      matchForAll(telling(weighed)) ?? [],
      matchFor({ terms: rarest(weighed), exact: question.exact }) ?? [],
    ].flat(),
    isKnown: words.some(
      ({ asked, frequency }) =>
        (isOnlyCommon || !isCommon(asked)) && (frequency > 0 || isWord(asked, embedder)),
    ),
  }
}

/** Of the words that are not small; none where there are none. */
function presentShare(words: readonly KnownWord[]): number {
  const large = words.filter(({ asked }) => !isCommon(asked))
  return (
    large.filter(({ isMisspelt, frequency }) => !isMisspelt && frequency > 0).length / (large.length || 1)
  )
}

interface WeighedWord {
  asked: string
  term: string
  frequency: number
}

/** What a model knows letter by letter says nothing to it: keys that somebody hit by chance. */
const isWord = (word: string, embedder: Embedder | undefined): boolean =>
  word.length < MIN_LETTERS || (embedder?.countTokens(word) ?? 0) * 2 <= word.length

interface KnownWord {
  asked: string
  /** Its stem, or that of the word that was meant by it. */
  term: string
  isMisspelt: boolean
  frequency: number
}

/** A word of English, or one that the model of meaning knows as a whole, is not misspelt, whether a text has it or not. */
function knownWords(question: Question, library: Library, embedder: Embedder | undefined): KnownWord[] {
  const frequencies = new Map(library.frequencies(question.words.map(stem)))
  const vocabulary = {
    frequencies: (terms: readonly string[]) => library.frequencies(terms),
    beginningWith: (beginning: string, count: number) => library.wordsBeginningWith(beginning, count),
  }
  const isExact = new Set([...question.exact.flatMap((one) => wordsOf(one)), ...question.names])
  let lookedUp = 0
  return question.words.map((asked) => {
    const frequency = frequencies.get(stem(asked)) ?? 0
    const isKnown = isExact.has(asked) || isEnglish(asked) || embedder?.countTokens(asked) === 1
    const nearest =
      frequency === 0 && !isKnown && ++lookedUp <= MAX_MISSPELT ? nearestTerm(asked, vocabulary) : undefined
    return nearest
      ? { asked, term: nearest.term, isMisspelt: true, frequency: nearest.frequency }
      : { asked, term: stem(asked), isMisspelt: false, frequency }
  })
}

/** The words that a piece is found by which has one of them: the rarest, as long as not too many pieces have one. */
function rarest(words: readonly WeighedWord[]): string[] {
  let left = MOST_WITH_WORDS
  return words
    .filter(({ frequency }) => frequency > 0)
    .toSorted((a, b) => a.frequency - b.frequency)
    .filter(({ frequency }, i) => {
      left -= frequency
      return i === 0 || left >= 0
    })
    .map(({ term }) => term)
}

/** Those that a piece is found by which has all of them. */
const telling = (words: readonly WeighedWord[]): string[] =>
  words
    .filter(({ asked, frequency }) => !isCommon(asked) && frequency > 0 && frequency <= MOST_WITH_ALL)
    .map(({ term }) => term)

const byId = (records: readonly PieceRecord[]): Map<number, PieceRecord> =>
  new Map(records.map((record) => [record.id, record]))

/** One hit for each file, where its best piece is; the others are named there. */
function byFile(
  groups: readonly { hit: Ranked; copies: readonly Ranked[] }[],
  fileOf: (hit: Ranked) => number,
): Answer[] {
  const answers = new Map<number, { hit: Answer['hit']; copies: number[]; others: number[] }>()
  for (const { hit, copies } of groups) {
    const file = fileOf(hit)
    const first = answers.get(file)
    if (!first) answers.set(file, { hit, copies: copies.map(({ piece }) => piece), others: [] })
    else if (first.others.length < MAX_OTHERS) first.others.push(hit.piece)
  }
  return [...answers.values()]
}

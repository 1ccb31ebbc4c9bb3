/**
 * Words and meaning put together. Ranks alone (reciprocal rank fusion) put good hits of meaning behind poor ones of words; so the
 * scores themselves count: meaning as it is, words by how rare they are and how much of the question they cover.
 */
import { areForms } from './english.ts'
import { exactTest } from './exact.ts'
import { plain } from './question.ts'
import type { Weights } from './weights.ts'
import { wordsIn } from './words-in.ts'

export interface Candidate {
  piece: number
  /** What is searched of it, with its headings. */
  text: string
  /** How close its meaning is, from -1 to 1; undefined where it was not embedded yet, or not asked for. */
  meaning: number | undefined
  /** How close it is to what is particular about the question; as `meaning` without. */
  particular?: number
  /** How close it is to others, which says how much of that is chance; as is usual without. */
  crowding?: number
}

/** A word of the question, or the one that was meant by it. */
export interface AskedWord {
  /** As it stands in the question; undefined where another one was meant by it. */
  word: string | undefined
  /** The stem that a text has it by. */
  term: string
  /** From 0 to 1: how rare it is, which is what all words of the question are measured by. */
  weight: number
  /** What it counts where a text has it; less than its weight where it may not be meant. */
  counts: number
  /** Whether it says nothing of what a text is about, such as "the": then it is no reason to find one. */
  isSmall: boolean
}

/** A question, with what the texts say about its words. */
export interface Asked {
  words: readonly AskedWord[]
  exact: readonly string[]
  /** Names and identifiers in it that no text has at all: each makes it less likely that something answers. */
  absentNames: number
  absentExact: number
  /** From 0 to 1: the share of its words, without small ones, that some text has. */
  presentWords: number
  /** Among how many it was looked for. */
  texts: number
}

export interface Ranked {
  piece: number
  score: number
  /** How close its meaning is, where that is a reason to find it. */
  meaning: number | undefined
  /** Words of it that the question asks for, as the text has them. */
  words: readonly string[]
  exact: readonly string[]
  /** From 0 to 1: the share of the question's words that it has, by how rare they are. */
  coverage: number
}

/** A text that has what must stand there comes before all that have not. */
const OF_EXACT = 2
/** So much of a question's words makes a hit by itself. */
const ENOUGH_WORDS = 0.5
/** Fewer words say less of whether something answers than of what answers best. */
const OF_FEW_WORDS = 0.6
/** Where the best is found, those that are hardly worse are shown after it, though they would not be found alone. */
const HARDLY_WORSE = 0.12
/** What is worse than this share of the best is not shown: to a model that reads little it is in the way. */
const FAR_WORSE = 0.5

/** How many texts ask for no more, and for no less. */
const FEW_TEXTS = 50
/** A text with as many letters and signs says enough to be judged by its meaning. */
const ENOUGH_SIGNS = 100

/** The best first; nothing where neither words nor meaning speak for any. */
export function rank(asked: Asked, candidates: readonly Candidate[], weights: Weights): Ranked[] {
  const total = asked.words.reduce((sum, { weight }) => sum + weight, 0)
  const tests = asked.exact.map((exact) => ({ exact, isIn: exactTest(exact) }))
  const doubt =
    weights.absentName * Math.min(1, asked.absentNames) +
    weights.absentExact * Math.min(1, asked.absentExact) +
    weights.manyTexts * Math.log2(Math.max(1, asked.texts) / FEW_TEXTS) -
    weights.presentWords * asked.presentWords
  const stems = asked.words.map(({ term }) => term)
  const written = new Map(asked.words.map(({ term, word }) => [term, word]))
  const isMeant = (term: string, word: string) => areForms(written.get(term) ?? word, word)
  const ranked = candidates
    .map(({ piece, text, particular, crowding = weights.usualCrowding, ...candidate }) => {
      const meaning = isKnown(text, weights) ? candidate.meaning : undefined
      const own = wordsIn(text, stems, isMeant)
      const has = asked.words.filter(({ term }) => own.has(term))
      const coverage = total > 0 ? has.reduce((sum, { counts }) => sum + counts, 0) / total : 0
      const said = tests.length > 0 ? plain(text) : ''
      const exact = tests.filter(({ isIn }) => isIn(said)).map((test) => test.exact)
      const ofWords = weights.words * coverage ** 2
      const chance =
        meaning === undefined
          ? 0
          : weights.crowding * (crowding - weights.usualCrowding) +
            weights.brevity * Math.max(0, Math.log2(ENOUGH_SIGNS / text.length))
      const evidence = (meaning ?? 0) + ofWords
      const order = evidence - chance
      const answer = meaning === undefined ? 0 : (particular ?? meaning)
      const isAnswer = answer + OF_FEW_WORDS * ofWords - chance - doubt >= weights.threshold
      const score = order + (tests.length > 0 ? (OF_EXACT * exact.length) / tests.length : 0)
      const words = has.filter(({ isSmall }) => !isSmall).map(({ term }) => own.get(term) ?? term)
      return { piece, score, evidence, isAnswer, meaning, words, exact, coverage }
    })
    .sort((a, b) => b.score - a.score || a.piece - b.piece)
  const isSure = ({ coverage, exact }: Ranked) => exact.length > 0 || coverage >= ENOUGH_WORDS
  if (!ranked.some((one) => one.isAnswer || isSure(one))) return []
  const best = Math.max(...ranked.map(({ evidence }) => evidence))
  const shown = Math.max(Math.min(weights.close, best - HARDLY_WORSE), best * FAR_WORSE)
  const isReason = ({ meaning = -1, words, exact }: Ranked) =>
    meaning >= weights.close || words.length + exact.length === 0
  return ranked
    .filter((one) => isSure(one) || one.evidence >= shown)
    .map((one) => ({ ...one, meaning: isReason(one) ? one.meaning : undefined }))
}

const LETTERS = /\p{L}/gu
/** How many signs at the beginning of a text say which letters it is written in. */
const LOOKED_AT = 100

/** Whether a model knows at least half of the letters that a text is written in. */
function isKnown(text: string, { letters }: Weights): boolean {
  if (!letters) return true
  const some = text.slice(0, LOOKED_AT)
  const count = (kind: RegExp) => some.match(kind)?.length ?? 0
  return count(letters) * 2 >= count(LETTERS)
}

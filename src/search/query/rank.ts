/**
 * Words and meaning put together. Ranks alone (reciprocal rank fusion) put good hits of meaning behind poor ones of words; so the
 * scores themselves count: meaning as it is, words by how rare they are and how much of the question they cover.
 */
import { plain, type Question } from './question.ts'
import { wordsOf } from './words.ts'

export interface Candidate {
  piece: number
  /** What is searched of it, with its headings. */
  text: string
  /** How close its meaning is, from -1 to 1; undefined where it was not embedded yet, or nobody asked. */
  meaning: number | undefined
}

export interface Ranked {
  piece: number
  score: number
  meaning: number | undefined
  /** Words of the question that it has. */
  words: readonly string[]
  exact: readonly string[]
  /** From 0 to 1: the share of the question's words that it has, by how rare they are. */
  coverage: number
}

export interface Weights {
  /** What all words of a question weigh, on the scale of meaning. */
  words: number
  /** Below which meaning alone is chance. Each model has its own. */
  threshold: number
}

/** Who has what must stand there is before everyone who has not. */
const OF_EXACT = 2
/** So much of a question's words makes a hit by itself. */
const ENOUGH_WORDS = 0.5

/**
 * The best first. `rarity` of a word is from 0, in every piece, to 1, in none or one. What neither meaning nor words speak for is
 * left out.
 */
export function rank(
  question: Question,
  candidates: readonly Candidate[],
  rarity: (word: string) => number,
  { words: wordWeight, threshold }: Weights,
): Ranked[] {
  const weights = new Map(question.words.map((word) => [word, rarity(word)]))
  const total = [...weights.values()].reduce((sum, one) => sum + one, 0)
  return candidates
    .map(({ piece, text, meaning }) => {
      const has = new Set(wordsOf(text).map(stem))
      const words = question.words.filter((word) => has.has(stem(word)))
      const covered = words.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0)
      const coverage = total > 0 ? covered / total : 0
      const written = question.exact.length > 0 ? plain(text) : ''
      const exact = question.exact.filter((one) => written.includes(one))
      const score =
        (meaning ?? 0) +
        wordWeight * coverage +
        (question.exact.length > 0 ? (OF_EXACT * exact.length) / question.exact.length : 0)
      return { piece, score, meaning, words, exact, coverage }
    })
    .filter(
      ({ meaning = -1, coverage, exact }) =>
        exact.length > 0 || meaning + wordWeight * coverage >= threshold || coverage >= ENOUGH_WORDS,
    )
    .sort((a, b) => b.score - a.score || a.piece - b.piece)
}

/** The beginning that forms of a word share; a little too much is found rather than too little. */
export function stem(word: string): string {
  if (word.length < 5) return word.replace(/s$/, '')
  return word.replace(/(?:ations?|ments?|ings?|ies|ied|ers?|ed|es|en|e|s|ly)$/, '')
}

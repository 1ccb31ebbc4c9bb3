/** What somebody asks, taken apart: words, and what must stand there as it was written. */
import { wordsOf } from './words.ts'

export interface Question {
  /** What a model of meaning is given; empty where there is no word in it. */
  text: string
  /** Each once, the rarest not known yet. */
  words: readonly string[]
  /** Quoted phrases, identifiers and numbers, in lower case: who has one is meant, whatever the words around it say. */
  exact: readonly string[]
}

/** What is used of a question, in characters. */
export const MAX_QUESTION_CHARS = 2000
const MAX_WORDS = 64
const MAX_EXACT = 16
const QUOTED = /"([^"]{2,200})"|“([^”]{2,200})”|„([^“”]{2,200})[“”]|«([^»]{2,200})»|`([^`]{2,200})`/g
/** Something with a digit, an underscore, or letters around a dot, a colon, a slash or a hyphen; or like fooBar. */
const CANDIDATE = /[\p{L}\p{N}_$@#][\p{L}\p{N}_$@#./:\\-]*[\p{L}\p{N}_$]/gu
const IDENTIFIER = /\p{N}|[_$@#\\]|\p{L}[.:/]\p{L}|::|\p{Ll}\p{Lu}/u
/** Years and small numbers are words like others. */
const COMMON_NUMBER = /^\d{1,4}$/

/** Never throws, whatever is asked. */
export function readQuestion(given: string): Question {
  const text = given.slice(0, MAX_QUESTION_CHARS).toWellFormed().trim()
  const quoted = [...text.matchAll(QUOTED)].flatMap(
    (found) => found.slice(1).find((one) => one !== undefined) ?? [],
  )
  const named = (text.match(CANDIDATE) ?? []).filter(
    (word) => IDENTIFIER.test(word) && !COMMON_NUMBER.test(word),
  )
  const exact = [...new Set([...quoted, ...named].map(plain))].filter((one) => wordsOf(one).length > 0)
  const words = [...new Set(wordsOf(text))].slice(0, MAX_WORDS)
  return { text: words.length === 0 ? '' : text, words, exact: exact.slice(0, MAX_EXACT) }
}

/** How texts are compared that must be as they were written: without case, and with one space for several. */
export const plain = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()

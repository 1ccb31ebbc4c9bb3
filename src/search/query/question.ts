/** A question, taken apart: words, and what must stand there as it was written. */
import { wordsOf } from './words.ts'

export interface Question {
  /** What a model of meaning is given; empty where there is no word in it. */
  text: string
  /** Each once. */
  words: readonly string[]
  /** Quoted phrases, identifiers and numbers, in lower case: a text that has one is meant, whatever the words around it say. */
  exact: readonly string[]
  /** Words that are names of people or things, as far as their first letter says so. Some of `words`. */
  names: readonly string[]
}

/** What is longer is cut there. */
export const MAX_QUESTION_CHARS = 2000
const MAX_WORDS = 64
const MAX_EXACT = 16
const QUOTED = /"([^"]{2,200})"|“([^”]{2,200})”|„([^“”]{2,200})[“”]|«([^»]{2,200})»|`([^`]{2,200})`/g
/** Groups of digits that are one number together, such as that of an account; letters may come first. */
const GROUPS = /(?<![\p{L}\p{N}])(?:\p{Lu}{1,3}\d{2}|\d{2,6})(?: \d{2,6}){2,}(?![\p{L}\p{N}])/gu
/** Something with a digit, an underscore, or letters around a dot, a colon, a slash or a hyphen; or like fooBar. */
const CANDIDATE = /[\p{L}\p{N}_$@#][\p{L}\p{N}_$@#./:\\-]*[\p{L}\p{N}_$]/gu
const IDENTIFIER = /\p{N}|[_$@#\\]|\p{L}[.:/]\p{L}|::|\p{Ll}\p{Lu}/u
/** Such numbers are everywhere. */
const SMALL_NUMBER = /^\d{1,2}$/
/** Languages that write other words than names with a large letter are known by their small words. */
const GERMAN =
  /(?<!\p{L})(?:der|die|das|den|dem|des|und|ist|sind|wie|wo|was|wann|wer|ein|eine|einen|für|mit|von|vom|zum|zur|im|nicht|mein|meine)(?!\p{L})/u
const SENTENCE_END = /[.!?:]$/
const NAME = /^\p{Lu}\p{Ll}+$/u

/** Never throws, whatever is asked. */
export function readQuestion(given: string): Question {
  const text = given.slice(0, MAX_QUESTION_CHARS).toWellFormed().trim()
  const quoted = [...text.matchAll(QUOTED)].flatMap(
    (found) => found.slice(1).find((one) => one !== undefined) ?? [],
  )
  const groups = text.match(GROUPS) ?? []
  const named = (text.replace(GROUPS, ' ').match(CANDIDATE) ?? []).filter(
    (word) => IDENTIFIER.test(word) && !SMALL_NUMBER.test(word),
  )
  const exact = [...new Set([...quoted, ...groups, ...named].map(plain))].filter(
    (one) => wordsOf(one).length > 0,
  )
  const words = [...new Set(wordsOf(text))].slice(0, MAX_WORDS)
  return {
    text: words.length === 0 ? '' : text,
    words,
    exact: exact.slice(0, MAX_EXACT),
    names: namesIn(text),
  }
}

/** Only where most words begin small, and not the first of a sentence. */
function namesIn(text: string): string[] {
  const parts = text.split(/\s+/)
  const isSmall = (part: string) => /^\p{Ll}/u.test(part)
  if (parts.filter(isSmall).length * 2 < parts.length || GERMAN.test(text)) return []
  return parts.flatMap((part, i) => {
    const word = part.replace(/[^\p{L}]+$/u, '')
    const isFirst = i === 0 || SENTENCE_END.test(parts[i - 1] ?? '')
    return !isFirst && NAME.test(word) ? wordsOf(word) : []
  })
}

/** How texts are compared that must be as they were written: without case, and with one space for several. */
export const plain = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()

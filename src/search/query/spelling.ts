/** What a word that no text has was meant to be: the nearest of those that some text has. */
import { stem } from './words.ts'

/** How often terms occur, of those that are in any text. */
export interface Vocabulary {
  frequencies(terms: readonly string[]): ReadonlyMap<string, number>
  /** Terms that begin so, at most so many. */
  beginningWith(beginning: string, count: number): readonly Term[]
}

/** Shorter words are too near to many others. */
const MIN_LETTERS = 5
const MIN_STEM = 4
/** Words with two mistakes are looked for where the beginning is right. */
const MIN_LETTERS_OF_TWO = 7
const MAX_LETTERS = 24
const MAX_LOOKED_AT = 200
const ALPHABETS: readonly [is: RegExp, letters: string][] = [
  [/^[a-z]+$/, 'abcdefghijklmnopqrstuvwxyz'],
  [/^[а-я]+$/, 'абвгдежзиклмнопрстуфхцчшщъыьэюя'],
  [/^[α-ω]+$/, 'αβγδεζηθικλμνξοπρστυφχψως'],
]

export interface Term {
  term: string
  /** In how many pieces it is. */
  frequency: number
}

/** The term that was meant, or undefined. The time that it takes does not grow with the number of texts. */
export function nearestTerm(word: string, vocabulary: Vocabulary): Term | undefined {
  const term = stem(word)
  if (word.length < MIN_LETTERS || term.length < MIN_STEM || word.length > MAX_LETTERS) return undefined
  const letters = ALPHABETS.find(([is]) => is.test(word))?.[1]
  if (letters === undefined) return undefined
  const made = vocabulary.frequencies(withOneMistake(term, letters))
  const byOne = mostFrequent([...made].map(([one, frequency]) => ({ term: one, frequency })))
  if (byOne !== undefined || word.length < MIN_LETTERS_OF_TWO) return byOne
  const beginning = term.slice(0, Math.ceil(term.length / 2))
  const near = vocabulary
    .beginningWith(beginning, MAX_LOOKED_AT)
    .filter((one) => Math.abs(one.term.length - term.length) <= 2 && distance(one.term, term) <= 2)
  return mostFrequent(near)
}

const mostFrequent = (terms: readonly Term[]): Term | undefined =>
  terms.toSorted((a, b) => b.frequency - a.frequency || (a.term < b.term ? -1 : 1)).at(0)

/** All that one letter too many, too few, another, or two in the other order make of it. Source: https://norvig.com/spell-correct.html */
function withOneMistake(term: string, letters: string): string[] {
  const made = new Set<string>()
  for (let i = 0; i <= term.length; i++) {
    const before = term.slice(0, i)
    const after = term.slice(i)
    if (after.length > 0) made.add(before + after.slice(1))
    if (after.length > 1) made.add(before + after[1] + after[0] + after.slice(2))
    for (const letter of letters) {
      made.add(before + letter + after)
      if (after.length > 0) made.add(before + letter + after.slice(1))
    }
  }
  made.delete(term)
  return [...made]
}

/** How many letters must be put in, taken out or exchanged (Levenshtein). */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Words of English, which come with the model that ships. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENGLISH_WORDS, shippedModelFolder } from '../embedding/shipped.ts'

const FILE = join(shippedModelFolder(), ENGLISH_WORDS)
/** In their order, one on each line; undefined until the file is there. A set of them would take ten times the time and memory. */
let words: string | undefined

/** Whether it is a common word of English, in any of its forms; in lower case, and of five letters or more. */
export function isEnglish(word: string): boolean {
  if (words === undefined && existsSync(FILE)) words = `\n${readFileSync(FILE, 'latin1')}\n`
  if (words === undefined) return false
  let [low, high] = [0, words.length - 1]
  while (low < high) {
    const start = words.lastIndexOf('\n', (low + high) >> 1)
    const end = words.indexOf('\n', start + 1)
    const found = words.slice(start + 1, end)
    if (found === word) return true
    if (found < word) low = end
    else high = start
  }
  return false
}

/**
 * Whether two words that share a stem may be forms of one: "pollen" is none of "polling", since English words in -en have no other
 * ending in its place.
 */
export const areForms = (one: string, other: string): boolean =>
  one === other || (isFormOf(one, other) && isFormOf(other, one))

/** Words in -en have forms that begin with all of it, as "opened" does. */
const isFormOf = (word: string, other: string): boolean =>
  !word.endsWith('en') || other.startsWith(word) || !isEnglish(word)

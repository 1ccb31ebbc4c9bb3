/** A question in the language of FTS5, in which nothing that somebody wrote is an operator. */
import type { Question } from './question.ts'
import { stem } from './rank.ts'
import { wordsOf } from './words.ts'

/** Any of the words, each also as the beginning of a longer form, and what must follow each other. Undefined for no word at all. */
export function matchFor({ words, exact }: Question): string | undefined {
  const phrases = exact.map((one) => wordsOf(one)).filter((all) => all.length > 1)
  const parts = [
    ...phrases.map((all) => quoted(all.join(' '))),
    ...words.map((word) => (stem(word).length > 3 ? `${quoted(stem(word))}*` : quoted(word))),
  ]
  return parts.length === 0 ? undefined : parts.join(' OR ')
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** A question in the language of FTS5, in which nothing that the user wrote is an operator. */
import { termsOf } from './words.ts'

export interface Wanted {
  /** Stems of words, each by itself. */
  terms: readonly string[]
  /** What must stand there as it was written. */
  exact: readonly string[]
}

/** Any of the words, or words that follow each other. Undefined for no word at all. */
export function matchFor({ terms, exact }: Wanted): string | undefined {
  const phrases = exact.flatMap((one) => phrasesOf(one))
  const parts = new Set([...phrases, ...terms.map((term) => quoted(term))])
  return parts.size === 0 ? undefined : [...parts].join(' OR ')
}

/** All of the words. Undefined for fewer than two. */
export const matchForAll = (terms: readonly string[]): string | undefined =>
  terms.length < 2 ? undefined : terms.map((term) => quoted(term)).join(' AND ')

/** As it is, and with its letters and digits apart: `E4711` is found where `E-4711` stands. */
function phrasesOf(exact: string): string[] {
  const apart = exact.replace(/(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu, ' ')
  return [exact, apart].map((one) => quoted(termsOf(one).join(' ')))
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

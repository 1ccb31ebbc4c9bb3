/** Which words of a question a text has, without cutting the whole text into words: a search looks at hundreds of texts. */
import { fold, RUN, stem, wordsOf } from './words.ts'

const WORD_SIGN = /[\p{L}\p{N}\p{M}]/u
const ASCII = /^[\0-\x7f]*$/

/** Whether a word of the text is meant by a stem that it has. */
type IsMeant = (stem: string, word: string) => boolean

/** The stems that a text has, each with the first word of the text that it is of: as `wordsOf`, `stem` and `isMeant` say. */
export function wordsIn(
  given: string,
  stems: readonly string[],
  isMeant: IsMeant = () => true,
): Map<string, string> {
  const isAscii = ASCII.test(given)
  const text = isAscii ? given : given.normalize('NFKC')
  const folded = isAscii ? text.toLowerCase() : fold(text)
  // Where letters become more or fewer, places in the one are not those in the other.
  if (folded.length !== text.length) return among(wordsOf(given), stems, isMeant)
  const found = new Map<string, string>()
  for (const one of stems) {
    const word = firstOf(one, text, folded, isMeant)
    if (word !== undefined) found.set(one, word)
  }
  return found
}

/** A word begins with its stem: wherever that stands, the letters around it are looked at. */
function firstOf(wanted: string, text: string, folded: string, isMeant: IsMeant): string | undefined {
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    if (!mayBegin(text, folded, at)) continue
    RUN.lastIndex = beginningOf(text, at)
    const run = RUN.exec(text)?.[0] ?? ''
    RUN.lastIndex = 0
    const word = wordsOf(run).find((one) => stem(one) === wanted && isMeant(wanted, one))
    if (word !== undefined) return word
  }
  return undefined
}

/** Within letters of ASCII a word begins only with a capital. */
function mayBegin(text: string, folded: string, at: number): boolean {
  const before = folded.charCodeAt(at - 1)
  const isWithin = (before >= 97 && before <= 122) || (before >= 48 && before <= 57)
  return !isWithin || folded.charCodeAt(at) > 127 || text[at] !== folded[at]
}

function beginningOf(text: string, at: number): number {
  let beginning = at
  while (beginning > 0 && WORD_SIGN.test(signBefore(text, beginning)))
    beginning -= signBefore(text, beginning).length
  return beginning
}

/** Both halves of one that takes two. */
function signBefore(text: string, at: number): string {
  const pair = text.slice(Math.max(0, at - 2), at)
  return (pair.codePointAt(0) ?? 0) > 0xffff ? pair : text.slice(at - 1, at)
}

function among(words: readonly string[], stems: readonly string[], isMeant: IsMeant): Map<string, string> {
  const found = new Map<string, string>()
  for (const word of words) {
    const one = stem(word)
    if (stems.includes(one) && !found.has(one) && isMeant(one, word)) found.set(one, word)
  }
  return found
}

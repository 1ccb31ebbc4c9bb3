/** Words as they are looked for: the same for texts and for questions. */

/** Scripts without spaces: each letter is a word of its own, and words are found as letters that follow each other. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const EACH_UNSPACED = new RegExp(UNSPACED, 'gu')
const CAMEL = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
/** Signs that stand together as a word, or as the parts of one. */
export const RUN = /[\p{L}\p{N}\p{M}]+/gu
/** Signs above and below letters that are left out in hurried typing: of Latin, Greek, Cyrillic, Hebrew and Arabic. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/g
const ASCII = /^[a-z0-9]+$/

/** The words of a text, in lower case, without accents. A name such as `parseConfig` gives its parts, and itself after them. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const run of text.normalize('NFKC').match(RUN) ?? []) addWords(run, words)
  return words.filter((word) => word !== '')
}

function addWords(run: string, words: string[]): void {
  if (ASCII.test(run)) words.push(run)
  else if (UNSPACED.test(run)) {
    for (const part of run.replace(EACH_UNSPACED, ' $& ').split(' ')) words.push(fold(part))
  } else {
    const parts = run.split(CAMEL)
    for (const part of parts) words.push(fold(part))
    if (parts.length > 1) words.push(fold(run))
  }
}

/** Lower case is not the same twice for a few letters, so that it comes first and last. */
export const fold = (word: string): string =>
  word.toLowerCase().normalize('NFD').replace(ACCENTS, '').normalize('NFC').toLowerCase()

/**
 * The beginning that forms of a word share, in most languages of Europe; a little too much is found rather than too little. What
 * has a digit is no word that has forms.
 */
export function stem(word: string): string {
  if (word.length < 4) return word
  const known = STEMS.get(word)
  if (known !== undefined) return known
  const made = /\p{N}/u.test(word) ? word : word.replace(/(?<=..)s$/, '').replace(ENDING, '')
  if (STEMS.size >= MOST_STEMS) STEMS.clear()
  STEMS.set(word, made)
  return made
}
const ENDING = /(?:(?<=.{4})(?:er|en)|(?<=...)(?:ation|ment|ing|ies|ied|ie|ed|ly|e|y))$/

/** Most words of a text were met before, and a search meets thousands. */
const STEMS = new Map<string, string>()
const MOST_STEMS = 20_000

/** What a text is found by: the stems of its words, in their order. */
export const termsOf = (text: string): string[] => wordsOf(text).map(stem)

/** A text as the index of words is given it, so that what it cuts out of it are these terms. */
export const searchable = (text: string): string => termsOf(text).join(' ')

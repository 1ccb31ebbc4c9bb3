/** Words as they are looked for: the same for texts and for questions. */

/** Scripts without spaces: each letter is a word of its own, and words are found as letters that follow each other. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu
const CAMEL = /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu
const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** A text as SQLite's unicode61 cuts it into the words that are meant: compatible letters are the same, and names of programs are split. */
export function searchable(text: string): string {
  return text.normalize('NFKC').replace(CAMEL, ' ').replace(UNSPACED, ' $& ')
}

/** The words of a text, in lower case, without accents. */
export function wordsOf(text: string): string[] {
  const plain = searchable(text)
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
  return plain.match(WORD) ?? []
}

/** Control characters but tab and line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/** Text as blocks have it: well-formed, with lines that end in line feeds, and without control characters. */
export const plainText = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(CONTROL, '').toWellFormed()

/** With each run of white space as one space. Single ones are left alone: replacing all of a long text takes seconds. */
export const withSingleSpaces = (text: string): string => text.replace(/\s{2,}|[^\S ]/g, ' ')

/** The text of a row. */
export const rowText = (cells: readonly string[]): string => cells.filter((cell) => cell !== '').join(' | ')

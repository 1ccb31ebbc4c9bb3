/** What Tesseract writes of a picture, word by word (https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html) → paragraphs. */
import { numberIn } from '../../protocol/values.ts'
import { hyphenated, joinLines } from '../pdf/hyphens.ts'
import { plainText } from '../text.ts'

/** The columns of a line: what it is about, where that stands, and for a word how sure it is, in percent. */
const COLUMNS = 12
const WORD = '5'
/** Where a word is less sure, it is mostly none: a stain, a line, a part of a drawing. In percent. */
const MIN_SURE = 30
/** Where what is left is less sure on average, the picture shows no text: leaves and bricks are read as letters, too. */
const MIN_SURE_ON_AVERAGE = 60
/** And where so little is left. */
const MIN_LETTERS = 3

interface Word {
  paragraph: string
  line: string
  sure: number
  text: string
}

/** Paragraphs with an empty line between them, and the lines of each put together; empty where there is no text. */
export function textOfTsv(tsv: string): string {
  const words = tsv
    .split('\n')
    .flatMap((line) => wordIn(line) ?? [])
    .filter(({ sure }) => sure >= MIN_SURE)
  const letters = words.reduce((sum, { text }) => sum + text.length, 0)
  const sure = words.reduce((sum, word) => sum + word.sure * word.text.length, 0) / letters
  if (letters < MIN_LETTERS || sure < MIN_SURE_ON_AVERAGE) return ''
  const paragraphs = together([...Map.groupBy(words, ({ paragraph }) => paragraph).values()].map(linesOf))
  const known = hyphenated(paragraphs.flat())
  return paragraphs.map((lines) => joinLines(lines, known)).join('\n\n')
}

function wordIn(line: string): Word | undefined {
  const cells = line.split('\t')
  const [level, page, block, paragraph, at, , , , , , sure] = cells
  if (level !== WORD || cells.length < COLUMNS) return undefined
  const text = plainText(cells.slice(COLUMNS - 1).join(' ')).trim()
  if (text === '') return undefined
  const inBlock = `${page} ${block} ${paragraph}`
  return { paragraph: inBlock, line: `${inBlock} ${at}`, sure: numberIn(sure) ?? 0, text }
}

/** What goes on in the middle of a sentence is one paragraph: Tesseract begins one at each line that is set apart a little. */
function together(paragraphs: readonly string[][]): string[][] {
  const all: string[][] = []
  for (const lines of paragraphs) {
    const last = all.at(-1)
    const goesOn = /^\p{Ll}/u.test(lines[0] ?? '') && !/[.!?:;]["”’)]?$/.test(last?.at(-1) ?? '.')
    if (last && goesOn) last.push(...lines)
    else all.push([...lines])
  }
  return all
}

const linesOf = (words: readonly Word[]): string[] =>
  [...Map.groupBy(words, ({ line }) => line).values()].map((line) => line.map(({ text }) => text).join(' '))

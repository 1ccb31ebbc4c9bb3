/**
 * What the tools that search give, as far as it can be understood, and its sentences for people. A gateway may be older or newer than
 * this luca, so nothing is taken for granted but where a hit stands.
 */
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'

export { SEARCH_DOCUMENTS as SEARCH_TOOL } from '../../contracts/document-tools.ts'

/** Whole lines of a file, from 1 on; 0 where they are not known, and in what has none, such as a Word document. */
export interface Place {
  path: string
  startLine: number
  endLine: number
  /** The page, sheet, slide or chapter of a document, which has no lines. */
  part?: { kind: string; number: number; name?: string; cell?: string }
}

/** Characters of a snippet that were asked for, in UTF-16 units. */
export interface Mark {
  start: number
  end: number
}

export interface FoundText extends Place {
  /** Where its bytes begin in the file; undefined where that is not told. */
  startByte: number | undefined
  /** What it stands below, the outermost first. */
  headings: readonly string[]
  snippet: string
  /** In order, apart from each other, and within the snippet. */
  marks: readonly Mark[]
  /** Of `exact`, `words` and `meaning` those that found it. */
  foundBy: readonly string[]
  /** Whether it was read from a picture by OCR, and may have mistakes. */
  isRecognised: boolean
  /** Words of the question that it has. */
  words: readonly string[]
  /** Where the same text stands besides; of many the first. */
  copies: readonly Place[]
  copyCount: number
}

/** What an answer does not know yet. */
export interface Missing {
  /** Whether it is still being looked what has changed. */
  isLooking: boolean
  /** Files that are to be read. */
  files: number
  /** Passages that are found by their words alone, as yet. */
  passages: number
  /** Why meaning finds nothing, as a sentence; undefined where it does. */
  meaning: string | undefined
}

export interface Found {
  hits: readonly FoundText[]
  more: boolean
  missing: Missing
}

/** A hit that does not say where it stands is left out; undefined where there is no list of hits. */
export function foundIn(value: unknown): Found | undefined {
  if (!isRecord(value) || !Array.isArray(value.hits)) return undefined
  return {
    hits: value.hits.flatMap((hit) => hitIn(hit) ?? []),
    more: value.more === true,
    missing: missingIn(value.missing),
  }
}

function hitIn(value: unknown): FoundText | undefined {
  const place = placeIn(value)
  if (!place || !isRecord(value)) return undefined
  const snippet = textIn(value.snippet) ?? ''
  const copies = Array.isArray(value.copies) ? value.copies.flatMap((copy) => placeIn(copy) ?? []) : []
  return {
    ...place,
    startByte: isWhole(value.startByte, 0) ? value.startByte : undefined,
    headings: textsIn(value.headings),
    snippet,
    marks: marksIn(value.matches, snippet.length),
    foundBy: textsIn(value.foundBy),
    isRecognised: value.ocr === true,
    words: textsIn(value.words),
    copies,
    copyCount: isWhole(value.copyCount, copies.length) ? value.copyCount : copies.length,
  }
}

function placeIn(value: unknown): Place | undefined {
  if (!isRecord(value) || typeof value.path !== 'string') return undefined
  const startLine = isWhole(value.startLine, 0) ? value.startLine : 0
  const part = partIn(value.part)
  return {
    path: value.path,
    startLine,
    endLine: isWhole(value.endLine, startLine) ? value.endLine : startLine,
    ...(part && { part }),
  }
}

function partIn(value: unknown): Place['part'] {
  if (!isRecord(value) || typeof value.kind !== 'string' || !isWhole(value.number, 1)) return undefined
  const [name, cell] = [textIn(value.name), textIn(value.cell)]
  return { kind: value.kind, number: value.number, ...(name && { name }), ...(cell && { cell }) }
}

/** Those that follow each other within so many characters. */
function marksIn(value: unknown, length: number): Mark[] {
  const marks: Mark[] = []
  for (const mark of Array.isArray(value) ? value : [])
    if (
      isRecord(mark) &&
      isWhole(mark.start, marks.at(-1)?.end ?? 0) &&
      isWhole(mark.end, mark.start + 1, length)
    )
      marks.push({ start: mark.start, end: mark.end })
  return marks
}

function missingIn(value: unknown): Missing {
  const given = isRecord(value) ? value : {}
  return {
    isLooking: given.isLooking === true,
    files: isWhole(given.files, 0) ? given.files : 0,
    passages: isWhole(given.passages, 0) ? given.passages : 0,
    meaning: textIn(given.meaning),
  }
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

/** Where a hit stands, as compilers and grep write it, or such as `/lease.pdf, page 7` and `/costs.xlsx, sheet 2: May, B7`. */
export function placeOf({ path, startLine, part }: Place): string {
  if (!part) return startLine === 0 ? path : `${path}:${startLine}`
  const { kind, number, name, cell } = part
  return `${path}, ${kind} ${number}${name ? `: ${name}` : ''}${cell ? `, ${cell}` : ''}`
}

/** Of the words that a hit has, so many are named. */
const MOST_WORDS = 6

/** Why it was found, such as `by the words hail, roof and by its meaning`. */
export function whyFound({ foundBy, words, isRecognised }: FoundText): string {
  const reasons = [
    ...(foundBy.includes('exact') ? ['as it was written in the question'] : []),
    ...(foundBy.includes('words') && words.length > 0
      ? [`by the word${words.length === 1 ? '' : 's'} ${words.slice(0, MOST_WORDS).join(', ')}`]
      : []),
    ...(foundBy.includes('meaning') ? ['by its meaning'] : []),
  ]
  const found = reasons.length === 0 ? 'found' : `found ${reasons.join(' and ')}`
  return isRecognised ? `${found}; read by OCR, so it may have mistakes` : found
}

/** How much an answer may lack; undefined where it lacks nothing. */
export function sentenceOfMissing({ isLooking, files, passages, meaning }: Missing): string | undefined {
  const sentences = [
    ...(files > 0 ? [`${counted(files, 'file')} still to be read: what they say is not found yet.`] : []),
    ...(files === 0 && isLooking ? ['Folders are still being looked through for what has changed.'] : []),
    ...(meaning !== undefined
      ? [meaning]
      : passages > 0
        ? [
            `${counted(passages, 'passage')} still found by ${passages === 1 ? 'its' : 'their'} words alone, not yet by meaning.`,
          ]
        : []),
  ]
  return sentences.length === 0 ? undefined : sentences.join(' ')
}

/** Such as `1 file is` and `2 files are`. */
const counted = (count: number, what: string): string =>
  count === 1 ? `1 ${what} is` : `${count} ${what}s are`

/** Documents among the served files, as the tool that reads them tells of them. */
import { isRecord, isWhole, textIn } from '../protocol/values.ts'
import type { FoundText } from './search/found.ts'

export { READ_DOCUMENT } from '../contracts/document-tools.ts'

/** What a document is divided into, such as pages; words that are not known yet are shown as they are. */
export interface DocumentParts {
  kind: string
  count: number
  /** Of sheets and chapters; of many the first. */
  names: readonly string[]
}

export interface DocumentBlock {
  kind: string
  text: string
  level: number
  /** Of a row, in the order of columns. */
  cells: readonly string[] | undefined
  isHeader: boolean
  /** The first cell of a row of a sheet, such as B7. */
  cell: string | undefined
}

export interface DocumentSection {
  title: string | undefined
  parts: DocumentParts | undefined
  blocks: readonly DocumentBlock[]
  /** Where the next section begins, in blocks; undefined at the end. */
  nextOffset: number | undefined
}

/** What was read as blocks; undefined where it has none. */
export function documentSectionIn(value: unknown): DocumentSection | undefined {
  if (!isRecord(value) || !Array.isArray(value.blocks)) return undefined
  return {
    title: textIn(value.title),
    parts: partsIn(value.parts),
    blocks: value.blocks.flatMap((block) => blockIn(block) ?? []),
    nextOffset: isWhole(value.nextOffset, 1) ? value.nextOffset : undefined,
  }
}

function partsIn(value: unknown): DocumentParts | undefined {
  if (!isRecord(value) || typeof value.kind !== 'string' || !isWhole(value.count, 0)) return undefined
  return { kind: value.kind, count: value.count, names: textsIn(value.names) ?? [] }
}

function blockIn(value: unknown): DocumentBlock | undefined {
  if (!isRecord(value) || typeof value.text !== 'string') return undefined
  return {
    kind: textIn(value.kind) ?? '',
    text: value.text,
    level: isWhole(value.level, 1) ? value.level : 1,
    cells: textsIn(value.cells),
    isHeader: value.isHeader === true,
    cell: isRecord(value.place) ? textIn(value.place.cell) : undefined,
  }
}

const textsIn = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined

/** Such as `page 7 of 12`, and `sheet 2 of 3: Costs`; undefined for what is not divided. */
export function partName(part: number, parts: DocumentParts | undefined): string | undefined {
  if (!parts) return undefined
  const name = parts.names[part - 1]
  return `${parts.kind} ${part} of ${parts.count}${name ? `: ${name}` : ''}`
}

/** How much before and after its first word that was asked for a passage is known by, in letters and digits. */
const KNOWN_BY = 20

/**
 * In which of the lines of a document that stands which was asked for, or its passage begins, whatever signs the two are written with; the
 * first where it is in none.
 */
export function lineOfFound(
  lines: readonly string[],
  { snippet, marks }: Pick<FoundText, 'snippet' | 'marks'>,
): number {
  const before = letters(snippet.slice(0, marks[0]?.start ?? 0)).length
  const from = Math.max(0, before - KNOWN_BY)
  const known = letters(snippet).slice(from, before + KNOWN_BY)
  const starts: number[] = []
  let text = ''
  for (const line of lines) {
    starts.push(text.length)
    text += letters(line)
  }
  const at = known === '' ? -1 : text.indexOf(known)
  return at < 0 ? 0 : starts.findLastIndex((start) => start <= at + before - from)
}

const letters = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

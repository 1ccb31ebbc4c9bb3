import { plainText, rowText } from '../text.ts'
import type { PageBlock } from './page-block.ts'

/** A row of a table; undefined for one whose cells are all empty. What is empty at its end is left out. */
export function rowOf(cells: readonly string[], isHeader = false): PageBlock | undefined {
  const texts = cells.map((cell) => plainText(cell).replace(/\s+/g, ' ').trim())
  while (texts.at(-1) === '') texts.pop()
  if (texts.length === 0) return undefined
  return { kind: 'row', text: rowText(texts), cells: texts, ...(isHeader && { isHeader }) }
}

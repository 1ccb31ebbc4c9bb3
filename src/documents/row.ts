import type { Block, Place } from './document.ts'
import { plainText } from './text.ts'

const BETWEEN = ' | '

/** A row of a table; undefined for one whose cells are all empty. What is empty at its end is left out. */
export function rowBlock(cells: readonly string[], place: Place, isHeader = false): Block | undefined {
  const texts = cells.map((cell) => plainText(cell).trim())
  while (texts.at(-1) === '') texts.pop()
  if (texts.length === 0) return undefined
  const text = texts
    .filter((cell) => cell !== '')
    .map((cell) => cell.replace(/\s+/g, ' '))
    .join(BETWEEN)
  return { kind: 'row', text, cells: texts, ...(isHeader && { isHeader }), place }
}

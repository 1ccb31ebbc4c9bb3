import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Block, Document, DocumentReader, ReadOptions } from '../document.ts'
import { all } from './all.ts'

const FOLDER = join(import.meta.dirname, '../../../test/documents')

/** A file that another program made. */
export const sample = (name: string): Buffer => readFileSync(join(FOLDER, name))

/** So many cells are told one by one. */
const MOST_CELLS = 50

/** Its blocks, a line each: the kind, the cell where there is one, and the text or the cells of a row. */
export const told = async (document: Document): Promise<string[]> => (await all(document.blocks())).map(line)

export const readAndTold = async (
  read: DocumentReader,
  bytes: Buffer,
  options: Partial<ReadOptions> = {},
): Promise<string[]> => told(await read(bytes, { name: 'a file', ...options }))

/** A block as a line: its kind, the cell where there is one, and the text or the cells of a row. */
export function line({ kind, isHeader, cells, text, place: { cell } }: Block): string {
  const what = cells && cells.length <= MOST_CELLS ? JSON.stringify(cells) : text
  return `${isHeader ? 'header' : kind}${cell === undefined ? '' : ` ${cell}`}: ${what}`
}

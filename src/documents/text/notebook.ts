/** Notebooks of Jupyter: what was written in each cell, and what came out of it as text. Source: https://nbformat.readthedocs.io/ */
import { isRecord } from '../../protocol/values.ts'
import type { Block } from './block.ts'
import { readCode } from './code.ts'
import { readJson } from './json.ts'
import { readMarkdown } from './markdown.ts'

/** One that is no notebook after all, or cut off, is read as what it is. */
export function* readNotebook(text: string): Generator<Block> {
  const cells = cellsOf(text)
  if (cells === undefined) return yield* readJson(text)
  let headings: readonly string[] = []
  let from = 0
  for (const cell of cells) {
    const source = joined(cell.source)
    const start = Math.max(from, text.indexOf('"cell_type"', from))
    const next = text.indexOf('"cell_type"', start + 1)
    const end = next === -1 ? text.length : next
    from = end
    const isText = cell.cell_type === 'markdown' || cell.cell_type === 'raw'
    for (const block of (isText ? readMarkdown : readCode)(source)) {
      // Code stands below the headings of the text before it.
      if (isText) headings = block.headings
      const own = isText ? block.headings : [...headings, ...block.headings]
      yield { headings: own, start, end, content: source.slice(block.start, block.end).toWellFormed() }
    }
    for (const content of outputsOf(cell))
      if (content.trim() !== '') yield { headings, start, end, content: content.toWellFormed() }
  }
}

function cellsOf(text: string): Record<string, unknown>[] | undefined {
  try {
    const notebook: unknown = JSON.parse(text)
    const cells = isRecord(notebook) ? notebook.cells : undefined
    return Array.isArray(cells) ? cells.filter(isRecord) : undefined
  } catch {
    return undefined
  }
}

function outputsOf({ outputs }: Record<string, unknown>): string[] {
  if (!Array.isArray(outputs)) return []
  return outputs.filter(isRecord).map(({ text, data }) => joined(isRecord(data) ? data['text/plain'] : text))
}

/** A text, or its lines. */
function joined(text: unknown): string {
  if (Array.isArray(text)) return text.filter((line) => typeof line === 'string').join('')
  return typeof text === 'string' ? text : ''
}

/** Notebooks of Jupyter: what was written in each cell, and what came out of it as text. Source: https://nbformat.readthedocs.io/ */
import { isRecord } from '../../protocol/values.ts'
import type { TextBlock } from './block.ts'
import { readCode } from './code.ts'
import { readJson } from './json.ts'
import { readMarkdown } from './markdown.ts'

/** One that is no notebook after all, or cut off, is read as what it is. */
export function* readNotebook(text: string): Generator<TextBlock> {
  const cells = cellsOf(text)
  if (cells === undefined) return yield* readJson(text)
  let from = 0
  for (const cell of cells) {
    const source = joined(cell.source)
    const start = Math.max(from, text.indexOf('"cell_type"', from))
    const next = text.indexOf('"cell_type"', start + 1)
    const end = next === -1 ? text.length : next
    from = end
    const isText = cell.cell_type === 'markdown' || cell.cell_type === 'raw'
    for (const block of (isText ? readMarkdown : readCode)(source)) yield { ...block, start, end }
    for (const text of outputsOf(cell)) if (text.trim() !== '') yield { kind: 'code', text, start, end }
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

import { formatSize } from '../../../command/sizes.ts'
import { showList } from '../../model/selection.ts'
import type { Area, Drawing } from '../../model/view.ts'
import { clipStart } from '../../text/cells.ts'
import { EMPTY, type Line, line, paragraph, span, spread, styled } from '../../text/lines.ts'
import type { Renderer } from '../../text/renderer.ts'
import { listAndChosen } from '../columns.ts'
import { indexNote } from './indexing.ts'
import { reading } from './reading.ts'
import { searching } from './search-picture.ts'
import { type FilesState, fileRead, previewOf, type Row, Rows, selectedRow } from './state.ts'

export function draw(state: FilesState, area: Area, renderer: Renderer): Drawing {
  if (state.search) return searching(state, state.search, area)
  const read = fileRead(state)
  if (read !== undefined) return { lines: reading(previewOf(state, read), area, renderer) }
  const { rows } = area
  return {
    lines: listAndChosen(
      area,
      (columns) => tree(state, { columns, rows }),
      (columns) => aside(state, { columns, rows }, renderer),
    ),
  }
}

function tree(state: FilesState, { columns, rows }: Area): Line[] {
  const problem = state.folders['/']
  if (typeof problem === 'string') return paragraph(problem, columns, 'error')
  if (problem === undefined) return [styled('reading …', 'dim')]
  const all = new Rows(state)
  return showList(all.count, all.selected, rows, (i) => row(all.at(i) as Row, columns))
}

function row({ name, depth, isFolder, isOpen, size, mark: what }: Row, columns: number): Line {
  const mark = isFolder ? (isOpen ? '▾ ' : '▸ ') : '  '
  const left = line(
    span(`${'  '.repeat(Math.min(depth, 12))}${mark}`, 'dim'),
    span(name, isFolder ? 'accent' : 'text'),
  )
  return spread(left, styled(what ? ` ${what}` : size < 0 ? '' : ` ${formatSize(size)}`, 'dim'), columns)
}

function aside(state: FilesState, area: Area, renderer: Renderer): Line[] {
  const row = selectedRow(state)
  if (row.isFolder) {
    const entries = state.folders[row.path]
    const about =
      entries === undefined
        ? 'Enter opens it.'
        : typeof entries === 'string'
          ? entries
          : `${entries.length} entries`
    return [
      styled(clipStart(row.path, area.columns), 'heading'),
      EMPTY,
      ...paragraph(about, area.columns, 'dim'),
      ...paragraph(indexNote(state, row.path) ?? '', area.columns, 'dim'),
    ]
  }
  return reading(previewOf(state, row.path), area, renderer)
}

/** What is in a file, as far as it is in sight. */
import type { Area } from '../../model/view.ts'
import { clipStart, widthOf } from '../../text/cells.ts'
import {
  EMPTY,
  expandTabs,
  fit,
  fitHeight,
  type Line,
  paragraph,
  type Role,
  span,
  spread,
  styled,
  wrap,
} from '../../text/lines.ts'
import { lastTop } from '../../text/long-text.ts'
import type { Renderer } from '../../text/renderer.ts'
import type { DocumentLine, Preview } from './state.ts'

/** The file's name, and the title of a document or an empty line. */
export const HEAD_ROWS = 2
/** So many lines before what is in sight are looked at, to know in what it stands. */
const CONTEXT_LINES = 60

export const isMarkdown = (path: string): boolean => /\.(md|markdown)$/i.test(path)

/** The last line that can stand first in sight. */
export function lastTopOf({ path, lines = [], document }: Preview, { columns, rows }: Area): number {
  const view = rows - HEAD_ROWS
  if (document)
    return lastTop(
      document.lines.length,
      view,
      (i) => documentLine(document.lines[i] as DocumentLine, columns).length,
    )
  // Rendered, a line of Markdown may take a row more than as it was written.
  const [width, more] = isMarkdown(path) ? [Math.max(8, columns - 8), 1] : [columns, 0]
  return lastTop(lines.length, view, (i) => paragraph(expandTabs(lines[i] ?? ''), width).length + more)
}

export function reading(preview: Preview, area: Area, renderer: Renderer): Line[] {
  const { path, lines, note, top, firstLine = 1, document } = preview
  const { columns } = area
  if (lines === undefined)
    return [styled(clipStart(path, columns), 'heading'), EMPTY, ...paragraph(note ?? '', columns, 'warning')]
  const view = area.rows - HEAD_ROWS
  const from = Math.min(top, lines.length - 1)
  const shown = document
    ? document.lines.slice(from, from + view).flatMap((one) => documentLine(one, columns))
    : isMarkdown(path)
      ? renderer.markdown(lines.slice(from, from + view * 2).join('\n'), columns)
      : colouredLines(lines, from, view, path, renderer).flatMap((one) => wrap(one, columns))
  const about = [
    ...(lines.length > view
      ? [
          `${from + firstLine}–${Math.min(lines.length, from + view) + firstLine - 1} of ${lines.length + firstLine - 1}`,
        ]
      : []),
    ...(note === undefined ? [] : [note]),
  ].join(', ')
  const place = styled(about === '' ? '' : ` ${about}`, 'dim')
  const name = styled(clipStart(path, columns - widthOf(about) - 1), 'heading')
  const title = fit(styled(document?.title ?? '', 'dim'), columns)
  return [spread(name, place, columns), title, ...fitHeight(shown, view)]
}

const ROLES: Readonly<Record<string, Role>> = {
  title: 'heading',
  heading: 'heading',
  header: 'strong',
  code: 'code',
  note: 'dim',
  remark: 'warning',
}
const GAP = span(' │ ', 'border')

/** Rows stand in columns where these fit; columns in which there is nothing are left out. */
function documentLine({ kind, text, row }: DocumentLine, columns: number): Line[] {
  const role = ROLES[kind] ?? 'text'
  const widths = row?.widths.filter((width) => width > 0) ?? []
  const width = widths.reduce((sum, one) => sum + one + GAP.text.length, -GAP.text.length)
  if (!row || width > columns) return paragraph(text, columns, role)
  const cells = row.cells.filter((_, i) => (row.widths[i] ?? 0) > 0)
  const spans = cells.flatMap((cell, i) => [
    ...(i > 0 ? [GAP] : []),
    ...fit(styled(cell, role), widths[i] ?? 0).spans,
  ])
  return [{ spans }]
}

/** Only what is in sight is coloured, with what stands right before it. */
function colouredLines(
  lines: readonly string[],
  from: number,
  count: number,
  path: string,
  renderer: Renderer,
): Line[] {
  const before = Math.max(0, from - CONTEXT_LINES)
  const text = lines
    .slice(before, from + count)
    .map(expandTabs)
    .join('\n')
  return renderer
    .code(text, path)
    .slice(from - before)
    .map((spans): Line => ({ spans }))
}

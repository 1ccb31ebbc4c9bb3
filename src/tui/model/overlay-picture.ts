/** How overlays look: a panel over the view. */
import { widthOf } from '../text/cells.ts'
import { EMPTY, fit, fitHeight, type Line, line, paragraph, span, styled } from '../text/lines.ts'
import { helpLines } from './help.ts'
import { lastTopOf, outputArea, outputOf, panelArea } from './jobs.ts'
import type { Choice, JobView, Overlay, Palette } from './message.ts'
import { choicesFound } from './overlays.ts'
import { drawAsking, typedIn } from './question-picture.ts'
import { showList } from './selection.ts'
import { type Job, paletteEntries, type State } from './state.ts'
import type { Area } from './view.ts'

interface Drawn {
  title: string
  lines: Line[]
  /** In the lines. */
  cursor?: { row: number; column: number }
}

export interface Over {
  /** Puts the panel over the lines of a view. */
  place(body: readonly Line[]): Line[]
  cursor: { row: number; column: number } | undefined
}

export function drawOverlay(state: State, overlay: Overlay, { columns, rows }: Area): Over {
  const { columns: within, rows: high } = panelArea(state)
  const inside = { columns: within, rows: Math.min(high, rows - 2) }
  const width = inside.columns + 4
  const drawn = draw(state, overlay, inside)
  const height = Math.min(drawn.lines.length, rows - 2)
  const left = Math.floor((columns - width) / 2)
  const top = overlay.type === 'palette' ? 1 : Math.max(1, Math.floor((rows - height - 2) / 3))
  const title = ` ${drawn.title} `
  const edge = (text: string, fill: string, end: string): Line =>
    line(
      span(text, 'border'),
      span(fill, 'heading'),
      span(`${'─'.repeat(Math.max(0, width - 3 - widthOf(fill)))}${end}`, 'border'),
    )
  const panel: Line[] = [
    edge(
      '┌─',
      fit(styled(title, 'heading'), Math.min(widthOf(title), width - 4))
        .spans.map(({ text }) => text)
        .join(''),
      '┐',
    ),
    ...fitHeight(drawn.lines, height).map((one): Line => {
      const { spans, ground } = fit(one, width - 4)
      const inner = ground ? spans.map((part) => ({ ground, ...part })) : spans
      return { spans: [span('│ ', 'border'), ...inner, span(' │', 'border')] }
    }),
    line(span(`└${'─'.repeat(width - 2)}┘`, 'border')),
  ]
  return {
    place: (body) =>
      body.map((one, row) => {
        const own = panel[row - top]
        if (!own) return one
        return {
          spans: [
            span(' '.repeat(left)),
            ...own.spans.map((part) => ({ ground: 'panel' as const, ...part })),
          ],
        }
      }),
    cursor: drawn.cursor && {
      row: top + 1 + Math.min(drawn.cursor.row, height - 1),
      column: left + 2 + drawn.cursor.column,
    },
  }
}

function draw(state: State, overlay: Overlay, area: Area): Drawn {
  switch (overlay.type) {
    case 'prompt':
    case 'confirm':
    case 'question':
      return drawAsking(state, overlay, area)
    case 'choose':
      return drawChoice(state, overlay, area)
    case 'palette':
      return drawPalette(state, overlay, area)
    case 'help': {
      const all = helpLines(state, area.columns)
      const top = Math.min(overlay.top, Math.max(0, all.length - area.rows))
      return { title: 'Keys', lines: fitHeight(all.slice(top), Math.min(area.rows, all.length)) }
    }
    case 'job':
      return drawJob(state, overlay, area)
    case 'jobs': {
      const jobs = state.jobs.toReversed()
      if (jobs.length === 0)
        return { title: 'Jobs', lines: [styled('There are no jobs yet. Run a command with Ctrl-P.', 'dim')] }
      const count = Math.min(jobs.length, area.rows)
      return {
        title: 'Jobs',
        lines: showList(jobs.length, overlay.selected, count, (i) => jobLine(jobs[i] as Job)),
      }
    }
  }
}

function drawChoice(state: State, overlay: Choice, { columns, rows }: Area): Drawn {
  const field = typedIn(state, overlay.query, columns)
  const found = choicesFound(overlay)
  const count = Math.min(found.length, rows - 2)
  const list = showList(found.length, overlay.selected, count, (i) =>
    line(overlay.items[found[i] as number] ?? ''),
  )
  return {
    title: overlay.title,
    lines: [field.line, ...(found.length > 0 ? list : [styled('nothing fits', 'dim')])],
    cursor: { row: 0, column: field.column },
  }
}

/** So wide a panel has room for what is found and the same as a line of luca. */
const BOTH = 64

function drawPalette(state: State, overlay: Palette, { columns, rows }: Area): Drawn {
  const field = typedIn(state, overlay.query, columns)
  const entries = paletteEntries(state)
  const top =
    overlay.completions.length > 0
      ? paragraph(
          overlay.completions
            .slice(0, 40)
            .map((one) => one.trim())
            .join('  '),
          columns,
          'accent',
        ).slice(0, 3)
      : []
  const count = Math.min(entries.length, rows - 1 - top.length)
  const list = showList(entries.length, overlay.selected, count, (i) => {
    const { title, kind, luca } = entries[i] as (typeof entries)[number]
    const hint = kind === 'run' || luca === undefined ? '' : luca
    const kindWidth = 9
    // Where there is no room for both, what it is comes before how it is typed.
    const width = columns < BOTH ? columns - kindWidth : Math.floor(columns * 0.55)
    const name = fit(line(title), width).spans
    return line(
      span(
        fit(styled(kind, 'dim'), kindWidth)
          .spans.map(({ text }) => text)
          .join(''),
        'dim',
      ),
      ...name,
      span(` ${hint}`, 'dim'),
    )
  })
  return {
    title: 'Find anything, or type a luca command',
    lines: [field.line, ...top, ...list],
    cursor: { row: 0, column: field.column },
  }
}

function jobLine({ line: text, state }: Job): Line {
  const mark =
    state === 'running' ? span('… ', 'accent') : state === 'ok' ? span('✓ ', 'ok') : span('✗ ', 'error')
  return line(mark, text)
}

function drawJob(state: State, overlay: JobView, area: Area): Drawn {
  const job = state.jobs.find(({ id }) => id === overlay.id)
  if (!job) return { title: 'Job', lines: [styled('It is forgotten.', 'dim')] }
  const inside = outputArea(area)
  const { columns, rows } = inside
  const last = lastTopOf(job, inside)
  const top = Math.min(overlay.top ?? last, last)
  const shown = outputOf(job)
    .slice(top, top + rows)
    .flatMap((text) => paragraph(text, columns))
    .slice(0, rows)
  return {
    title: `luca ${job.line}`,
    lines: [
      ...shown,
      EMPTY,
      job.state === 'running'
        ? styled('running …', 'accent')
        : line(
            jobLine(job).spans[0] ?? '',
            styled(job.state === 'ok' ? 'done' : 'failed', 'dim').spans[0] ?? '',
          ),
    ],
  }
}

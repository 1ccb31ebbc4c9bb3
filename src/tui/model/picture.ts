/** The state → what is to be seen: a bar, a view, overlays, a notice and the keys. */
import type { Cursor } from '../screen/painter.ts'
import type { Picture } from '../screen/screen.ts'
import { widthOf } from '../text/cells.ts'
import {
  EMPTY,
  fit,
  fitHeight,
  type Line,
  line,
  lineWidth,
  on,
  paragraph,
  type Span,
  span,
  spread,
  styled,
} from '../text/lines.ts'
import type { Overlay } from './message.ts'
import { drawOverlay } from './overlay-picture.ts'
import {
  areaOf,
  currentView,
  isTooSmall,
  LEAST,
  openViews,
  type State,
  topOverlay,
  worldOf,
} from './state.ts'
import type { Hint } from './view.ts'

export function pictureOf(state: State): Picture {
  if (isTooSmall(state)) return tooSmall(state)
  const { columns, rows } = state
  const view = currentView(state)
  const own = state.own[view.id]
  const said = noticeLines(state, view.luca(own))
  // What a notice needs beyond its line, the view goes without.
  const area = { columns, rows: areaOf(state).rows + 1 - said.length }
  const drawing =
    state.link.state === 'lost' && view.id !== 'setup' && state.offer.tools.length === 0
      ? { lines: gatewayDown(state.link.why, columns, area.rows) }
      : view.draw(own, area, worldOf(state))
  let body = fitHeight(drawing.lines, area.rows)
  let cursor: Cursor | undefined = 'cursor' in drawing ? drawing.cursor : undefined
  const overlay = topOverlay(state)
  if (overlay) {
    const over = drawOverlay(state, overlay, area)
    body = over.place(body)
    cursor = over.cursor
  }
  const hints = overlay
    ? overlayHints(state, overlay)
    : [...view.hints(own, worldOf(state)), ...GENERAL_HINTS]
  return {
    lines: [bar(state), ...body, ...said, hintBar(hints, columns)].slice(0, rows),
    cursor: cursor && {
      row: Math.min(cursor.row + 1, rows - 1),
      column: Math.min(cursor.column, columns - 1),
    },
  }
}

function bar(state: State): Line {
  const here = currentView(state)
  const views = openViews(state).flatMap((view, i): Span[] => [
    {
      text: ` ${i + 1} ${view.title} `,
      role: view === here ? 'strong' : 'text',
      ground: view === here ? 'selection' : 'bar',
    },
  ])
  const { link } = state
  const running = state.jobs.filter((job) => job.state === 'running').length
  const status: Span[] = [
    ...(running > 0 ? [span(`${running} job${running === 1 ? '' : 's'}  `, 'accent')] : []),
    link.state === 'connected'
      ? span('● connected ', 'ok')
      : link.state === 'lost'
        ? span('○ no gateway ', 'error')
        : span('○ connecting ', 'dim'),
  ]
  const left = line(span(' luca ', 'key'), ...views)
  // In a narrow window the sign alone must do.
  const isNarrow = lineWidth(left) + lineWidth(line(...status)) > state.columns
  const right = isNarrow ? status.map((one) => ({ ...one, text: `${one.text.slice(0, 1)} ` })) : status
  return on('bar', spread(left, line(...right), state.columns))
}

/** The last lines above the hints: a notice, which is never cut, and what is done here as a command, beside it or below. */
function noticeLines({ notice, columns, rows }: State, luca: string | undefined): Line[] {
  const command = luca === undefined ? EMPTY : styled(` $ ${luca}`, 'dim')
  if (!notice) return [fit(command, columns)]
  const role = notice.tone === 'plain' ? 'text' : notice.tone
  const said = styled(` ${notice.text}`, role)
  if (lineWidth(said) + lineWidth(command) + 2 <= columns)
    return [spread(said, line(...command.spans, ' '), columns)]
  const lines = paragraph(notice.text, columns - 2, role)
    .slice(0, Math.floor(rows / 3))
    .map(({ spans }) => ({ spans: [span(' '), ...spans] }))
  return luca === undefined ? lines : [...lines, fit(command, columns)]
}

const GENERAL_HINTS: readonly Hint[] = [
  { key: '^P', what: 'find' },
  { key: 'F1', what: 'help' },
  { key: '^Q', what: 'leave' },
]

/** As many hints as there is room for. The general ones come last and stay, and so does the way back. */
function hintBar(hints: readonly Hint[], columns: number): Line {
  const width = ({ key, what }: Hint) => widthOf(key) + widthOf(what) + 3
  const stays = (hint: Hint) => GENERAL_HINTS.includes(hint) || hint.key === 'Esc'
  let left = columns - 1
  for (const hint of hints.filter(stays)) left -= width(hint)
  const shown = hints.filter((hint) => {
    if (stays(hint)) return true
    if (width(hint) > left) return false
    left -= width(hint)
    return true
  })
  return on('bar', line(' ', ...shown.flatMap(({ key, what }) => [span(key, 'key'), span(` ${what}  `)])))
}

function overlayHints({ jobs, settlesAt }: State, overlay: Overlay): readonly Hint[] {
  if (settlesAt !== undefined) return []
  const esc = { key: 'Esc', what: 'back' }
  switch (overlay.type) {
    case 'palette':
      return [
        { key: 'Enter', what: 'run' },
        { key: 'Tab', what: 'complete' },
        { key: '↑↓', what: 'choose, or earlier lines' },
        esc,
      ]
    case 'prompt':
      return [{ key: 'Enter', what: 'take it' }, esc]
    case 'confirm':
      return [
        { key: 'y', what: 'yes' },
        { key: 'n', what: 'no' },
      ]
    case 'question':
      return [
        { key: 'y', what: 'allow' },
        { key: 'n', what: 'deny' },
        ...(overlay.fields.length > 0 ? [{ key: 'Tab', what: 'next field' }] : []),
        { key: 'Esc', what: 'cancel' },
      ]
    case 'choose':
    case 'jobs':
      return [{ key: 'Enter', what: 'choose' }, { key: '↑↓', what: 'move' }, esc]
    case 'job':
      return jobs.some(({ id, state }) => id === overlay.id && state === 'running')
        ? [
            { key: '^C', what: 'end it' },
            { key: '↑↓', what: 'scroll' },
            { key: 'Esc', what: 'leave it running' },
          ]
        : [{ key: '↑↓', what: 'scroll' }, esc]
    case 'help':
      return [{ key: '↑↓', what: 'scroll' }, esc]
  }
}

function gatewayDown(why: string, columns: number, rows: number): Line[] {
  const inset = Math.max(2, Math.floor((columns - 66) / 2))
  const width = columns - 2 * inset
  const lines = [
    styled('The gateway does not answer.', 'heading'),
    EMPTY,
    ...paragraph(why, width, 'dim'),
    EMPTY,
    line(span('luca up', 'key'), '  in another window starts one, on any machine;'),
    line(span('systemctl status llmbasedos-gateway', 'key'), '  shows its state on the appliance;'),
    line(span('luca doctor', 'key'), '  finds out what is wrong.'),
    EMPTY,
    ...paragraph('luca connects by itself as soon as it answers. What you typed is kept.', width),
  ]
  const top = Math.max(0, Math.floor((rows - lines.length) / 3))
  return [
    ...Array<Line>(top).fill(EMPTY),
    ...lines.map((one) => ({ ...one, spans: [span(' '.repeat(inset)), ...one.spans] })),
  ]
}

function tooSmall({ columns, rows }: State): Picture {
  const text = `This window has ${columns} × ${rows} cells. luca needs ${LEAST.columns} × ${LEAST.rows}: enlarge it, or quit with Ctrl-Q and type "luca plain".`
  return { lines: paragraph(text, Math.max(1, columns)).slice(0, rows), cursor: undefined }
}

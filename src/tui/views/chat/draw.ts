import { showEditor } from '../../model/editor.ts'
import { type Area, type Drawing, offers, type World } from '../../model/view.ts'
import { clip, clipStart, widthOf } from '../../text/cells.ts'
import {
  EMPTY,
  fitHeight,
  type Line,
  line,
  lineWidth,
  paragraph,
  span,
  spread,
  styled,
} from '../../text/lines.ts'
import { about } from './conversations.ts'
import { Transcript } from './scrolling.ts'
import { type ChatState, isEmpty, SEND_TOOL } from './state.ts'
import { NOT_OFFERED } from './talk.ts'
import { draftRows, isSilent } from './transcript.ts'

export function draw(state: ChatState, area: Area, world: World): Drawing {
  const { columns, rows } = area
  const own = draftRows(state, area)
  const height = rows - own - 1
  const shown = new Transcript(state, columns, world.renderer).sight(state.top, height)
  const body = isEmpty(state) ? beginning(state, world, columns) : shown.lines
  const field = showEditor(state.draft, columns - 2, own)
  const draft = fitHeight(
    field.lines.map((text) => styled(text, 'text')),
    own,
  ).map(
    (one, i): Line => ({
      spans: [span(i === 0 ? '› ' : '  ', 'key'), ...one.spans],
    }),
  )
  return {
    lines: [...fitHeight(body, height), status(state, shown, world, columns), ...draft],
    cursor: { row: height + 1 + field.cursor.row, column: 2 + field.cursor.column },
  }
}

/** So much of a row a file or a model may take, that there is room for the others. */
const MOST_OF_A_NAME = 0.3

function status(state: ChatState, { below }: { below: number }, { now }: World, columns: number): Line {
  const { files, model, answeredBy, older, top } = state
  const doing = doingNow(state, now)
  const left = [
    ...(below > 0 ? [span(` ↓ ${below} more lines `, 'warning')] : []),
    ...(older !== undefined && top?.turn === 0 ? [span(' ↑ older: PgUp ', 'dim')] : []),
    ...(doing === '' ? [] : [span(` ${doing} `, 'accent')]),
    ...files.map((path) => span(` + ${clipStart(path, Math.floor(columns * MOST_OF_A_NAME))} `, 'link')),
  ]
  const name = clip(model ?? answeredBy ?? 'default model', Math.floor(columns * MOST_OF_A_NAME))
  const right = ` ${name} · tools ${toolsOf(state)} `
  const rule = Math.max(0, columns - widthOf(right) - lineWidth(line(...left)) - 2)
  return spread(
    line(span('──', 'border'), ...left, span('─'.repeat(rule), 'border')),
    styled(right, 'dim'),
    columns,
  )
}

function doingNow({ asked: [first], isReading, turns, branch }: ChatState, now: number): string {
  if (!first) return isReading ? 'reading' : branch ? 'editing' : ''
  if (first.isStopped) return 'stopping'
  const answer = turns.findLast((turn) => turn.by === 'model' && turn.asking === first.number)
  if (answer?.by === 'model' && answer.uses.some((use) => use.state === 'asks'))
    return 'waiting for your consent'
  const seconds = Math.floor((now - first.since) / 1000)
  return isSilent(answer) ? `thinking${seconds > 1 ? `, ${seconds} s` : ''}` : 'answering'
}

/** How many the model was shown last, where these were not all. */
function toolsOf({ givesTools, turns }: ChatState): string {
  if (!givesTools) return 'off'
  const last = turns.findLast((turn) => turn.by === 'model' && turn.offer !== undefined)
  const offer = last?.by === 'model' ? last.offer : undefined
  return offer === undefined || offer.tools.length >= offer.of ? 'on' : `${offer.tools.length} of ${offer.of}`
}

function beginning({ newest, isReading }: ChatState, world: World, columns: number): Line[] {
  if (isReading) return []
  if (world.link.state === 'connected' && !offers(world, SEND_TOOL))
    return [EMPTY, ...paragraph(NOT_OFFERED, columns, 'warning')]
  return [
    EMPTY,
    styled('Ask something, and press Enter.', 'heading'),
    EMPTY,
    ...(newest
      ? [
          line(span('Enter', 'key'), ` opens: ${about(newest)}`),
          line(span('Alt-G', 'key'), ' shows all earlier conversations'),
          EMPTY,
        ]
      : []),
    ...paragraph(
      'The model can use the tools of this machine. You are asked before anything that destroys something or sends it out.',
      columns,
      'dim',
    ),
    EMPTY,
    ...paragraph(
      'Answers come from a model on this machine, or from any server that speaks OpenAI’s protocol. If there is none yet, the first answer says how to get one.',
      columns,
      'dim',
    ),
  ]
}

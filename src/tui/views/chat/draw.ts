import { showEditor } from '../../model/editor.ts'
import type { Area, Drawing, World } from '../../model/view.ts'
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
import { Transcript } from './scrolling.ts'
import { type ChatState, isEmpty } from './state.ts'
import { draftRows, isSilent } from './transcript.ts'

export function draw(state: ChatState, area: Area, world: World): Drawing {
  const { columns, rows } = area
  const own = draftRows(state, area)
  const height = rows - own - 1
  const shown = new Transcript(state, columns, world.renderer).sight(state.top, height)
  const body = isEmpty(state) ? beginning(state, columns) : shown.lines
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
  const { busySince, turns, attachments, model, answeredBy } = state
  const seconds = busySince === undefined ? 0 : Math.floor((now - busySince) / 1000)
  const doing =
    busySince === undefined
      ? ''
      : isSilent(turns.at(-1))
        ? `thinking${seconds > 1 ? `, ${seconds} s` : ''}`
        : 'answering'
  const left = [
    ...(below > 0 ? [span(` ↓ ${below} more lines `, 'warning')] : []),
    ...(doing === '' ? [] : [span(` ${doing} `, 'accent')]),
    ...attachments.map(({ path }) =>
      span(` + ${clipStart(path, Math.floor(columns * MOST_OF_A_NAME))} `, 'link'),
    ),
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

/** How many the model was given last, where these were not all. */
function toolsOf({ givesTools, turns }: ChatState): string {
  if (!givesTools) return 'off'
  const offer = turns.findLast((turn) => turn.by === 'model')?.offer
  return offer?.because === undefined ? 'on' : `${offer.names.length} of ${offer.of}`
}

function beginning(state: ChatState, columns: number): Line[] {
  const { newest } = state
  return [
    EMPTY,
    styled('Ask something, and press Enter.', 'heading'),
    EMPTY,
    ...(newest
      ? [
          line(span('Enter', 'key'), ` opens: ${newest.about}`),
          line(span('Alt-G', 'key'), ' shows all earlier conversations'),
          EMPTY,
        ]
      : []),
    ...paragraph(
      'The model can use the tools of this machine. It asks you before anything that can destroy something.',
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

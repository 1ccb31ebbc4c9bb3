import type { MessageInfo, ReadMessage } from '../../../command/mail/emails.ts'
import { nameOf } from '../../../command/mail/emails.ts'
import { showEditor } from '../../model/editor.ts'
import type { Area, Drawing } from '../../model/view.ts'
import { clip, widthOf } from '../../text/cells.ts'
import { EMPTY, fitHeight, type Line, line, on, paragraph, span, spread, styled } from '../../text/lines.ts'
import { lastTop } from '../../text/long-text.ts'
import type { Renderer } from '../../text/renderer.ts'
import { type Column, showTable } from '../table.ts'
import { inSight, type MailState, type Reading } from './state.ts'

/** Above a list: where it is, what is to be known of it, and the heads of its columns. */
export const LIST_ROWS = 3
/** Above a text: subject, who, when, what is attached, and an empty line. */
export const READING_ROWS = 5

/** By the clock of who looks. */
const DAY = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short' })
const TIME = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })

const NO_ACCOUNT =
  'There is no account yet. "luca mail add ADDRESS" adds one: it finds the settings, asks for the password, and keeps that with the secrets. Then press r.'

export function draw(state: MailState, area: Area, renderer: Renderer): Drawing {
  const { columns, rows } = area
  const { accounts, problem, reading, search } = state
  if (reading) return { lines: fitHeight(shownMessage(reading, area, renderer), rows) }
  if (problem !== undefined) return { lines: fitHeight(paragraph(problem, columns, 'error'), rows) }
  if (accounts === undefined) return { lines: fitHeight([styled('reading …', 'dim')], rows) }
  if (accounts.length === 0) return { lines: fitHeight(paragraph(NO_ACCOUNT, columns, 'dim'), rows) }
  const list = fitHeight(
    [...about(state, columns), ...messages(state, { columns, rows: rows - LIST_ROWS + 1 })],
    rows,
  )
  if (!search?.isTyped) return { lines: list }
  const label = 'Search: '
  const field = showEditor(search.query, columns - widthOf(label) - 2, 1)
  const head = on('plain', line(span(label, 'accent'), field.lines[0] ?? ''))
  return {
    lines: [head, ...list.slice(1)],
    cursor: { row: 0, column: widthOf(label) + field.cursor.column },
  }
}

function about(state: MailState, columns: number): Line[] {
  const { accounts = [], account, folder, isUnreadOnly, search } = state
  const { note, problem, isAsked, messages, next } = inSight(state)
  const where = search && search.asked !== '' ? `found: ${search.asked}` : folder
  const who = accounts.find(({ id }) => id === account)?.email ?? ''
  const count = `${messages.length}${next === undefined ? '' : '+'}${isUnreadOnly && !search ? ' unread' : ''}`
  const right = ` ${isAsked ? 'asking …' : count}`
  const left = clip(`${where} · ${who}`, columns - widthOf(right))
  const said = problem ?? note ?? ''
  return [
    spread(styled(left, 'heading'), styled(right, 'dim'), columns),
    styled(clip(said.replace(/\s+/g, ' '), columns), problem === undefined ? 'dim' : 'error'),
  ]
}

function messages(state: MailState, area: Area): Line[] {
  const { messages, isAsked, problem, selected } = inSight(state)
  if (messages.length > 0) return showTable(area, COLUMNS, messages, selected)
  // A sentence that does not fit above stands here whole.
  if (problem !== undefined) return paragraph(problem, area.columns, 'error')
  return [styled(isAsked ? '' : state.search ? 'Nothing was found.' : 'There is nothing in it.', 'dim')]
}

const roleOf = ({ seen }: MessageInfo) => (seen ? ('text' as const) : ('strong' as const))
const WHO = 24
const COLUMNS: readonly Column<MessageInfo>[] = [
  { head: ' ', text: ({ seen }) => (seen ? ' ' : '●'), role: 'accent' },
  { head: 'DATE', text: ({ date }) => dateOf(date, DAY), role: 'dim' },
  { head: 'FROM', text: ({ from }) => clip(nameOf(from), WHO), role: roleOf },
  {
    head: 'SUBJECT',
    text: ({ subject, attachments }) =>
      `${subject || '(no subject)'}${attachments > 0 ? ` [${attachments} attached]` : ''}`,
    role: roleOf,
  },
]

const dateOf = (text: string, format: Intl.DateTimeFormat): string => {
  const time = Date.parse(text)
  return Number.isFinite(time) ? format.format(time) : ''
}

/** The last line that can stand first in sight. Rendered, a line of Markdown may take a row more than as it was written. */
export const lastTopOf = ({ lines }: Reading, { columns, rows }: Area): number =>
  lastTop(
    lines.length,
    rows - READING_ROWS,
    (i) => paragraph(lines[i] ?? '', Math.max(8, columns - 8)).length + 1,
  )

function shownMessage({ message, lines, problem, top }: Reading, area: Area, renderer: Renderer): Line[] {
  const { columns, rows } = area
  if (problem !== undefined) return paragraph(problem, columns, 'error')
  if (!message) return [styled('reading …', 'dim')]
  const view = Math.max(1, rows - READING_ROWS)
  const text = lines.slice(top, top + view * 2).join('\n')
  const body = text.trim() === '' ? [styled('(It has no text.)', 'dim')] : renderer.markdown(text, columns)
  const place =
    lines.length > view ? ` ${top + 1}–${Math.min(lines.length, top + view)} of ${lines.length}` : ''
  const subject = clip(message.subject || '(no subject)', columns - widthOf(place))
  return [
    spread(styled(subject, 'heading'), styled(place, 'dim'), columns),
    field('From', message.from, columns),
    field('To', [message.to, message.cc].filter((one) => one !== '').join(', '), columns),
    field(dateOf(message.date, TIME), besides(message), columns),
    EMPTY,
    ...fitHeight(body, view),
  ]
}

/** What is attached, what is to be known of it, and where it is cut. */
function besides({ id, attached, remarks, nextOffset }: ReadMessage): string {
  const cut = nextOffset === undefined ? [] : [`only its beginning; luca mail read ${id} shows all`]
  const files = attached.length === 0 ? [] : [`attached: ${attached.join(', ')}`]
  return [...cut, ...files, ...remarks].join('; ')
}

const field = (name: string, value: string, columns: number): Line => {
  const label = name === '' ? '' : `${name}  `
  return line(span(label, 'dim'), span(clip(value.replace(/\s+/g, ' '), columns - widthOf(label))))
}

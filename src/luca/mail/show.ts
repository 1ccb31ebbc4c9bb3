/** Lists of emails, and one of them, on the terminal. */
import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { nameOf } from '../../command/mail/emails.ts'
import { inLine, visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import type { Told } from '../search/ask.ts'
import { askMessage, type MessageInfo, type MessageList } from './ask.ts'

/** By the clock of who looks, such as `2026-11-28 07:00`. */
const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
const WHO_CHARS = 30

export function showList({ value, document }: Told<MessageList>, context: Context, empty: string): Outcome {
  const { io } = context
  const { messages, note, nextCursor } = value
  if (context.json) writeJson(io, document)
  else {
    if (messages.length === 0) writeLine(io.stderr, empty)
    else writeTable(io, ['NUMBER', 'DATE', 'FROM', 'SUBJECT'], messages.map(rowOf))
    if (note !== undefined) writeLine(io.stderr, inLine(note))
    if (nextCursor !== undefined) writeLine(io.stderr, 'There are more; --limit shows them.')
  }
  return messages.length === 0 ? 'nothing' : 'ok'
}

/** All of its text, however long. */
export async function showMessage(id: number, context: Context): Promise<Outcome> {
  const first = await askMessage(context, id, 0)
  let text = first.value.text
  for (let next = first.value.nextOffset; next !== undefined; ) {
    const { value } = await askMessage(context, id, next)
    text += value.text
    next = value.nextOffset
  }
  const { io } = context
  if (context.json) {
    const { nextOffset: _, ...whole } = first.value
    writeJson(io, { ...whole, text })
    return 'ok'
  }
  const { subject, from, to, cc, date, attached, remarks } = first.value
  const about = [
    ['Subject', subject],
    ['From', from],
    ['To', to],
    ['Cc', cc],
    ['Date', date === '' ? '' : LOCAL.format(new Date(date))],
    ['Attached', attached.join(', ')],
    ...remarks.map((remark) => ['Note', remark]),
  ].filter(([, value]) => value !== '')
  for (const [name, value = ''] of about) writeLine(io.stdout, `${name}: ${inLine(value)}`)
  writeLine(io.stdout, `\n${visible(text) || '(It has no text.)'}`)
  return 'ok'
}

const rowOf = ({ id, date, from, subject, seen, attachments }: MessageInfo): string[] => [
  String(id),
  date === '' ? '' : LOCAL.format(new Date(date)),
  nameOf(from).slice(0, WHO_CHARS),
  `${seen ? '' : '● '}${subject || '(no subject)'}${attachments > 0 ? ` [${attachments} attached]` : ''}`,
]

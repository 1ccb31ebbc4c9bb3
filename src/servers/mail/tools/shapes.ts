/** What the tools of mail have in common: parameters, and how messages are told. */
import type { ToolContext } from '../../../protocol/define.ts'
import { ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attachmentsOf, type CachedMessage } from '../cache/mail-cache.ts'
import type { Address } from '../imap/client.ts'
import type { AsOf } from '../mail.ts'

export const READ_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  // The mailbox is the person’s own: who else could be reached by reading it?
  openWorldHint: false,
}
export const Options = { additionalProperties: false } as const

export const DEFAULT_LIST = 10
export const MAX_LIST = 100

export const AccountParameter = Type.Optional(
  Type.String({ description: 'Its name or address; not needed where there is one.', maxLength: 320 }),
)
export const MailboxParameter = Type.Optional(
  Type.String({
    description:
      'A folder by its path, or inbox, sent, drafts, trash, junk or archive, whatever it is called.',
    maxLength: 1000,
  }),
)
export const IdParameter = Type.Integer({
  minimum: 1,
  description: 'Its number, as lists and searches give it.',
})
export const AttachmentParameter = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 1000,
    description: 'Its name, or its number among those attached; not needed where there is one.',
  }),
)

/** How much of a text is in one answer. */
export const DEFAULT_TEXT_CHARS = 6000
const MAX_TEXT_CHARS = 200_000

export const OffsetParameter = Type.Optional(
  Type.Integer({ minimum: 0, default: 0, description: 'Where to begin; nextOffset of the part before.' }),
)
export const LimitParameter = Type.Optional(
  Type.Integer({
    minimum: 100,
    maximum: MAX_TEXT_CHARS,
    default: DEFAULT_TEXT_CHARS,
    description: 'In characters.',
  }),
)

export const PageParameters = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIST, default: DEFAULT_LIST })),
  cursor: Type.Optional(Type.String({ description: 'nextCursor, for more.', maxLength: 100 })),
}

export const MessageOutput = Type.Object({
  id: Type.Integer({ description: 'What other tools know it by.' }),
  mailbox: Type.String(),
  subject: Type.String(),
  from: Type.String(),
  to: Type.String(),
  date: Type.String({ description: 'ISO 8601.' }),
  seen: Type.Boolean(),
  flagged: Type.Boolean(),
  attachments: Type.Array(Type.String()),
  size: Type.Integer({ description: 'In bytes.' }),
})

export const ListOutput = Type.Object({
  messages: Type.Array(MessageOutput),
  nextCursor: Type.Optional(Type.String({ description: 'For more, give this as cursor.' })),
  note: Type.Optional(Type.String({ description: 'What the answer does not know.' })),
})

export type MessageShape = Type.Static<typeof MessageOutput>

const MAX_NAMES = 20

export const messageShape = (message: CachedMessage, mailbox: string): MessageShape => ({
  id: message.id,
  mailbox,
  subject: message.header.subject,
  from: namesOf(message.header.from),
  to: namesOf(message.header.to),
  date: new Date(message.time).toISOString(),
  seen: message.isSeen,
  flagged: message.isFlagged,
  attachments: attachmentsOf(message.header)
    .slice(0, MAX_NAMES)
    .map(({ fileName = 'without a name' }) => fileName),
  size: message.size,
})

export const namesOf = (people: readonly Address[]): string =>
  people
    .slice(0, MAX_NAMES)
    .map(({ name, address }) => (name ? `${name} <${address}>` : address))
    .join(', ')

/** One line a message, for models that can read little. */
export function told(
  { id, date, from, to, subject, seen, flagged, attachments }: MessageShape,
  isSent: boolean,
): string {
  const who = isSent ? `to ${short(to, 60)}` : short(from, 60)
  const marks = [
    !seen && 'unread',
    flagged && 'flagged',
    attachments.length > 0 && `attached: ${short(attachments.join(', '), 80)}`,
  ]
  const said = marks.filter((mark) => mark !== false).join('; ')
  return `${id} · ${date.slice(0, 16).replace('T', ' ')} · ${who} · ${short(subject, 120) || '(no subject)'}${said && ` (${said})`}`
}

const short = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`

/** What an answer does not know; undefined where there is nothing to say. */
export function noteOf({ lookedAt, problem, isPartial }: AsOf): string | undefined {
  const notes = [
    problem && `This is as of ${new Date(lookedAt).toISOString()}. ${problem.message}`,
    isPartial && 'Older messages are still being fetched.',
  ]
  return notes.filter(Boolean).join(' ') || undefined
}

export const cursorOf = ({ time, id }: CachedMessage): string =>
  Buffer.from(`${time}:${id}`).toString('base64url')

export const NO_CURSOR = 'This cursor is none that a list gave. Ask again without one.'

/** Throws a ToolError for a cursor that no list gave. */
export function afterOf(cursor: string | undefined): { time: number; id: number } | undefined {
  if (cursor === undefined) return undefined
  const [, time, id] =
    /^(-?\d{1,15}):(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (time === undefined) throw new ToolError(NO_CURSOR, { kind: 'invalid' })
  return { time: Number(time), id: Number(id) }
}

/** Midnight of a day in the time zone of this machine, or that very time. Throws a ToolError. */
export function timeOf(text: string | undefined, name: string, now: number): number | undefined {
  if (text === undefined) return undefined
  const ago = /^(\d{1,4})\s*(d|w|m|y)$/i.exec(text.trim())
  if (ago) return now - Number(ago[1]) * (DAYS[ago[2]?.toLowerCase() ?? ''] ?? 1) * 86_400_000
  const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text.trim()) ? `${text.trim()}T00:00:00` : text)
  if (Number.isNaN(time))
    throw new ToolError(`"${name}" must be a date such as 2026-11-28, or 30d for 30 days ago.`, {
      kind: 'invalid',
    })
  return time
}

const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 }

/** A list as text and as structure. */
export function listReply(
  messages: readonly CachedMessage[],
  {
    limit,
    pathOf,
    isSent = () => false,
    empty,
    note,
  }: {
    limit: number
    pathOf(mailbox: number): string
    isSent?(mailbox: number): boolean
    empty: string
    note: string | undefined
  },
  call: Pick<ToolContext, 'nameOf'>,
) {
  const page = messages.slice(0, limit)
  const shapes = page.map((message) => messageShape(message, pathOf(message.mailbox)))
  const last = page.at(-1)
  const nextCursor = messages.length > limit && last ? cursorOf(last) : undefined
  const lines = shapes.map((shape, i) => told(shape, isSent(page[i]?.mailbox ?? 0)))
  const hint =
    lines.length > 0
      ? `${call.nameOf('get_email')} with a number reads that message.${nextCursor === undefined ? '' : ` There are more: call again with cursor "${nextCursor}".`}`
      : undefined
  return {
    content: [
      { type: 'text' as const, text: [lines.join('\n') || empty, note, hint].filter(Boolean).join('\n\n') },
    ],
    structured: {
      messages: shapes,
      ...(nextCursor !== undefined && { nextCursor }),
      ...(note !== undefined && { note }),
    },
  }
}

import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { wholeIn } from '../../../protocol/values.ts'
import type { Mail } from '../mail.ts'
import type { OutboxMail } from '../sending/outbox-store.ts'
import { withoutFence } from './fence.ts'
import { OutboxOutput, type OutboxShape, outboxShape, STATES } from './sending-shapes.ts'
import { DEFAULT_LIST, NO_CURSOR, Options, PageParameters, READ_ONLY } from './shapes.ts'

const EMPTY = 'Nothing waits to be sent, and nothing was sent from here.'

/** Throws a ToolError for a cursor that no list gave. */
function afterOf(cursor: string | undefined): Pick<OutboxMail, 'id' | 'state'> | undefined {
  if (cursor === undefined) return undefined
  const [named, number = ''] = cursor.split('-')
  const [state, id] = [STATES.find((one) => one === named), wholeIn(number, 1)]
  if (state === undefined || id === undefined) throw new ToolError(NO_CURSOR, { kind: 'invalid' })
  return { state, id }
}

export const listOutbox = defineTool({
  name: 'list_outbox',
  title: 'List Outbox',
  description: 'Lists emails that wait to be sent, and what became of the last ones.',
  capability: 'mail.read',
  input: Type.Object(PageParameters, Options),
  output: Type.Object({
    emails: Type.Array(OutboxOutput),
    nextCursor: Type.Optional(Type.String({ description: 'For more, give this as cursor.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler({ limit = DEFAULT_LIST, cursor }, _call, { sending }: Mail) {
    const found = sending.outbox.list(limit + 1, afterOf(cursor))
    const page = found.slice(0, limit)
    const emails = page.map(outboxShape)
    const last = page.at(-1)
    const nextCursor = found.length > limit && last ? `${last.state}-${last.id}` : undefined
    const lines = [
      emails.map(told).join('\n') || EMPTY,
      nextCursor !== undefined && `There are more: call again with cursor "${nextCursor}".`,
    ]
    return {
      content: [{ type: 'text' as const, text: lines.filter(Boolean).join('\n\n') }],
      structured: { emails, ...(nextCursor !== undefined && { nextCursor }) },
    }
  },
})

export const cancelSend = defineTool({
  name: 'cancel_send',
  title: 'Call Email Back',
  description: 'Calls an email back that has not left yet. Its number is that of the outbox.',
  capability: 'mail.send',
  input: Type.Object({ id: Type.Integer({ minimum: 1 }) }, Options),
  output: OutboxOutput,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async handler({ id }, _call, { sending }: Mail) {
    const mail = await sending.outbox.cancel(id)
    const text = `The email ${id} to ${mail.recipients.join(', ')} is not sent.`
    return { content: [{ type: 'text' as const, text }], structured: outboxShape(mail) }
  },
})

/** Subjects of answers are of those who wrote first, and servers say why they refuse. */
const told = ({ id, state, to, subject, due, problem }: OutboxShape): string =>
  withoutFence(
    `${id} · ${state} · to ${to.slice(0, 3).join(', ')}${to.length > 3 ? ` and ${to.length - 3} more` : ''} · ${subject || '(no subject)'}${due ? ` · ${due}` : ''}${problem ? ` · ${problem}` : ''}`,
  )

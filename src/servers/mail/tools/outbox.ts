import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { OutboxOutput, type OutboxShape, outboxShape } from './sending-shapes.ts'
import { Options, READ_ONLY } from './shapes.ts'

export const listOutbox = defineTool({
  name: 'list_outbox',
  title: 'List Outbox',
  description: 'Lists emails that wait to be sent, and what became of the last ones.',
  capability: 'mail.read',
  input: Type.Object({}, Options),
  output: Type.Object({ emails: Type.Array(OutboxOutput) }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler(_, _call, { sending }: Mail) {
    const emails = sending.outbox.list().map(outboxShape)
    const text = emails.map(told).join('\n') || 'Nothing waits to be sent, and nothing was sent from here.'
    return { content: [{ type: 'text' as const, text }], structured: { emails } }
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

const told = ({ id, state, to, subject, due, problem }: OutboxShape): string =>
  `${id} · ${state} · to ${to.slice(0, 3).join(', ')}${to.length > 3 ? ` and ${to.length - 3} more` : ''} · ${subject || '(no subject)'}${due ? ` · ${due}` : ''}${problem ? ` · ${problem}` : ''}`

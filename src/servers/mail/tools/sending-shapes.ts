/** What the tools that send have in common. */
import type { ToolContext } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { MAX_TEXT_BYTES } from '../sending/compose.ts'
import type { OutboxMail, OutboxState } from '../sending/outbox-store.ts'

export const SENDS = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
}

const Person = Type.String({ minLength: 3, maxLength: 600 })
/** More than may be, so that the error says how many may. */
const MAX_GIVEN = 5000
export const People = (description: string) => Type.Array(Person, { maxItems: MAX_GIVEN, description })
export const Text = Type.String({ maxLength: MAX_TEXT_BYTES, description: 'Plain text.' })
export const Subject = Type.String({ maxLength: 2000 })
/** Each of them stands in what a person is asked. */
export const Files = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: 4000 }), {
    maxItems: 10,
    description: 'Files of the user to attach, by their paths.',
  }),
)

export const STATES: OutboxState[] = ['waiting', 'sending', 'sent', 'failed', 'unknown', 'cancelled']

export const OutboxOutput = Type.Object({
  id: Type.Integer({ description: 'Its number in the outbox.' }),
  state: Type.Enum(STATES),
  account: Type.String(),
  from: Type.String(),
  to: Type.Array(Type.String(), { description: 'All who get it.' }),
  subject: Type.String(),
  due: Type.Optional(Type.String({ description: 'When it leaves, or is tried again.' })),
  problem: Type.Optional(Type.String()),
})

export type OutboxShape = Type.Static<typeof OutboxOutput>

export const outboxShape = (mail: OutboxMail): OutboxShape => ({
  id: mail.id,
  state: mail.state,
  account: mail.account,
  from: mail.sender,
  to: mail.recipients,
  subject: mail.subject,
  ...(mail.state === 'waiting' && { due: new Date(mail.due).toISOString() }),
  ...(mail.problem !== undefined && { problem: mail.problem }),
})

/** What becomes of a mail that was agreed to. */
export function sendingReply(mail: OutboxMail, call: Pick<ToolContext, 'nameOf'>) {
  const text = `The email to ${mail.recipients.join(', ')} leaves at ${new Date(mail.due).toISOString()}. Until then ${call.nameOf('cancel_send')} with id ${mail.id} calls it back; ${call.nameOf('list_outbox')} tells whether it left.`
  return { content: [{ type: 'text' as const, text }], structured: outboxShape(mail) }
}

import { defineV1 } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { recipientsIn } from '../sending/addresses.ts'
import { People, Subject, Text } from '../tools/sending-shapes.ts'
import { AccountId, Options } from './shapes.ts'

/** Also a tool, which has other parameters; v1 clients give one object. */
export const sendEmail = defineV1({
  verb: 'send_email',
  description: 'Sends an email, once a person has agreed to it. It leaves some seconds later.',
  capability: 'mail.send',
  input: Type.Object(
    {
      message: Type.Object(
        {
          account_id: AccountId,
          to: Type.Union([Type.String({ minLength: 3, maxLength: 600 }), People('Each by itself.')]),
          subject: Subject,
          body: Text,
        },
        Options,
      ),
    },
    Options,
  ),
  positional: ['message'],
  result: Type.Object({
    status: Type.String(),
    id: Type.Integer({ description: 'Its number in the outbox.' }),
  }),
  destructive: true,
  asksItself: true,
  stake: ['message'],
  async handler({ message: { account_id: named, to, subject, body } }, call, mail: Mail) {
    const account = mail.accounts.named(named)
    const people = recipientsIn({ to: typeof to === 'string' ? [to] : to, cc: [], bcc: [] })
    const draft = { from: mail.sending.senderOf(account, undefined), ...people, subject, text: body }
    const { id, state } = await mail.sending.send(account, draft, call)
    return { status: state, id }
  },
})

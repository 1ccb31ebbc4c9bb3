import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { recipientsIn } from '../sending/addresses.ts'
import { forwardedText, originalAttachments } from '../sending/forward.ts'
import { addressesOf, forwardedSubject, identityFor, replyTo } from '../sending/reply.ts'
import { Files, OutboxOutput, People, SENDS, sendingReply, Text } from './sending-shapes.ts'
import { Options } from './shapes.ts'

const Id = Type.Integer({
  minimum: 1,
  description: 'The number of the email, as lists and searches give it.',
})

export const replyEmail = defineTool({
  name: 'reply_email',
  title: 'Reply to Email',
  description:
    'Answers an email in its thread, from the address that it was sent to, once a person has agreed. It leaves some seconds later.',
  capability: 'mail.send',
  alsoNeeds: 'mail.read',
  input: Type.Object(
    {
      id: Id,
      text: Text,
      all: Type.Optional(
        Type.Boolean({ default: false, description: 'To all who got it, but for the user.' }),
      ),
      attachments: Files,
    },
    Options,
  ),
  output: OutboxOutput,
  annotations: SENDS,
  asksItself: true,
  stake: ['id', 'attachments', 'text', 'all'],
  untrusted: 'mail',
  async handler({ id, text, all = false, attachments: files }, call, mail: Mail) {
    const { message, account } = mail.located(id)
    const own = mail.accounts.all().flatMap(addressesOf)
    const reply = replyTo(message.header, account, own, { all })
    const origin = { message: id, mark: '\\Answered' as const }
    const draft = { ...reply, bcc: [], text, files, origin }
    return sendingReply(await mail.sending.send(account, draft, call), call)
  },
})

export const forwardEmail = defineTool({
  name: 'forward_email',
  title: 'Forward Email',
  description:
    'Passes an email on with its text, and with its attachments if asked, once a person has agreed. It leaves some seconds later.',
  capability: 'mail.send',
  alsoNeeds: 'mail.read',
  input: Type.Object(
    {
      id: Id,
      to: People('Such as "eva@example.org" or "Eva <eva@example.org>", each by itself.'),
      text: Type.Optional({ ...Text, description: 'What stands before it.' }),
      withAttached: Type.Optional(
        Type.Boolean({ default: false, description: 'With the files that are attached to it.' }),
      ),
      attachments: Files,
    },
    Options,
  ),
  output: OutboxOutput,
  annotations: SENDS,
  asksItself: true,
  stake: ['to', 'id', 'attachments', 'text', 'withAttached'],
  untrusted: 'mail',
  async handler({ id, to, text = '', withAttached = false, attachments: files }, call, mail: Mail) {
    const { message, mailbox, account } = mail.located(id)
    const { header, time } = message
    const people = recipientsIn({ to, cc: [], bcc: [] })
    mail.accounts.mustAllow(account, 'send')
    const draft = {
      from: identityFor(header, account),
      ...people,
      subject: forwardedSubject(header.subject),
      text: forwardedText(text, header, time, (await mail.text(id, call)).text),
      attachments: withAttached
        ? await originalAttachments(
            mail.connections,
            account,
            mailbox,
            message,
            mail.sending.maxAttachedBytes,
            call.signal,
          )
        : [],
      files,
      origin: { message: id, mark: '$Forwarded' as const },
    }
    return sendingReply(await mail.sending.send(account, draft, call), call)
  },
})

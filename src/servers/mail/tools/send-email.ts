import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { recipientsIn } from '../sending/addresses.ts'
import type { Draft } from '../sending/compose.ts'
import { Files, OutboxOutput, People, SENDS, Subject, sendingReply, Text } from './sending-shapes.ts'
import { AccountParameter, Options } from './shapes.ts'

const Written = {
  account: AccountParameter,
  to: Type.Optional(People('Such as "eva@example.org" or "Eva <eva@example.org>", each by itself.')),
  cc: Type.Optional(People('Who else gets it.')),
  bcc: Type.Optional(People('Who gets it without the others knowing.')),
  subject: Subject,
  text: Text,
  from: Type.Optional(
    Type.String({ maxLength: 320, description: 'Another address of the account than its first.' }),
  ),
  attachments: Files,
}

interface Given {
  to?: string[]
  cc?: string[]
  bcc?: string[]
  subject: string
  text: string
  attachments?: string[]
}

const draftOf = (
  { to = [], cc = [], bcc = [], subject, text, attachments: files }: Given,
  from: string,
): Draft => ({
  from,
  ...recipientsIn({ to, cc, bcc }),
  subject,
  text,
  files,
})

export const sendEmail = defineTool({
  name: 'send_email',
  title: 'Send Email',
  description:
    'Sends an email, once a person has agreed to it. {tool:reply_email} answers one. It leaves some seconds later.',
  capability: 'mail.send',
  input: Type.Object(Written, Options),
  output: OutboxOutput,
  annotations: SENDS,
  asksItself: true,
  stake: ['to', 'cc', 'bcc', 'subject', 'attachments', 'text', 'from', 'account'],
  async handler({ account: named, from, ...given }, call, mail: Mail) {
    const account = mail.accounts.named(named)
    const draft = draftOf(given, mail.sending.senderOf(account, from))
    return sendingReply(await mail.sending.send(account, draft, call), call)
  },
})

export const saveDraft = defineTool({
  name: 'save_draft',
  title: 'Save Draft',
  description:
    'Puts an email into the folder of drafts, for the user to finish and send; with files once a person has agreed.',
  capability: 'mail.write',
  input: Type.Object(Written, Options),
  output: Type.Object({ account: Type.String(), subject: Type.String() }),
  annotations: SENDS,
  asksItself: true,
  stake: ['attachments', 'account'],
  async handler({ account: named, from, ...given }, call, mail: Mail) {
    const account = mail.accounts.named(named)
    const draft = draftOf(given, mail.sending.senderOf(account, from))
    await mail.sending.saveDraft(account, draft, call)
    return {
      content: [{ type: 'text' as const, text: `It lies in the drafts of ${account.email}.` }],
      structured: { account: account.id, subject: draft.subject },
    }
  },
})

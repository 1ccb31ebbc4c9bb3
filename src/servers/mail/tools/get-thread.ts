import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { ListOutput, listReply, MAX_LIST, Options, READ_ONLY } from './shapes.ts'

export const getThread = defineTool({
  name: 'get_thread',
  title: 'Get Thread',
  description:
    'Lists the emails of a conversation, the oldest first, across folders, with those that the user sent.',
  capability: 'mail.read',
  input: Type.Object(
    { id: Type.Integer({ minimum: 1, description: 'The number of any of them.' }) },
    Options,
  ),
  output: ListOutput,
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler({ id }, call, mail: Mail) {
    const { account } = mail.located(id)
    const paths = new Map(mail.cache.mailboxes(account.id).map((one) => [one.id, one]))
    const unknown = [...paths.values()].some(({ lookedAt, role }) => role === 'sent' && lookedAt === 0)
    return listReply(
      mail.conversation(id),
      {
        limit: MAX_LIST,
        pathOf: (mailbox) => paths.get(mailbox)?.path ?? '',
        isSent: (mailbox) => paths.get(mailbox)?.role === 'sent',
        empty: 'There is nothing in it.',
        note: unknown
          ? `What the user sent was not looked at yet: ${call.nameOf('list_emails')} with mailbox "sent" does.`
          : undefined,
      },
      call,
    )
  },
})

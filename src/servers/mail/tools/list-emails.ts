import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import {
  AccountParameter,
  afterOf,
  DEFAULT_LIST,
  ListOutput,
  listReply,
  MailboxParameter,
  noteOf,
  Options,
  PageParameters,
  READ_ONLY,
} from './shapes.ts'

export const listEmails = defineTool({
  name: 'list_emails',
  title: 'List Emails',
  description: 'Lists the newest emails of a folder, of the inbox if none is named.',
  capability: 'mail.read',
  input: Type.Object(
    {
      account: AccountParameter,
      mailbox: MailboxParameter,
      unread: Type.Optional(Type.Boolean({ description: 'Only those that are not read yet.' })),
      fresh: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Asks the server now; else it may be some minutes old.',
        }),
      ),
      ...PageParameters,
    },
    Options,
  ),
  output: ListOutput,
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler(
    { account: named, mailbox: folder, unread, fresh, limit = DEFAULT_LIST, cursor },
    call,
    mail: Mail,
  ) {
    const after = afterOf(cursor)
    const account = mail.accounts.named(named)
    const mailbox = await mail.mailbox(account, folder, call)
    const asOf = await mail.refresh(account, mailbox, call, { isFresh: fresh === true })
    const messages = mail.find({
      mailboxes: [mailbox.id],
      ...(unread === true && { isSeen: false }),
      after,
      limit: limit + 1,
    })
    return listReply(
      messages,
      {
        limit,
        pathOf: () => mailbox.path,
        isSent: () => mailbox.role === 'sent' || mailbox.role === 'drafts',
        empty: after ? 'There are no more.' : unread ? 'There is nothing unread.' : 'There is nothing in it.',
        note: noteOf(asOf),
      },
      call,
    )
  },
})

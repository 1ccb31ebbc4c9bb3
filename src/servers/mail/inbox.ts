/** The inbox of an account as a resource, which tells when it changes. */
import type { ResourceDefinition } from '../../protocol/define.ts'
import type { Mail } from './mail.ts'
import { inboxUri } from './mailboxes.ts'
import { messageShape, told } from './tools/shapes.ts'

const NEWEST = 10

export const inbox: ResourceDefinition<Mail> = {
  uri: inboxUri('{account}'),
  name: 'inbox',
  title: 'Inbox',
  description: `The newest ${NEWEST} emails in the inbox of an account, one a line. Who subscribes is told when it changes.`,
  capability: 'mail.read',
  untrusted: 'mail',
  complete: async (_, value, mail) =>
    mail.accounts
      .all()
      .map(({ id }) => id)
      .filter((id) => id.startsWith(value)),
  async read(uri, { account: named = '' }, call, mail) {
    const account = mail.accounts.all().find(({ id }) => id === named)
    if (!account) return undefined
    const mailbox = await mail.mailbox(account, 'inbox', call)
    await mail.refresh(account, mailbox, call)
    mail.watch(account)
    const messages = mail.find({ mailboxes: [mailbox.id], limit: NEWEST })
    const lines = messages.map((message) => told(messageShape(message, mailbox.path), false))
    return [{ uri, mimeType: 'text/plain', text: lines.join('\n') }]
  },
}

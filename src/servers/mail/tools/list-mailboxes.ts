import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { AccountParameter, Options, READ_ONLY } from './shapes.ts'

export const listMailboxes = defineTool({
  name: 'list_mailboxes',
  title: 'List Mail Folders',
  description: 'Lists the folders of an account, with what they are for.',
  capability: 'mail.read',
  input: Type.Object({ account: AccountParameter }, Options),
  output: Type.Object({
    account: Type.String(),
    mailboxes: Type.Array(
      Type.Object({
        path: Type.String(),
        role: Type.Optional(Type.String({ description: 'Such as inbox, sent or trash.' })),
        canOpen: Type.Boolean({ description: 'False where it holds folders alone.' }),
      }),
    ),
    note: Type.Optional(Type.String()),
  }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler({ account: named }, call, mail: Mail) {
    const account = mail.accounts.named(named)
    const { mailboxes, problem } = await mail.mailboxes(account, call)
    const all = mailboxes.map(({ path, role, canOpen }) => ({ path, ...(role && { role }), canOpen }))
    const lines = all.map(({ path, role }) => (role ? `${path} (${role})` : path))
    const note = problem && `The folders as they were known. ${problem.message}`
    return {
      content: [{ type: 'text' as const, text: [lines.join('\n'), note].filter(Boolean).join('\n\n') }],
      structured: { account: account.id, mailboxes: all, ...(note !== undefined && { note }) },
    }
  },
})

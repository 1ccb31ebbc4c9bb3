import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { Allowed } from '../accounts/allowed.ts'
import type { Mail } from '../mail.ts'
import { Options, READ_ONLY } from './shapes.ts'

export const listAccounts = defineTool({
  name: 'list_accounts',
  title: 'List Mail Accounts',
  description:
    'Lists the mail accounts of the user. With one account, the other tools need not be told which.',
  capability: 'mail.read',
  input: Type.Object({}, Options),
  output: Type.Object({
    accounts: Type.Array(
      Type.Object({
        id: Type.String(),
        email: Type.String(),
        host: Type.String({ description: 'Where its mail lies.' }),
        allowed: Allowed,
        ownSmtpPassword: Type.Optional(
          Type.Boolean({ description: 'Whether it is sent with another password.' }),
        ),
        oauth: Type.Optional(Type.String({ description: 'Who its owner signs in at, without a password.' })),
      }),
    ),
  }),
  annotations: READ_ONLY,
  async handler(_, _call, { accounts }: Mail) {
    const all = accounts.all().map(({ id, email, imap: { host }, oauth, ownSmtpPassword }) => ({
      id,
      email,
      host,
      allowed: accounts.allowed(id),
      ...(ownSmtpPassword !== undefined && { ownSmtpPassword }),
      ...(oauth !== undefined && { oauth }),
    }))
    const text =
      all.map(({ id, email, host, allowed }) => `${id}: ${email} at ${host} (${MAY[allowed]})`).join('\n') ||
      'There is no account yet. Its owner adds one with "luca mail add ADDRESS".'
    return { content: [{ type: 'text' as const, text }], structured: { accounts: all } }
  },
})

const MAY: Readonly<Record<Allowed, string>> = {
  read: 'read only',
  write: 'may be changed, not sent from',
  send: 'may be changed and sent from',
}

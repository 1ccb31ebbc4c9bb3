import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { idOf, ServerAddress } from '../accounts/account.ts'
import { settingsFor } from '../accounts/providers.ts'
import type { Mail } from '../mail.ts'
import { ACCOUNTS_CAPABILITY, Email } from './accounts.ts'
import { Options } from './shapes.ts'

export const lookupSettings = defineTool({
  name: 'lookup_settings',
  title: 'Look Up Mail Settings',
  description: 'Looks up where the mail of an address lies: of large providers, or by what its domain says.',
  capability: ACCOUNTS_CAPABILITY,
  input: Type.Object({ email: Email }, Options),
  output: Type.Object({
    account: Type.String(),
    imap: ServerAddress,
    smtp: Type.Optional(ServerAddress),
    from: Type.Enum(['provider', 'domain', 'guess'], { description: 'A guess has to be tried.' }),
    advice: Type.Optional(Type.String({ description: 'What its owner has to do there first.' })),
    oauth: Type.Optional(Type.String({ description: 'Who people sign in at there, without a password.' })),
  }),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  async handler({ email }, call, mail: Mail) {
    if (!/^[^\s@]+@[^\s@]+$/.test(email))
      throw new ToolError('This is no address of mail.', { kind: 'invalid' })
    const { imap, smtp, from, advice, oauth } = await settingsFor(email, (name) =>
      mail.servicesOf(name, call.signal),
    )
    return {
      structured: {
        account: idOf(email),
        imap,
        ...(smtp && { smtp }),
        from,
        ...(advice !== undefined && { advice }),
        ...(oauth !== undefined && { oauth }),
      },
    }
  },
})

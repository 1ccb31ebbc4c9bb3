import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { Allowed, includes } from '../accounts/allowed.ts'
import type { Mail } from '../mail.ts'
import { ACCOUNTS_CAPABILITY } from './accounts.ts'
import { Options } from './shapes.ts'

export const allowAccount = defineTool({
  name: 'allow_account',
  title: 'Allow Mail Account',
  description:
    'Sets what may be done with the mail of an account. A new one is read alone. To allow more asks its owner.',
  capability: ACCOUNTS_CAPABILITY,
  input: Type.Object({ account: Type.String({ maxLength: 320 }), allowed: Allowed }, Options),
  output: Type.Object({ account: Type.String(), email: Type.String(), allowed: Allowed }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  asksItself: true,
  stake: ['account', 'allowed'],
  async handler({ account: named, allowed }, call, { accounts }: Mail) {
    const { id, email } = accounts.named(named)
    const before = accounts.allowed(id)
    if (!includes(before, allowed)) call.consent(`${WOULD[allowed]} ${email} from now on`, `${id} ${before}`)
    await accounts.allow(id, allowed)
    return { structured: { account: id, email, allowed } }
  },
})

const WOULD: Readonly<Record<Allowed, string>> = {
  read: 'let tools read the mail of',
  write: 'let tools mark, move and delete the mail of',
  send: 'let tools change the mail of, and send as,',
}

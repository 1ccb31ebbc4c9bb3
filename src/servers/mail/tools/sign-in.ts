/** Signing in to accounts that have no password, as their owner does with `luca mail add --oauth`. */
import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { Account, PROVIDER_NAME } from '../accounts/account.ts'
import type { Mail } from '../mail.ts'
import { ACCOUNTS_CAPABILITY } from './accounts.ts'
import { Options } from './shapes.ts'

/** How long one call waits; its caller asks again. */
const AT_MOST_MS = 60_000

const annotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: true,
}

export const beginSignIn = defineTool({
  name: 'begin_sign_in',
  title: 'Begin Signing In to Mail',
  description:
    'Asks a provider for a code, which the owner of the account types in at the address that comes with it.',
  capability: ACCOUNTS_CAPABILITY,
  input: Type.Object(
    {
      account: Account.properties.id,
      provider: Type.String({
        pattern: PROVIDER_NAME,
        description: 'google, microsoft, or one that mail.yaml names.',
      }),
    },
    Options,
  ),
  output: Type.Object({
    address: Type.String(),
    code: Type.String(),
    minutes: Type.Integer({ description: 'How long the code can be used.' }),
  }),
  annotations,
  untrusted: 'web',
  async handler({ account, provider }, call, { signIns }: Mail) {
    const { address, userCode, lifetimeMs } = await signIns.begin(account, provider, call.signal)
    return { structured: { address, code: userCode, minutes: Math.ceil(lifetimeMs / 60_000) } }
  },
})

export const finishSignIn = defineTool({
  name: 'finish_sign_in',
  title: 'Finish Signing In to Mail',
  description:
    'Waits up to a minute until the owner has typed in the code, and keeps what that gives. Call it again as long as nobody has.',
  capability: ACCOUNTS_CAPABILITY,
  input: Type.Object({ account: Account.properties.id }, Options),
  output: Type.Object({ isSignedIn: Type.Boolean() }),
  annotations,
  async handler({ account }, call, { signIns }: Mail) {
    const isSignedIn = await signIns.finish(account, { atMostMs: AT_MOST_MS, signal: call.signal })
    return { structured: { isSignedIn } }
  },
})

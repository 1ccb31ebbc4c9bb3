/** Signing in in a browser, for accounts without a password. Tokens stay in the server of mail; here is what seals them. */
import type { Context } from '../../command/command.ts'
import { inLine, writeLine } from '../../command/output.ts'
import { askCode, askSignedIn } from './ask.ts'

/** The secret of an account that is signed in to. */
export async function newKey(): Promise<string> {
  const { randomBytes } = await import('node:crypto')
  return randomBytes(32).toString('base64url')
}

/** Shows the code, and waits until it was typed in. Rejects with a CliError where that comes to nothing. */
export async function signIn(context: Context, account: string, provider: string): Promise<void> {
  const { address, code, minutes } = (await askCode(context, account, provider)).value
  writeLine(
    context.io.stderr,
    `Open ${inLine(address)} in a browser, and type in ${inLine(code)} within ${minutes} minutes.`,
  )
  while (!(await askSignedIn(context, account)).value);
}

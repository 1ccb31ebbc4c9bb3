/** The secrets of accounts of mail. */
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import { ownInstance } from '../../command/installation.ts'
import { secretsOf } from '../../command/secrets.ts'
import { keySecretOf, smtpSecretOf } from '../../contracts/mail-secrets.ts'

export const keepSecret = (context: Context, input: Input, name: string, secret: string): Promise<unknown> =>
  secretsOf(context).set(secretNamed(input, name), secret)

/** One that was never given needs no removing. */
export const removeSecret = (context: Context, input: Input, name: string): Promise<unknown> =>
  secretsOf(context)
    .remove(secretNamed(input, name))
    .catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error
    })

/** All that an account has. */
export const removeSecrets = async (context: Context, input: Input, account: string): Promise<void> => {
  for (const name of [account, keySecretOf(account), smtpSecretOf(account)])
    await removeSecret(context, input, name)
}

const secretNamed = (input: Input, name: string) => ({
  server: 'mail',
  user: input.text('user') ?? ownInstance(),
  name,
})

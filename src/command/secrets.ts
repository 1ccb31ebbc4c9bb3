/**
 * Where secrets are kept: by the root helper in the image, sealed for that machine, and without it in a folder of the state
 * that its owner alone can read.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ADMIN_SOCKET, ADMIN_VERBS } from '../contracts/admin-helper.ts'
import type { SecretChanged } from '../contracts/admin-results.ts'
import { type SecretInfo, secretFile, secretOfFile } from '../contracts/secret-files.ts'
import { writeFileAtomic } from '../host/write-file-atomic.ts'
import { askHelper } from './admin-helper.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'
import { credentialStoreIn, gatewaySocketIn, ownInstance, placedCredentialsIn } from './installation.ts'

export interface Secrets {
  set(secret: SecretInfo, value: string): Promise<SecretChanged>
  list(): Promise<SecretInfo[]>
  remove(secret: SecretInfo): Promise<SecretChanged>
  /** When a server that runs sees a change which it could not be restarted for. */
  readonly hint: string
}

/** The helper's, where there is one; else those of the `luca up` whose gateway is asked. */
export function secretsOf(context: Context): Secrets {
  const { env } = context.io
  const state = dirname(dirname(dirname(context.gatewaySocket)))
  const isOfLucaUp = gatewaySocketIn(state) === context.gatewaySocket && existsSync(state)
  return env.LLMBDO_ADMIN_SOCKET || existsSync(ADMIN_SOCKET) || !isOfLucaUp
    ? helpersSecrets(context)
    : secretsIn(credentialStoreIn(state), placedCredentialsIn(state))
}

const helpersSecrets = (context: Context): Secrets => {
  const params = ({ user, ...secret }: SecretInfo) => ({ ...secret, ...(user === null ? {} : { user }) })
  return {
    hint: 'The server could not be restarted; "luca unit list" shows its state.',
    set: (secret, value) =>
      askHelper(context, 'secret/set', { ...params(secret), value }, `keeping ${secret.name}`),
    list: async () => (await askHelper(context, 'secret/list', {}, 'asking for the secrets')).secrets,
    remove: (secret) => askHelper(context, 'secret/remove', params(secret), `removing ${secret.name}`),
  }
}

/** `placed` is where `luca up` has put what running services were given, in a folder for each. */
export const secretsIn = (folder: string, placed: string): Secrets => ({
  hint: 'A running server sees the change at its next start; an unused one ends after a minute.',
  async set(secret, value) {
    check('server', secret.server)
    check('name', secret.name)
    check('value', value)
    // In a container one may be root, or have no name.
    if (secret.user !== null && secret.user !== ownInstance()) check('user', secret.user)
    const file = secretFile(secret)
    writeFileAtomic(join(folder, file), value, 0o600)
    const own = placedFor(secret, placed)
    // Servers read it anew each time.
    if (own) writeFileAtomic(join(own, file), value, 0o400)
    return { restarted: own !== undefined }
  },
  list: async () =>
    existsSync(folder)
      ? readdirSync(folder)
          .sort()
          .flatMap((file) => secretOfFile(file) ?? [])
      : [],
  async remove(secret) {
    const path = join(folder, secretFile(secret))
    if (secretOfFile(secretFile(secret)) === undefined || !existsSync(path))
      throw new CliError('failed', 'There is no such secret; "luca secret list" lists them.')
    rmSync(path)
    const own = placedFor(secret, placed)
    if (own) rmSync(join(own, secretFile(secret)), { force: true })
    return { restarted: own !== undefined }
  },
})

/** Where the unit that a secret is for has what it was given. Undefined where it never ran: it is given all when it starts. */
function placedFor({ server, user }: SecretInfo, placed: string): string | undefined {
  const unit = user === null ? `mcp-${server}.service` : `mcp-${server}@${user}.service`
  const own = join(placed, unit)
  return existsSync(own) ? own : undefined
}

/** By the rules of the helper's verb. */
function check(key: keyof (typeof ADMIN_VERBS)['secret/set']['params'], value: string): void {
  const rule = ADMIN_VERBS['secret/set'].params[key]
  if (!rule.fits(value)) throw new CliError('failed', `"${key}" must be ${rule.allowed}.`)
}

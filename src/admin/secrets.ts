/**
 * Secrets, as systemd's encrypted credentials: only the service that they are for is given them in clear. At boot
 * /run/credstore.encrypted is linked to their folder.
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import type { SecretChanged } from '../contracts/admin-results.ts'
import { type SecretInfo, secretFile, secretOfFile } from '../contracts/secret-files.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Caller } from './caller.ts'
import { kindAt, removeFile, replaceFile } from './files.ts'
import type { Machine } from './machine.ts'
import { RunFailed } from './run.ts'
import { noneIfMissing, readUser } from './userdb.ts'

const SYSTEMD_CREDS = '/usr/bin/systemd-creds'
const folderOf = ({ state }: Machine) => join(state, 'credstore.encrypted')
const pathOf = (machine: Machine, secret: SecretInfo) => join(folderOf(machine), secretFile(secret))

export async function setSecret(
  { server, user: whose, name, value }: ParamsOf<'secret/set'>,
  machine: Machine,
): Promise<ResultOf<'secret/set'>> {
  const user = whose ?? null
  if (user !== null && !(await readUser(machine, user)))
    throw new RpcError('INVALID_PARAMS', `There is no user "${user}".`)
  await keepSecret(machine, { server, user, name }, value)
  return restart(machine, server, user)
}

/** Names of secrets: all of them for who may do all, else the caller's own. */
export async function listSecrets(
  _: ParamsOf<'secret/list'>,
  machine: Machine,
  caller: Caller,
): Promise<ResultOf<'secret/list'>> {
  const secrets = await allSecrets(machine)
  return { secrets: caller.mayAll ? secrets : secrets.filter(({ user }) => user === caller.name) }
}

export async function removeSecret(
  { server, user: whose, name }: ParamsOf<'secret/remove'>,
  machine: Machine,
): Promise<ResultOf<'secret/remove'>> {
  const user = whose ?? null
  const secret = { server, user, name }
  if (!(await hasSecret(machine, secret)))
    throw new RpcError('INVALID_PARAMS', 'There is no such secret; secret/list lists them.')
  await removeFile(pathOf(machine, secret))
  return restart(machine, server, user)
}

/** Removes what a user's servers were given. */
export async function removeSecretsOf(machine: Machine, name: string): Promise<void> {
  for (const secret of await allSecrets(machine))
    if (secret.user === name) await removeFile(pathOf(machine, secret))
}

/** Removes what all users gave one server. */
export async function removeSecretsOfServer(machine: Machine, server: string): Promise<void> {
  for (const secret of await allSecrets(machine))
    if (secret.server === server && secret.user !== null) await removeFile(pathOf(machine, secret))
}

/** Seals a value and keeps it in the place of the earlier one. */
export async function keepSecret(machine: Machine, secret: SecretInfo, value: string): Promise<void> {
  const sealed = await seal(machine, secretFile(secret), value)
  await mkdir(folderOf(machine), { recursive: true, mode: 0o700 })
  await replaceFile(pathOf(machine, secret), sealed, 0o600)
}

export const hasSecret = async (machine: Machine, secret: SecretInfo): Promise<boolean> =>
  (await kindAt(pathOf(machine, secret))) !== undefined

/** What a value becomes on the disk: readable on this machine alone, and under this name alone. */
export const seal = (machine: Machine, name: string, value: string): Promise<string> =>
  machine.run(
    SYSTEMD_CREDS,
    ['encrypt', `--name=${name}`, `--with-key=${machine.hasTpm() ? 'auto' : 'host'}`, '-', '-'],
    { input: value },
  )

/** The opposite of `seal`, from a file. */
export const unseal = (machine: Machine, name: string, path: string): Promise<string> =>
  machine.run(SYSTEMD_CREDS, ['decrypt', `--name=${name}`, '--', path, '-'])

/** Restarts a service that was given a secret when it started, if it runs. The change holds in any case. */
export async function restart(machine: Machine, server: string, user: string | null): Promise<SecretChanged> {
  // What is the whole machine's may be a part of the appliance, or a server.
  const units = user === null ? [`llmbasedos-${server}`, `mcp-${server}`] : [`mcp-${server}@${user}`]
  for (const unit of units) {
    try {
      await machine.run('/usr/bin/systemctl', ['try-restart', '--', `${unit}.service`])
      return { restarted: true }
    } catch (error) {
      if (!(error instanceof RunFailed)) throw error
    }
  }
  return { restarted: false }
}

async function allSecrets(machine: Machine): Promise<SecretInfo[]> {
  const names = await readdir(folderOf(machine)).catch(noneIfMissing)
  return names.sort().flatMap((file) => secretOfFile(file) ?? [])
}

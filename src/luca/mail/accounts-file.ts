/**
 * `mail_accounts.yaml`, as earlier versions of llmbasedos had it: accounts by their names under `accounts`, or at the root. Each has `host`,
 * `port`, `user`, `password`, `ssl`, `starttls`, `email` and `auth_type`, and `smtp_host` and the like where it is sent by; `pin` and `smtp_pin` are ours.
 */

import { CliError } from '../../command/cli-error.ts'
import { readYaml } from '../../host/config/yaml.ts'
import { isRecord, isWhole, textIn, wholeIn } from '../../protocol/values.ts'

export interface FileAccount {
  /** As the file calls it, and where it stands there. */
  name: string
  place: string
  id: string
  email: string
  host: string
  port: number
  security: 'tls' | 'starttls'
  user: string
  password: string
  pin: string | undefined
  /** Where it is sent by; undefined where the file does not say. */
  smtp: Sending | undefined
  /** What it is sent with, where that is another password. */
  smtpPassword: string | undefined
}

export type Sending = Pick<FileAccount, 'host' | 'port' | 'security' | 'user'> & { pin?: string }

/** An account that can't be used, and why. */
export interface BadAccount {
  name: string
  place: string
  why: string
}

export interface AccountsFile {
  /** All that stands in it. */
  value: unknown
  accounts: (FileAccount | BadAccount)[]
}

/** As many as a user may have. */
const MOST = 50
/** As the server of mail has names of accounts. */
const MAX_NAME = 56

/** Throws a CliError, or a ConfigError that names the line. */
export async function readAccounts(path: string): Promise<AccountsFile> {
  const file = await readYaml(path)
  if (!file) throw new CliError('usage', `There is no file ${path}.`)
  const { value } = file
  const all = accountsIn(value)
  if (!all || Object.keys(all).length === 0)
    throw new CliError(
      'failed',
      `${path}: there are no accounts in it. Each stands by its name, with host, user and password, under "accounts" or at the root.`,
    )
  const entries = Object.entries(all)
  if (entries.length > MOST)
    throw new CliError('failed', `${path}: there are ${entries.length} accounts, and ${MOST} are the most.`)
  const accounts = entries.map(([name, settings]) => {
    const place = file.place(pathOf(value, name))
    try {
      return { name, place, ...accountIn(name, settings) }
    } catch (error) {
      if (!(error instanceof Unfit)) throw error
      return { name, place, why: error.message }
    }
  })
  return { value, accounts: accounts.map((one) => uniqueAmong(accounts, one)) }
}

const ACCOUNTS = 'accounts'

/** What stands for each account, by its name, in both layouts; undefined where there is nothing of the kind. */
export function accountsIn(value: unknown): Record<string, unknown> | undefined {
  const all = isRecord(value) && ACCOUNTS in value ? value[ACCOUNTS] : value
  return isRecord(all) ? all : undefined
}

/** Where an account stands in it. */
export const pathOf = (value: unknown, name: string): string[] =>
  isRecord(value) && ACCOUNTS in value ? [ACCOUNTS, name] : [name]

export const isBad = (one: FileAccount | BadAccount): one is BadAccount => 'why' in one

/** Why an account can't be used, as the end of a sentence about it. */
class Unfit extends Error {}

function uniqueAmong(
  all: readonly (FileAccount | BadAccount)[],
  one: FileAccount | BadAccount,
): FileAccount | BadAccount {
  if (isBad(one)) return one
  const first = all.find((other) => !isBad(other) && other.id === one.id)
  if (first === one) return one
  const { name, place, id } = one
  return { name, place, why: `it would be called ${id}, as another of this file is; give it another name` }
}

function accountIn(name: string, settings: unknown): Omit<FileAccount, 'name' | 'place'> {
  if (!isRecord(settings))
    throw new Unfit('it has to be a list of settings, such as "host: imap.example.org"')
  const auth = text(settings, 'auth_type')?.toLowerCase()
  if (auth !== undefined && auth !== 'password' && auth !== 'login' && auth !== 'plain')
    throw new Unfit('it signs in otherwise than by a password; add it with "luca mail add ADDRESS --oauth"')
  const user = needed(settings, 'user')
  const email = text(settings, 'email') ?? [user, name].find((one) => /^[^\s@]+@[^\s@]+$/.test(one))
  if (email === undefined) throw new Unfit('it has no "email", and "user" is no address')
  const isStarttls = flag(settings, 'starttls') ?? flag(settings, 'ssl') === false
  const host = needed(settings, 'host')
  const password = needed(settings, 'password')
  const pin = text(settings, 'pin')
  const smtp = sendingIn(settings, user, { host, pin })
  const smtpPassword = text(settings, 'smtp_password')
  return {
    id: idOf(name),
    email,
    host,
    port: port(settings) ?? (isStarttls ? 143 : 993),
    // What is not encrypted from the start is encrypted before anything is said.
    security: isStarttls ? 'starttls' : 'tls',
    user,
    password,
    pin,
    smtp,
    smtpPassword: smtp && smtpPassword !== password ? smtpPassword : undefined,
  }
}

function sendingIn(
  settings: Record<string, unknown>,
  user: string,
  imap: Pick<FileAccount, 'host' | 'pin'>,
): Sending | undefined {
  const host = text(settings, 'smtp_host')
  if (host === undefined) return undefined
  const pin = text(settings, 'smtp_pin') ?? (host === imap.host ? imap.pin : undefined)
  const asked = port(settings, 'smtp_port')
  // 465 alone is for TLS from the start (RFC 8314, section 3.3).
  const isStarttls = flag(settings, 'smtp_starttls') ?? (asked !== undefined && asked !== 465)
  return {
    host,
    port: asked ?? (isStarttls ? 587 : 465),
    security: isStarttls ? 'starttls' : 'tls',
    user: text(settings, 'smtp_user') ?? user,
    ...(pin !== undefined && { pin }),
  }
}

const idOf = (name: string): string => {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, MAX_NAME)
  if (id === '') throw new Unfit('its name has no letter or digit; give it another name')
  return id
}

function text(settings: Record<string, unknown>, key: string): string | undefined {
  const value = settings[key]
  if (value === undefined || value === null || value === '') return undefined
  const found = textIn(value)
  // What YAML took for a number is not what was written any more.
  if (found === undefined) throw new Unfit(`its "${key}" is no text; put it in quotes`)
  return found
}

function needed(settings: Record<string, unknown>, key: string): string {
  const found = text(settings, key)
  if (found === undefined) throw new Unfit(`it has no "${key}"`)
  return found
}

function flag(settings: Record<string, unknown>, key: string): boolean | undefined {
  const value = settings[key]
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined
  throw new Unfit(`its "${key}" must be true or false`)
}

function port(settings: Record<string, unknown>, key = 'port'): number | undefined {
  const value = settings[key]
  if (value === undefined || value === null) return undefined
  const found = typeof value === 'string' ? wholeIn(value) : value
  if (!isWhole(found, 1, 65535)) throw new Unfit(`its "${key}" must be a number from 1 to 65535`)
  return found
}

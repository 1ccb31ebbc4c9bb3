/** What the parameters of the root helper's verbs may be (admin-helper.ts). */
import { isIP } from 'node:net'
import { SERVER_NAME } from '../protocol/names.ts'
import { isRecord, isWhole } from '../protocol/values.ts'
import type { LaunchSpec } from './third-party.ts'

/** What a parameter's value may be. */
export interface Rule<T> {
  /** What is allowed, as the end of a sentence that begins with "must be". */
  allowed: string
  fits(value: unknown): value is T
  optional?: true
  /** Never logged, not even its length. */
  secret?: true
}
const RESERVED_USERS: ReadonlySet<string> = new Set([
  'root',
  'nobody',
  'mcp',
  'gateway',
  'admin',
  'llmbasedos',
])
const CONTROL = /\p{Cc}/u
const MAX_SECRET_BYTES = 64 * 1024
/** crypt(3) takes no more. */
const MAX_PASSWORD_BYTES = 511
const MAX_HOST_NAME = 64
/** What browsers take of a server's certificate, in days. */
export const MAX_CERTIFICATE_DAYS = 397

/**
 * Whether a user may have that name. It is short, since a server of theirs runs as mcp-<server>-<user>, and Linux takes 31
 * characters. A name that ends like a socket's would stand in the way of one in /run/mcp.
 */
export const isUserName = (name: string): boolean =>
  /^(?!mcp-)[a-z]([a-z0-9-]{0,13}[a-z0-9])?$/.test(name) &&
  !RESERVED_USERS.has(name) &&
  !name.endsWith('sock')

/** Whether a machine may have that name: labels as RFC 1123 has them, joined by dots. */
export const isHostName = (name: string): boolean =>
  name.length <= MAX_HOST_NAME &&
  name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))

/** Whether a line is one of authorized_keys(5), without options: such a key allows a login and nothing else. */
export const isSshKey = (line: string): boolean =>
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]{40,3000}={0,2}(?: \P{Cc}{0,200})?$/u.test(
    line,
  )

const bytesOf = (text: string) => new TextEncoder().encode(text).length

const text = (allowed: string, ok: (text: string) => boolean): Rule<string> => ({
  allowed,
  fits: (value): value is string => typeof value === 'string' && ok(value),
})
export const whole = (allowed: string, min: number, max: number): Rule<number> => ({
  allowed,
  fits: (value): value is number => isWhole(value, min, max),
})
export const listOf = <T>(rule: Rule<T>, most: number): Rule<T[]> => ({
  allowed: `a list of at most ${most} items, each ${rule.allowed}`,
  fits: (value): value is T[] => Array.isArray(value) && value.length <= most && value.every(rule.fits),
})
export const orNull = <T>(rule: Rule<T>): Rule<T | null> => ({
  ...rule,
  allowed: `${rule.allowed}, or null`,
  fits: (value): value is T | null => value === null || rule.fits(value),
})
export const optional = <T>(rule: Rule<T>) => ({ ...rule, optional: true as const })
const secret = <T>(rule: Rule<T>) => ({ ...rule, secret: true as const })

export const userName = text(
  'a name of 1 to 15 lower-case letters, digits and "-" that begins with a letter, not with "mcp-", and does not end with "-" or' +
    ` "sock"; ${[...RESERVED_USERS].join(', ')} are taken`,
  isUserName,
)
export const realName = text(
  'a text of 1 to 128 characters without ":" and control characters',
  (name) => name.length > 0 && name.length <= 128 && !CONTROL.test(name) && !name.includes(':'),
)
export const password = secret(
  text(
    `a text of 8 to 256 characters, ${MAX_PASSWORD_BYTES} bytes at most, without control characters`,
    (word) =>
      word.length >= 8 &&
      word.length <= 256 &&
      bytesOf(word) <= MAX_PASSWORD_BYTES &&
      word.isWellFormed() &&
      !CONTROL.test(word),
  ),
)
export const quota = whole('a whole number of bytes, 1 MiB or more', 1024 ** 2, 1024 ** 5)
export const server = text('the name of a server: lower-case letters, digits and "-", 24 at most', (name) =>
  SERVER_NAME.test(name),
)
export const secretName = text(
  'a name of 1 to 64 letters, digits, "_" and "-" that begins with a letter or digit',
  (name) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name),
)
export const secretValue = secret(
  text(
    'a text of 1 byte to 64 KiB',
    (value) => value.length > 0 && bytesOf(value) <= MAX_SECRET_BYTES && value.isWellFormed(),
  ),
)
const MAX_CONFIGURATION_BYTES = 256 * 1024
export const configurationText = text(
  'a text of at most 256 KiB',
  (yaml) => bytesOf(yaml) <= MAX_CONFIGURATION_BYTES && yaml.isWellFormed(),
)
export const sshKey = text(
  'one public key of SSH without options, as the file ~/.ssh/id_ed25519.pub holds it',
  isSshKey,
)
export const fingerprint = text('a fingerprint such as "SHA256:…"', (print) =>
  /^SHA256:[A-Za-z0-9+/]{43}$/.test(print),
)
export const hostName = text(
  `a host name: letters, digits and "-", in labels of at most 63 joined by dots, ${MAX_HOST_NAME} characters in all`,
  isHostName,
)
export const address = text(
  'a host name or an IP address',
  (name) => isHostName(name) || (isIP(name) > 0 && !name.includes('%')),
)
export const unit = text(
  'a service of this system, such as "mcp-fs@owner.service"; unit/status lists them',
  (name) => /^(llmbasedos|mcp)-[A-Za-z0-9@_.-]{1,200}\.service$/.test(name),
)
export const oneOf = <T extends string>(...words: T[]): Rule<T> => ({
  allowed: words.map((word) => `"${word}"`).join(' or '),
  fits: (value): value is T => words.some((word) => word === value),
})
export const yesOrNo: Rule<boolean> = {
  allowed: 'true or false',
  fits: (value): value is boolean => typeof value === 'boolean',
}
/** Where the machine stands, and the rules of it. */
export interface Locality {
  /** The keys of its keyboard, by the name that loadkeys(1) knows. */
  keyboard: string
  /** As the tz database names it. */
  timezone: string
  /** Of dates, numbers and orders: a language and a country, or "C". */
  language: string
}
export const LOCALITY = {
  keyboard: text('the name of a keyboard, such as "de"', (name) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(name),
  ),
  timezone: text(
    'a time zone, such as "Europe/Berlin"',
    (name) => name.length <= 64 && /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(name),
  ),
  language: text('a language and its country, such as "de_DE", or "C"', (name) =>
    /^(C|[a-z]{2,3}_[A-Z]{2})$/.test(name),
  ),
} satisfies { [part in keyof Locality]: Rule<string> }
export const wifiName = text(
  'the name of a wireless network: a text of 1 to 32 bytes without control characters',
  (name) => name.length > 0 && bytesOf(name) <= 32 && name.isWellFormed() && !CONTROL.test(name),
)
export const wifiPassphrase = secret(
  text('a passphrase of 8 to 63 letters, digits and signs of ASCII', (word) =>
    /^[\x20-\x7e]{8,63}$/.test(word),
  ),
)
/** The rules of a network that is provided. */
export const WIFI = { name: wifiName, passphrase: wifiPassphrase }
export const device = text('the path of a disk, such as "/dev/sdb"; disk/list names them', (path) =>
  /^\/dev\/[a-z][a-z0-9]{1,30}$/.test(path),
)

const MAX_ARGUMENTS = 100
const MAX_LAUNCH_BYTES = 128 * 1024
const plainText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
export const launch: Rule<LaunchSpec> = secret({
  allowed: `a command, at most ${MAX_ARGUMENTS} arguments and an environment, of 128 KiB in all`,
  fits(value): value is LaunchSpec {
    if (!isRecord(value) || !isRecord(value.env) || !Array.isArray(value.args)) return false
    const { command, args, env, ...more } = value
    return (
      Object.keys(more).length === 0 &&
      plainText(command) &&
      command !== '' &&
      !command.startsWith('-') &&
      args.length <= MAX_ARGUMENTS &&
      [...args, ...Object.values(value.env)].every(plainText) &&
      Object.keys(value.env).every((name) => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) &&
      bytesOf(JSON.stringify({ command, args, env })) <= MAX_LAUNCH_BYTES
    )
  },
})
export const toolName = text(
  'the name of a tool',
  (name) => name.length > 0 && name.length <= 200 && !CONTROL.test(name),
)

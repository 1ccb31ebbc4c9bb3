/**
 * What the root helper can do: the one table of its verbs, with the rule of each parameter, the result, and who may.
 * The helper checks against it, and luca types its calls with it.
 */
import { isIP } from 'node:net'
import { SERVER_NAME } from './names.ts'
import type { AddedServerInfo, Drift, LaunchSpec, Offered } from './third-party.ts'
import { isRecord } from './values.ts'

/** What a parameter's value may be. */
export interface Rule<T> {
  /** What is allowed, as the end of a sentence that begins with "must be". */
  allowed: string
  fits(value: unknown): value is T
  optional?: true
  /** Never logged, not even its length. */
  secret?: true
}
type Rules = Readonly<Record<string, Rule<unknown>>>

/** A verb for the owner and root alone, or one that every user of this machine may do for himself. */
export interface Verb<P extends Rules = Rules, R = unknown> {
  may: 'owner' | 'self'
  /** The parameter that must be the caller's own name where he is not the owner; with none, every user may. */
  self?: keyof P & string
  params: P
  /** Takes minutes: it waits for others of its kind alone, and no other verb waits for it. */
  takesLong?: true
  /** For types alone. */
  result?: R
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
 * Whether a user may have that name. It is short, since a server of his runs as mcp-<server>-<user>, and Linux takes 31
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

/** Whether a line is one of authorized_keys(5), without options: such a key opens the door and nothing else. */
export const isSshKey = (line: string): boolean =>
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]{40,3000}={0,2}(?: \P{Cc}{0,200})?$/u.test(
    line,
  )

const bytesOf = (text: string) => new TextEncoder().encode(text).length

const text = (allowed: string, ok: (text: string) => boolean): Rule<string> => ({
  allowed,
  fits: (value): value is string => typeof value === 'string' && ok(value),
})
const whole = (allowed: string, min: number, max: number): Rule<number> => ({
  allowed,
  fits: (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
})
const listOf = <T>(rule: Rule<T>, most: number): Rule<T[]> => ({
  allowed: `a list of at most ${most} items, each ${rule.allowed}`,
  fits: (value): value is T[] => Array.isArray(value) && value.length <= most && value.every(rule.fits),
})
const orNull = <T>(rule: Rule<T>): Rule<T | null> => ({
  ...rule,
  allowed: `${rule.allowed}, or null`,
  fits: (value): value is T | null => value === null || rule.fits(value),
})
const optional = <T>(rule: Rule<T>) => ({ ...rule, optional: true as const })
const secret = <T>(rule: Rule<T>) => ({ ...rule, secret: true as const })

const userName = text(
  'a name of 1 to 15 lower-case letters, digits and "-" that begins with a letter, not with "mcp-", and does not end with "-" or' +
    ` "sock"; ${[...RESERVED_USERS].join(', ')} are taken`,
  isUserName,
)
const realName = text(
  'a text of 1 to 128 characters without ":" and control characters',
  (name) => name.length > 0 && name.length <= 128 && !CONTROL.test(name) && !name.includes(':'),
)
const password = secret(
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
const quota = whole('a whole number of bytes, 1 MiB or more', 1024 ** 2, 1024 ** 5)
const server = text('the name of a server: lower-case letters, digits and "-", 24 at most', (name) =>
  SERVER_NAME.test(name),
)
const secretName = text(
  'a name of 1 to 64 letters, digits, "_" and "-" that begins with a letter or digit',
  (name) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name),
)
const secretValue = secret(
  text(
    'a text of 1 byte to 64 KiB',
    (value) => value.length > 0 && bytesOf(value) <= MAX_SECRET_BYTES && value.isWellFormed(),
  ),
)
const MAX_CONFIGURATION_BYTES = 256 * 1024
const configurationText = text(
  'a text of at most 256 KiB',
  (yaml) => bytesOf(yaml) <= MAX_CONFIGURATION_BYTES && yaml.isWellFormed(),
)
const sshKey = text(
  'one public key of SSH without options, as the file ~/.ssh/id_ed25519.pub holds it',
  isSshKey,
)
const fingerprint = text('a fingerprint such as "SHA256:…"', (print) =>
  /^SHA256:[A-Za-z0-9+/]{43}$/.test(print),
)
const hostName = text(
  `a host name: letters, digits and "-", in labels of at most 63 joined by dots, ${MAX_HOST_NAME} characters in all`,
  isHostName,
)
const address = text(
  'a host name or an IP address',
  (name) => isHostName(name) || (isIP(name) > 0 && !name.includes('%')),
)
const unit = text(
  'a service of this system, such as "mcp-fs@owner.service"; unit/status lists them',
  (name) => /^(llmbasedos|mcp)-[A-Za-z0-9@_.-]{1,200}\.service$/.test(name),
)
const oneOf = <T extends string>(...words: T[]): Rule<T> => ({
  allowed: words.map((word) => `"${word}"`).join(' or '),
  fits: (value): value is T => words.some((word) => word === value),
})
const yesOrNo: Rule<boolean> = {
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
const wifiName = text(
  'the name of a wireless network: a text of 1 to 32 bytes without control characters',
  (name) => name.length > 0 && bytesOf(name) <= 32 && name.isWellFormed() && !CONTROL.test(name),
)
const wifiPassphrase = secret(
  text('a passphrase of 8 to 63 letters, digits and signs of ASCII', (word) =>
    /^[\x20-\x7e]{8,63}$/.test(word),
  ),
)
/** The rules of a network that is provided. */
export const WIFI = { name: wifiName, passphrase: wifiPassphrase }
const device = text('the path of a disk, such as "/dev/sdb"; disk/list names them', (path) =>
  /^\/dev\/[a-z][a-z0-9]{1,30}$/.test(path),
)

const MAX_ARGUMENTS = 100
const MAX_LAUNCH_BYTES = 128 * 1024
const plainText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
const launch: Rule<LaunchSpec> = secret({
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
const toolName = text(
  'the name of a tool',
  (name) => name.length > 0 && name.length <= 200 && !CONTROL.test(name),
)

export interface UserInfo {
  name: string
  uid: number
  realName: string | null
  home: string
  owner: boolean
  /** Without a password nobody can log in as this user. */
  hasPassword: boolean
}
export interface SecretInfo {
  server: string
  /** Whose it is; null for one of the whole system. */
  user: string | null
  name: string
}
/** In the place of a user's name; no user's begins so. */
const NOBODYS = '_'

/** The file of a secret, named so that a unit imports its own by its name and instance: `mcp-mail.ada.password`. */
export const secretFile = ({ server, user, name }: SecretInfo): string =>
  user === null ? `llmbasedos-${server}.${NOBODYS}.${name}` : `mcp-${server}.${user}.${name}`

/** The secret that a file is named after; undefined for any other file. */
export function secretOfFile(file: string): SecretInfo | undefined {
  const [, server, user, name] =
    /^(?:mcp|llmbasedos)-([a-z][a-z0-9-]*)\.([a-z0-9-]+|_)\.([A-Za-z0-9][\w.-]*)$/.exec(file) ?? []
  if (server === undefined || user === undefined || name === undefined) return undefined
  return { server, user: user === NOBODYS ? null : user, name }
}

/**
 * The gateway's secret that HTTPS is served with: a key, its certificate and that of the authority, as PEM and in this
 * order. One file, so that a power cut never leaves parts that do not fit together.
 */
export const TLS_CREDENTIAL = 'tls.pem'

export type ConfigurationName = 'gateway' | 'models'
export interface SshKeyInfo {
  type: string
  fingerprint: string
  comment: string
  /** Whether somebody added it here, or it was provided from outside at a boot. */
  source: 'added' | 'provided'
}
export interface SecretChanged {
  /** Whether the service that uses it, if it runs, was restarted. */
  restarted: boolean
}
export interface CertificateInfo {
  /** What the gateway shows; null before one was made. */
  certificate: { names: string[]; expiresAt: string } | null
  /** What devices have to trust; null before it was made. */
  authority: { fingerprint: string; expiresAt: string; pem: string } | null
}
export interface UnitInfo {
  name: string
  active: string
  sub: string
  result: string | null
  /** What it says of itself, such as that it is asleep. */
  status: string | null
  /** Null while it does not run. */
  pid: number | null
  memory: number | null
}
export interface DiskUsage {
  /** All in bytes. */
  fileSystems: { paths: string[]; size: number; used: number; available: number }[]
  /** Null where the file system keeps no account of it. */
  users: { name: string; used: number | null; quota: number | null }[]
}

export interface WifiNetwork {
  name: string
  /** What it asks of who joins. */
  security: 'none' | 'passphrase' | 'enterprise'
  /** How strong it is, in dBm: -30 beside it, -90 hardly heard. */
  decibels: number
  /** Whether it is joined by itself. */
  known: boolean
  connected: boolean
}

export interface DiskInfo {
  path: string
  /** In bytes. */
  size: number
  model: string | null
  /** How it is plugged in, such as `usb` or `nvme`. */
  connection: string | null
  /** What it holds without partitions, and that one's name. */
  holds: string | null
  label: string | null
  parts: { path: string; size: number; holds: string | null; label: string | null }[]
  /** Why it can't become the place of the data, as the end of a sentence. */
  unusable: string | null
}
export interface DiskPrepared {
  /** Opens the disk whatever becomes of the chip or the passphrase; null where nothing is encrypted. Told once. */
  recoveryKey: string | null
  /** What opens it at the start: the machine's chip, a person who types, or nothing, since it is open. */
  openedBy: 'chip' | 'typing' | 'nothing'
  /** Whether what was kept in memory so far moved to it. */
  moved: boolean
}

const owner =
  <R>() =>
  <P extends Rules>(params: P): Verb<P, R> => ({ may: 'owner', params })
const long =
  <R>() =>
  <P extends Rules>(params: P): Verb<P, R> => ({ may: 'owner', takesLong: true, params })
const self =
  <R>() =>
  <P extends Rules>(params: P, own?: keyof P & string): Verb<P, R> =>
    own === undefined ? { may: 'self', params } : { may: 'self', self: own, params }

export const ADMIN_VERBS = {
  'user/add': owner<{ user: UserInfo }>()({
    name: userName,
    realName: optional(realName),
    password: optional(password),
    quota: optional(quota),
  }),
  'user/list': owner<{ users: UserInfo[] }>()({}),
  /** `kept` are the folders that were left. */
  'user/remove': owner<{ kept: string[] }>()({ name: userName, files: oneOf('keep', 'wipe') }),
  /** Null locks: nobody can log in with a password any more. */
  'user/passwd': self<object>()({ name: userName, password: { ...orNull(password), secret: true } }, 'name'),
  /** Null takes the limit away. */
  'user/quota': owner<object>()({ name: userName, bytes: orNull(quota) }),
  'secret/set': self<SecretChanged>()(
    { server, user: optional(userName), name: secretName, value: secretValue },
    'user',
  ),
  /** Names, never values; a user's own if he is not the owner. */
  'secret/list': self<{ secrets: SecretInfo[] }>()({}),
  'secret/remove': self<SecretChanged>()({ server, user: optional(userName), name: secretName }, 'user'),
  /** Servers of others; what starts them is not told, since it may hold secrets. */
  'server/list': self<{ servers: AddedServerInfo[] }>()({}),
  /** Installs the package that the command runs, if it does, and starts it once. */
  'server/add': long<Offered>()({
    name: server,
    launch,
    network: yesOrNo,
    files: oneOf('none', 'read', 'write'),
  }),
  'server/test': long<Drift>()({ name: server }),
  /** All that it offers now, or one tool of it. */
  'server/approve': long<Offered>()({ name: server, tool: optional(toolName) }),
  'server/switch': long<object>()({ name: server, enabled: yesOrNo }),
  /** With all that was kept for it. */
  'server/remove': long<object>()({ name: server }),
  'ssh-key/list': self<{ keys: SshKeyInfo[] }>()({ name: userName }, 'name'),
  'ssh-key/add': self<{ fingerprint: string }>()({ name: userName, key: sshKey }, 'name'),
  'ssh-key/remove': self<object>()({ name: userName, fingerprint }, 'name'),
  /** The text of the licence file; null takes it away. */
  'licence/set': owner<object>()({ text: orNull(secretValue) }),
  /** A whole file; null takes it away. It is refused where the gateway could not use it. */
  'configuration/set': owner<{ restarted: boolean }>()({
    name: oneOf<ConfigurationName>('gateway', 'models'),
    text: orNull(configurationText),
  }),
  'hostname/get': self<{ name: string }>()({}),
  'hostname/set': owner<{ name: string }>()({ name: hostName }),
  'locality/get': self<Locality & { chosen: boolean; keyboards: string[]; languages: string[] }>()({}),
  'locality/set': owner<Locality>()({
    keyboard: optional(LOCALITY.keyboard),
    timezone: optional(LOCALITY.timezone),
    language: optional(LOCALITY.language),
  }),
  'wifi/list': owner<{ radio: boolean; networks: WifiNetwork[] }>()({}),
  'wifi/join': owner<object>()({ name: wifiName, passphrase: optional(wifiPassphrase) }),
  'wifi/forget': owner<object>()({ name: wifiName }),
  'certificate/make': owner<CertificateInfo>()({
    names: optional(listOf(address, 32)),
    days: optional(whole(`a whole number from 1 to ${MAX_CERTIFICATE_DAYS}`, 1, MAX_CERTIFICATE_DAYS)),
  }),
  /** Makes one where that which there is does not do any longer. */
  'certificate/renew': owner<CertificateInfo>()({}),
  'certificate/show': self<CertificateInfo>()({}),
  'unit/status': owner<{ units: UnitInfo[] }>()({}),
  'unit/restart': owner<object>()({ unit }),
  'disk/usage': owner<DiskUsage>()({}),
  'disk/list': owner<{ disks: DiskInfo[] }>()({}),
  /** All that the disk holds is lost. */
  'disk/prepare': owner<DiskPrepared>()({ device, encrypt: yesOrNo, passphrase: optional(password) }),
  power: owner<object>()({ to: oneOf('off', 'restart') }),
} as const

export type VerbName = keyof typeof ADMIN_VERBS

type ValueOf<R> = R extends Rule<infer T> ? T : never
type Named<P> = { [K in keyof P as P[K] extends { optional: true } ? never : K]: ValueOf<P[K]> } & {
  [K in keyof P as P[K] extends { optional: true } ? K : never]?: ValueOf<P[K]>
}
export type ParamsOf<V extends VerbName> = Named<(typeof ADMIN_VERBS)[V]['params']>
export type ResultOf<V extends VerbName> = NonNullable<(typeof ADMIN_VERBS)[V]['result']>

/** The gateway's socket in the image for the text of a new `TLS_CREDENTIAL`: it answers that word, or what is wrong. */
export const CERTIFICATE_SOCKET = '/run/llmbasedos/certificate.sock'
export const CERTIFICATE_TAKEN = 'taken'

/** The helper's socket in the image. */
export const ADMIN_SOCKET = '/run/llmbasedos/admin.sock'

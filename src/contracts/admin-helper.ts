/**
 * What the root helper can do: the one table of its verbs, with the rule of each parameter (admin-rules.ts), the result
 * (admin-results.ts), and who may.
 * The helper checks against it, and luca types its calls with it.
 */
import type {
  CertificateInfo,
  ConfigurationName,
  DiskInfo,
  DiskPrepared,
  DiskUsage,
  SecretChanged,
  SshKeyInfo,
  UnitInfo,
  UserInfo,
  WifiNetwork,
} from './admin-results.ts'
import {
  address,
  configurationText,
  device,
  fingerprint,
  hostName,
  LOCALITY,
  type Locality,
  launch,
  listOf,
  MAX_CERTIFICATE_DAYS,
  oneOf,
  optional,
  orNull,
  password,
  quota,
  type Rule,
  realName,
  secretName,
  secretValue,
  server,
  sshKey,
  toolName,
  unit,
  userName,
  whole,
  wifiName,
  wifiPassphrase,
  yesOrNo,
} from './admin-rules.ts'
import type { SecretInfo } from './secret-files.ts'
import type { AddedServerInfo, Drift, Offered } from './third-party.ts'

type Rules = Readonly<Record<string, Rule<unknown>>>

/** A verb for the owner and root alone, or one that every user of this machine may do for themselves. */
export interface Verb<P extends Rules = Rules, R = unknown> {
  may: 'owner' | 'self'
  /** The parameter that must be the caller's own name unless they are the owner; with none, every user may. */
  self?: keyof P & string
  params: P
  /** Takes minutes: it waits for others of its kind alone, and no other verb waits for it. */
  takesLong?: true
  /** For types alone. */
  result?: R
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
  /** Null locks: no login with a password works any more. */
  'user/passwd': self<object>()({ name: userName, password: { ...orNull(password), secret: true } }, 'name'),
  /** Null takes the limit away. */
  'user/quota': owner<object>()({ name: userName, bytes: orNull(quota) }),
  'secret/set': self<SecretChanged>()(
    { server, user: optional(userName), name: secretName, value: secretValue },
    'user',
  ),
  /** Names, never values; only their own for a user who is not the owner. */
  'secret/list': self<{ secrets: SecretInfo[] }>()({}),
  'secret/remove': self<SecretChanged>()({ server, user: optional(userName), name: secretName }, 'user'),
  /** Third-party servers; their commands are left out, since they may hold secrets. */
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

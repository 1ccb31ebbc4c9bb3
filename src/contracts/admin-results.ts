/** What the root helper answers to its verbs (admin-helper.ts). */

export interface UserInfo {
  name: string
  uid: number
  realName: string | null
  home: string
  owner: boolean
  /** Without a password, this user can't log in. */
  hasPassword: boolean
}
export type ConfigurationName = 'gateway' | 'models'
export interface SshKeyInfo {
  type: string
  fingerprint: string
  comment: string
  /** Whether it was added here, or provided from outside at a boot. */
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
  ca: { fingerprint: string; expiresAt: string; pem: string } | null
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
  /** Its security. */
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

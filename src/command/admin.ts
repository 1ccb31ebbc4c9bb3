import type { WakeRule } from '../protocol/wake.ts'

/** The gateway's own methods on `gateway.sock`, and what they answer. */
export const ADMIN = {
  createToken: 'admin/token/create',
  listTokens: 'admin/token/list',
  changeToken: 'admin/token/change',
  revokeToken: 'admin/token/revoke',
  status: 'admin/status',
  listApprovals: 'admin/approval/list',
  decideApproval: 'admin/approval/decide',
  listSchedule: 'admin/schedule/list',
  removeScheduled: 'admin/schedule/remove',
} as const

/** What a server has registered: an entry of the wake list, with a key, or an event that it hears. */
export interface Scheduled {
  id: string
  user: string
  server: string
  key?: string
  /** Null for what comes once. */
  rule?: WakeRule | null
  /** The time that it is for. */
  due?: number
  event?: string
  /** How many events wait, and whether there were others, which are not kept. */
  waiting?: number
  andOthers?: boolean
  /** When it is done, or tried again; null where nothing is to be done. */
  next: number | null
  tries: number
  /** Why it failed the last time, or has ended. */
  problem: string | null
  hasEnded: boolean
  /** A token's name, or `uid 1000`. */
  onBehalfOf: string
}

/** A point in time: milliseconds since the epoch, or ISO 8601. */
export type Time = number | string

export interface TokenInfo {
  id: string
  name: string
  user: string
  createdAt: Time
  expiresAt: Time | null
  lastUsedAt: Time | null
  tier?: string | null
  /** Older gateways don't tell. */
  trust?: string[]
  tools?: string[] | null
}

export interface TokenCreated {
  id: string
  name: string
  user: string
  token: string
  createdAt: Time
  expiresAt: Time | null
  tier?: string | null
  /** Older gateways don't tell. */
  trust?: string[]
  tools?: string[] | null
}

export interface GatewayStatus {
  version: string
  uptimeSeconds: number
  servers: { name: string; state: 'awake' | 'asleep' | 'failing'; inFlight: number; tools: number }[]
  sessions: number
  /** Where it is reached over HTTP; older gateways don't tell. */
  listening?: { protocol: 'http' | 'https'; address: string; port: number }[]
  /** Descriptors that the gateway can't use, by path, with the reason; older gateways don't tell. */
  problems?: Record<string, string>
  /** Databases of the gateway that were found damaged, and are kept; older gateways don't tell. */
  damaged?: string[]
}

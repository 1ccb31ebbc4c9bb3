/** The methods that change or show the gateway's own state; auth/ lets only the owner call those named `admin/…`. */
import { RpcError } from '../protocol/jsonrpc.ts'
import { readPatterns } from './auth/choice.ts'
import type { Licence } from './auth/licence/licence.ts'
import { licenceStatus } from './auth/licence/status.ts'
import type { Tokens } from './auth/tokens.ts'
import type { Users } from './auth/users.ts'
import type { Grant, Principal } from './call/call.ts'
import type { Consent } from './consent/consent.ts'
import type { EventDelivery } from './events/events.ts'
import type { RateWindows } from './limits/rate-windows.ts'
import type { Listening } from './listening.ts'
import type { Backends } from './routing/backends.ts'
import type { Catalogue } from './routing/catalogue.ts'
import type { LocalMethod } from './routing/router.ts'
import type { Schedule } from './schedule/schedule.ts'
import { idOf, listed, registrations } from './schedule-list.ts'
import type { TokenRecord, TokenRights } from './state/tokens.ts'

/** What every user of this machine may do, for themselves. */
export const OWN_METHODS: ReadonlySet<string> = new Set([
  'admin/token/create',
  'admin/token/list',
  'admin/token/change',
  'admin/token/revoke',
  'admin/approval/list',
  'admin/approval/decide',
  'admin/schedule/list',
  'admin/schedule/remove',
])

export interface Administered {
  tokens: Tokens
  consent: Consent
  licence: Licence
  rates: RateWindows
  /** Tokens of language models that a caller has left today; undefined for as many as it likes. */
  remainingTokens(caller: Principal, grant: Grant): number | undefined
  catalogue: Catalogue
  backends: Backends
  users: Users
  schedule: Schedule
  events: EventDelivery
  version: string
  sessions(): number
  /** Where it is reached over HTTP. */
  listening(): Listening[]
  /** Descriptors that can't be used, by path, with the reason. */
  problems(): ReadonlyMap<string, string>
  /** Databases of the gateway that were found damaged, and are kept. */
  damaged(): string[]
}

export function adminMethods({
  tokens,
  consent,
  licence,
  rates,
  remainingTokens,
  catalogue,
  backends,
  users,
  schedule,
  events,
  version,
  sessions,
  listening,
  problems,
  damaged,
}: Administered): Record<string, LocalMethod> {
  const knownTier = (tier: string): string => {
    if (licence.hasTier(tier)) return tier
    throw new RpcError(
      'INVALID_PARAMS',
      `There is no tier "${tier.slice(0, 40)}"; there are ${licence.tierNames.join(', ')}.`,
    )
  }
  const trustIn = (params: Record<string, unknown>) =>
    isEmpty(params.trust)
      ? []
      : readPatterns(params, { key: 'trust', noun: 'capability', known: catalogue.askedCapabilities })
  const toolsIn = (params: Record<string, unknown>) =>
    readPatterns(params, { key: 'tools', noun: 'tool', known: catalogue.toolNames })

  return {
    'mcp.licence.check': ({ principal, grant }) => ({
      value: licenceStatus(licence, principal, {
        requests: rates.remaining(principal, grant),
        tokens: remainingTokens(principal, grant),
      }),
    }),
    'admin/token/create': async ({ params, principal }) => {
      const user = params.user === undefined ? principal.user : text(params, 'user')
      if (principal.administers !== 'all' && user !== principal.user)
        throw new RpcError(
          'FORBIDDEN',
          'You can make tokens for yourself; only the owner can make them for others.',
        )
      if (!users.has(user))
        throw new RpcError(
          'INVALID_PARAMS',
          `There is no user "${user.slice(0, 40)}"; "luca user list" shows them.`,
        )
      const { token, ...record } = await tokens.create(text(params, 'name'), user, {
        expiresInSeconds: seconds(params.expiresInSeconds),
        tier: params.tier === undefined ? undefined : knownTier(text(params, 'tier')),
        trust: trustIn(params),
        tools: toolsIn(params),
      })
      return { ...shown(record), token }
    },
    'admin/token/list': ({ principal }) => {
      const only = onlyUser(principal)
      return {
        tokens: tokens
          .list()
          .filter(({ user }) => only === undefined || user === only)
          .map(shown),
      }
    },
    'admin/token/revoke': async ({ params, principal }) => {
      const { record, unwritten } = await tokens.revoke(text(params, 'token'), onlyUser(principal))
      const { id, name } = record
      return { revoked: { id, name }, ...(unwritten === undefined ? {} : { unwritten }) }
    },
    'admin/token/change': async ({ params, principal }) => {
      const rights: Partial<TokenRights> = {}
      if (params.tier !== undefined)
        rights.tier = params.tier === null ? null : knownTier(text(params, 'tier'))
      const trust = trustIn(params)
      if (trust) rights.trust = trust
      const tools = params.tools === null ? null : toolsIn(params)
      if (tools !== undefined) rights.tools = tools
      if (Object.keys(rights).length === 0)
        throw new RpcError(
          'INVALID_PARAMS',
          'Give what to change: params.tools, params.trust or params.tier.',
        )
      const { record, unwritten } = await tokens.change(text(params, 'token'), rights, onlyUser(principal))
      return { changed: shown(record), ...(unwritten === undefined ? {} : { unwritten }) }
    },
    'admin/approval/list': ({ principal }) => {
      const only = onlyUser(principal)
      const waiting = consent.waiting().filter(({ user }) => only === undefined || user === only)
      return {
        approvals: waiting.map(({ waitedMs, ...shown }) => ({
          ...shown,
          waitingSeconds: Math.round(waitedMs / 1000),
        })),
      }
    },
    'admin/approval/decide': ({ params, principal }) => {
      if (typeof params.allow !== 'boolean')
        throw new RpcError('INVALID_PARAMS', 'params.allow must be true or false.')
      const { id, who, tool } = consent.decide(text(params, 'id'), params.allow, onlyUser(principal))
      return { decided: { id, who, tool, allowed: params.allow } }
    },
    'admin/schedule/list': ({ principal }) => ({
      entries: registrations(schedule, events, onlyUser(principal)).map((one) => listed(one, tokens.list())),
    }),
    'admin/schedule/remove': async ({ params, principal }) => {
      const id = text(params, 'id')
      const found = registrations(schedule, events, onlyUser(principal)).find((one) => idOf(one) === id)
      if (!found)
        throw new RpcError(
          'INVALID_PARAMS',
          `There is no entry "${id.slice(0, 40)}"; "luca schedule list" shows those there are.`,
        )
      await ('event' in found ? events.remove(found) : schedule.remove(found))
      return { removed: listed(found, tokens.list()) }
    },
    'admin/status': () => ({
      version,
      uptimeSeconds: Math.round(process.uptime()),
      servers: catalogue.processes.map((descriptor) => {
        const { state, inFlight } = backends.get(descriptor, users.owner)
        return { name: descriptor.service_name, state, inFlight, tools: descriptor.tools.length }
      }),
      sessions: sessions(),
      listening: listening(),
      problems: Object.fromEntries(problems()),
      damaged: damaged(),
    }),
  }
}

function text(params: Record<string, unknown>, key: string): string {
  const value = params[key]
  if (typeof value !== 'string' || value === '')
    throw new RpcError('INVALID_PARAMS', `params.${key} must be a string.`)
  return value
}

function seconds(value: unknown): number | undefined {
  if (value === undefined || typeof value === 'number') return value
  throw new RpcError('INVALID_PARAMS', 'params.expiresInSeconds must be a number.')
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** Whose alone a caller sees; undefined for who sees all. */
const onlyUser = ({ administers, user }: Principal): string | undefined =>
  administers === 'all' ? undefined : user

const shown = ({ id, name, user, createdAt, expiresAt, lastUsedAt, tier, trust, tools }: TokenRecord) => ({
  id,
  name,
  user,
  createdAt,
  expiresAt,
  lastUsedAt,
  tier,
  trust,
  tools,
})

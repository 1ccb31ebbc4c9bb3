/** The result of `mcp.licence.check`, in the shape that v1 clients know. */
import type { Principal } from '../../call/call.ts'
import type { Licence } from './licence.ts'
import type { Tier } from './tiers.ts'

const UNLIMITED = 'unlimited'
const orUnlimited = (count: number): number | typeof UNLIMITED => (count === 0 ? UNLIMITED : count)

/** What a caller has left: of requests in its window, and of a language model's tokens today; undefined for as much as it likes. */
export interface Remaining {
  requests: number | undefined
  tokens: number | undefined
}

export function licenceStatus(
  licence: Licence,
  principal: Principal,
  { requests, tokens }: Remaining,
): object {
  const { keyId, user, valid, expiresAt, note } = licence.summary
  const tier = licence.tier(principal.tier)
  const { llm } = tier
  return {
    tier: tier.name,
    key_id: keyId,
    user_identifier: user ?? principal.user,
    is_valid: valid,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    effective_permissions: tier.capabilities,
    quotas: {
      api_requests_limit_human: limitText(tier),
      api_requests_remaining_in_window: String(requests ?? UNLIMITED),
      llm_access: llm.access,
      allowed_llm_models: llm.models,
      max_llm_tokens_per_request: orUnlimited(llm.tokensPerRequest),
      max_llm_tokens_per_day_limit: orUnlimited(llm.tokensPerDay),
      llm_tokens_today_remaining: String(tokens ?? UNLIMITED),
    },
    note: principal.tier === undefined ? note : `${note} ${noteOnToken(principal.tier, tier)}`,
  }
}

const noteOnToken = (bound: string, { name }: Tier): string =>
  `This token is bound to the tier ${bound}${name === bound ? '' : `, and ${name} holds for it`}.`

/** Such as `10000/60min`. */
function limitText({ requests, windowSeconds }: Tier): string {
  if (requests === 0) return UNLIMITED
  return `${requests}/${windowSeconds % 60 === 0 ? `${windowSeconds / 60}min` : `${windowSeconds}s`}`
}

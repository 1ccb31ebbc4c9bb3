/** Tiers: what a licence, or a token bound to one, lets its bearer do. */
import { intersectPatterns } from './patterns.ts'

export interface Tier {
  name: string
  /** How many requests within the window; 0 for as many as one likes. */
  requests: number
  windowSeconds: number
  capabilities: readonly string[]
  llm: {
    access: boolean
    /** Names of models, or `*`. */
    models: readonly string[]
    /** 0 for as many as one likes. */
    tokensPerRequest: number
    tokensPerDay: number
  }
}

/** What holds where there is no licence at all: the machine's owner may do everything. */
export const OWNER = 'OWNER'
/** What is left where a licence is not valid. */
export const FREE = 'FREE'

export const HOUR = 3600
export const FREE_REQUESTS = 100
const OWN_METHODS = ['hello', 'listCapabilities', 'licence.check']

/** The tiers that need no file. */
export const DEFAULT_TIERS: readonly Tier[] = [
  {
    name: OWNER,
    requests: 0,
    windowSeconds: HOUR,
    capabilities: ['*'],
    llm: { access: true, models: ['*'], tokensPerRequest: 0, tokensPerDay: 0 },
  },
  {
    name: FREE,
    requests: FREE_REQUESTS,
    windowSeconds: HOUR,
    capabilities: [...OWN_METHODS, 'fs.list', 'fs.read'],
    llm: { access: false, models: [], tokensPerRequest: 0, tokensPerDay: 0 },
  },
  {
    name: 'PRO',
    requests: 5000,
    windowSeconds: HOUR,
    capabilities: [
      ...OWN_METHODS,
      'fs.*',
      'mail.*',
      'sync.list*',
      'sync.getJobStatus',
      'agent.listWorkflows',
      'agent.getWorkflowStatus',
      'llm.chat',
    ],
    llm: { access: true, models: ['*'], tokensPerRequest: 4096, tokensPerDay: 1_000_000 },
  },
  {
    name: 'ELITE',
    requests: 50_000,
    windowSeconds: HOUR,
    capabilities: ['*'],
    llm: { access: true, models: ['*'], tokensPerRequest: 16_384, tokensPerDay: 10_000_000 },
  },
]

/** What a token may do whose tier is not known: what it must not do is not known either. */
export const nothing = (name: string): Tier => ({
  name,
  requests: FREE_REQUESTS,
  windowSeconds: HOUR,
  capabilities: [],
  llm: { access: false, models: [], tokensPerRequest: 0, tokensPerDay: 0 },
})

/** What two tiers both allow, under the name of the first. */
export function narrow(tier: Tier, by: Tier): Tier {
  const { requests, windowSeconds } = tighter(tier, by)
  return {
    name: tier.name,
    requests,
    windowSeconds,
    capabilities: intersectPatterns(tier.capabilities, by.capabilities),
    llm: {
      access: tier.llm.access && by.llm.access,
      models: intersectPatterns(tier.llm.models, by.llm.models),
      tokensPerRequest: lower(tier.llm.tokensPerRequest, by.llm.tokensPerRequest),
      tokensPerDay: lower(tier.llm.tokensPerDay, by.llm.tokensPerDay),
    },
  }
}

/** The one that lets fewer requests through in the long run. */
function tighter(a: Tier, b: Tier): Tier {
  if (a.requests === 0 || b.requests === 0) return a.requests === 0 ? b : a
  return a.requests / a.windowSeconds <= b.requests / b.windowSeconds ? a : b
}

/** The lower of two limits, of which 0 is none. */
const lower = (a: number, b: number): number => (a === 0 || b === 0 ? a + b : Math.min(a, b))

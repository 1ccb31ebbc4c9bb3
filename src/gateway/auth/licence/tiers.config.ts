/**
 * `tiers.yaml`: tiers by name, at its root or under `tiers`. What a tier leaves out is nothing granted, no more requests than
 * FREE has, and no limit of tokens.
 */
import { defineConfig } from '../../../protocol/config.ts'
import * as Type from '../../../protocol/schema.ts'
import { FREE_REQUESTS, HOUR, OWNER, type Tier } from './tiers.ts'

const names = (description: string) => Type.Array(Type.String(), { default: [], description })
const tokens = (description: string) =>
  Type.Integer({
    default: 0,
    minimum: 0,
    unit: 'tokens',
    description: `${description} 0: no limit.`,
  })

const TierSettings = Type.Object({
  rate_limit_requests: Type.Integer({
    default: FREE_REQUESTS,
    minimum: 0,
    description: 'How many requests a user may send within the window. 0: no limit.',
  }),
  rate_limit_window_seconds: Type.Integer({
    default: HOUR,
    minimum: 1,
    unit: 'seconds',
    description: 'The window in which requests are counted.',
  }),
  allowed_capabilities: names('The granted capabilities, or patterns of them.'),
  llm_access: Type.Boolean({ default: false, description: 'Whether language models may be used.' }),
  allowed_llm_models: names('The names of the models that may be used, or `*`.'),
  max_llm_tokens_per_request: tokens('How many tokens a request may take, with its answer.'),
  max_llm_tokens_per_day: tokens('How many tokens a user may take within a day.'),
})

export const config = defineConfig({
  name: 'tiers',
  under: 'tiers',
  schema: Type.ByName(TierSettings),
  derive(written, tell): Tier[] {
    if (Object.hasOwn(written, OWNER)) tell([OWNER], "is the tier without a licence and can't be redefined")
    return Object.entries(written).map(([name, settings]) => tierOf(name, settings))
  },
})

const tierOf = (name: string, settings: Type.Static<typeof TierSettings>): Tier => ({
  name,
  requests: settings.rate_limit_requests,
  windowSeconds: settings.rate_limit_window_seconds,
  capabilities: settings.allowed_capabilities,
  llm: {
    access: settings.llm_access,
    models: settings.allowed_llm_models,
    tokensPerRequest: settings.max_llm_tokens_per_request,
    tokensPerDay: settings.max_llm_tokens_per_day,
  },
})

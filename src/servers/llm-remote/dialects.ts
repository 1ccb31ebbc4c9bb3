/** What providers take of the little that we say to them unasked, as they have shown; messages never name it. */

import type { Body, Target } from './exchange.ts'
import type { ProviderFailure } from './failure.ts'

const LIMITS = ['max_tokens', 'max_completion_tokens'] as const
type LimitName = (typeof LIMITS)[number]

/** How a name is refused, as against what it was given. */
const REFUSED =
  /unsupported|unrecogni[sz]ed|unknown|unexpected|not (be )?(supported|permitted|allowed|recogni[sz]ed)|no such|extra (inputs|fields)|does ?n.t (support|exist)|invalid (field|parameter|argument)/i

export class Dialects {
  /** Addresses of those that refuse to be asked for usage in a stream. */
  readonly #withoutUsage = new Set<string>()
  /** By the address and the model: the name under which a limit was refused. */
  readonly #refusedLimits = new Map<string, LimitName>()

  /** What is sent for a body, whose limit is `max_tokens`. */
  bodyFor(target: Target, path: string, { max_tokens: limit, ...body }: Body, inPieces: boolean): Body {
    const { provider, modelName } = target
    return {
      ...body,
      model: modelName,
      ...(limit === undefined ? {} : { [this.#limitName(target, path)]: limit }),
      ...(inPieces ? { stream: true } : {}),
      ...(inPieces && !this.#withoutUsage.has(addressOf(provider))
        ? { stream_options: { include_usage: true } }
        : {}),
    }
  }

  /** Learns from a refusal of what was sent, and gives whether to ask again. */
  learn(target: Target, path: string, sent: Body, { said }: ProviderFailure): boolean {
    if (said?.status === undefined) return false
    const told = `${said.param ?? ''} ${said.message}`
    if (sent.stream_options !== undefined && /stream_options|include_usage/.test(told)) {
      this.#withoutUsage.add(addressOf(target.provider))
      return true
    }
    if (said.status !== 400 && said.status !== 422) return false
    const name = this.#limitName(target, path)
    const isLearned = this.#refusedLimits.has(keyOf(target))
    const isAboutIt = sent[name] !== undefined && new RegExp(`\\b${name}\\b`).test(told)
    if (path !== CHAT || isLearned || !isAboutIt || !REFUSED.test(told)) return false
    this.#refusedLimits.set(keyOf(target), name)
    return true
  }

  /** OpenAI's newer models refuse the older name, and many others do not know the newer one, or do as if. */
  #limitName(target: Target, path: string): LimitName {
    if (path !== CHAT) return 'max_tokens'
    const refused = this.#refusedLimits.get(keyOf(target))
    if (refused !== undefined) return refused === LIMITS[0] ? LIMITS[1] : LIMITS[0]
    return target.provider.name === 'openai' ? 'max_completion_tokens' : 'max_tokens'
  }
}

const CHAT = '/chat/completions'
const addressOf = ({ baseUrl }: Target['provider']): string => baseUrl ?? ''
const keyOf = ({ provider, modelName }: Target): string => `${addressOf(provider)} ${modelName}`

/** What all requests of a loop took together. */
import { isRecord, isWhole } from '../../../protocol/values.ts'
import type { CallTrace } from '../../call/call.ts'
import type { Answer } from '../attempt.ts'

export class Spent {
  #promptTokens = 0
  #completionTokens = 0
  #cachedTokens = 0

  /** Tokens, of all prompts and answers. */
  get tokens(): number {
    return this.#promptTokens + this.#completionTokens
  }

  get usage(): Answer['usage'] {
    return {
      prompt_tokens: this.#promptTokens,
      completion_tokens: this.#completionTokens,
      total_tokens: this.tokens,
      ...(this.#cachedTokens > 0 ? { prompt_tokens_details: { cached_tokens: this.#cachedTokens } } : {}),
    }
  }

  /** Has a model asked, and counts what that took, also where it fails. */
  async on(trace: CallTrace, ask: (trace: CallTrace) => Promise<Answer>): Promise<Answer> {
    const own: CallTrace = {}
    try {
      const whole = await ask(own)
      const { prompt_tokens_details: details } = whole.usage
      const cached = isRecord(details) ? details.cached_tokens : undefined
      if (isWhole(cached, 0)) this.#cachedTokens += cached
      return whole
    } finally {
      if (own.cold) trace.cold = true
      if (own.llm) {
        this.#promptTokens += own.llm.promptTokens
        this.#completionTokens += own.llm.completionTokens
        trace.llm = {
          model: own.llm.model,
          promptTokens: this.#promptTokens,
          completionTokens: this.#completionTokens,
        }
      }
    }
  }
}

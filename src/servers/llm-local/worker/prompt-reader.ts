/** Works on a prompt in parts, between which it can be cancelled. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { BATCH_TOKENS } from '../../../models/describe.ts'

/** How long a part is to take, in milliseconds. */
const PART_MS = 500
const LEAST_TOKENS = 64
/** A rest that is shorter than a part by this much is no part of its own: each costs a pass over the whole model. */
const STRETCH = 1.5

export class PromptReader {
  /** How many tokens take about PART_MS, after what was read so far. */
  #partTokens = LEAST_TOKENS

  /** Gives the last part unread: the answer begins after it. Rejects with the signal's reason. */
  async read(sequence: LlamaContextSequence, tokens: Token[], signal: AbortSignal): Promise<Token[]> {
    let rest = tokens
    while (rest.length > Math.min(this.#partTokens * STRETCH, BATCH_TOKENS)) {
      signal.throwIfAborted()
      const part = rest.slice(0, this.#partTokens)
      const started = performance.now()
      await sequence.evaluateWithoutGeneratingNewTokens(part)
      const tookMs = Math.max(performance.now() - started, 1)
      const wanted = Math.round((part.length * PART_MS) / tookMs)
      this.#partTokens = Math.min(BATCH_TOKENS, Math.max(LEAST_TOKENS, wanted))
      rest = rest.slice(part.length)
    }
    signal.throwIfAborted()
    return rest
  }
}

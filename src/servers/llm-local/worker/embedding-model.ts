/** A loaded model that gives vectors. */
import type { LlamaEmbeddingContext } from 'node-llama-cpp'
import { type Counted, type Embedded, EngineError } from '../../../models/engine.ts'

export class EmbeddingModel {
  readonly #context: LlamaEmbeddingContext
  readonly #contextSize: number

  constructor(context: LlamaEmbeddingContext, contextSize: number) {
    this.#context = context
    this.#contextSize = contextSize
  }

  count(text: string): Counted {
    return { tokens: this.#context.calculateInputLength(text), context: this.#contextSize, tools: false }
  }

  /** One vector of length 1 for each text. Throws an EngineError for a text that is too long; nothing is cut off. */
  async embed(input: readonly string[], signal: AbortSignal): Promise<Embedded> {
    const lengths = input.map((text) => this.count(text).tokens)
    const tooLong = lengths.findIndex((length) => length > this.#contextSize)
    if (tooLong >= 0)
      throw new EngineError(
        'context_length_exceeded',
        `Text ${tooLong + 1} of ${input.length} has ${lengths[tooLong]} tokens, and the embedding model reads ${this.#contextSize}. Split it.`,
        { details: { prompt_tokens: lengths[tooLong], context: this.#contextSize } },
      )
    const vectors: number[][] = []
    for (const text of input) {
      signal.throwIfAborted()
      const { vector } = await this.#context.getEmbeddingFor(text)
      vectors.push(normalised(vector))
    }
    return { vectors, promptTokens: lengths.reduce((sum, length) => sum + length, 0) }
  }
}

function normalised(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector)
  return length === 0 ? [...vector] : vector.map((value) => value / length)
}

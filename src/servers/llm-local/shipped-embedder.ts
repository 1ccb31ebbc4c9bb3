/** The embedding model that the project comes with, for requests that name it. It is small, so it runs in the process of the server. */
import { type Embedded, EngineError } from '../../models/engine.ts'
import { type Embedder, EmbedderError } from '../../search/embedding/embedder.ts'
import { openShippedEmbedder, SHIPPED_MODEL } from '../../search/embedding/shipped.ts'

export class ShippedEmbedder {
  readonly name: string = SHIPPED_MODEL
  readonly #open: () => Promise<Embedder>
  #opened: Promise<Embedder> | undefined

  constructor(open: () => Promise<Embedder> = openShippedEmbedder) {
    this.#open = open
  }

  /** A vector of each text; what is longer than the model reads is cut off. Rejects with an EngineError, or the signal's reason. */
  async embed(input: readonly string[], signal: AbortSignal): Promise<Embedded> {
    try {
      this.#opened ??= this.#open()
      const embedder = await this.#opened
      const vectors = await embedder.embed(input, 'query', signal)
      const promptTokens = input.reduce(
        (sum, text) => sum + Math.min(embedder.maxTokens, embedder.countTokens(text)),
        0,
      )
      return { vectors: vectors.map((vector) => [...vector]), promptTokens }
    } catch (cause) {
      if (!(cause instanceof EmbedderError)) throw cause
      // It may be there the next time: it arrives after the programs where the project runs from its own folder.
      this.#opened = undefined
      throw new EngineError('no_model', cause.message, { cause })
    }
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.close()
  }
}

/** Gives passages their meaning: a few at a time, so that no call waits long meanwhile for the processor. */
import type { Library, PieceRecord } from '../../../search/index/library.ts'
import type { Meaning } from '../../../search/query/search.ts'
import { embeddedText } from '../../../search/reading/cut.ts'

/** How long one batch may take, in milliseconds, and how many texts it has at most. */
const BATCH_MS = 80
const MOST_AT_ONCE = 64
/** How many passages are looked up, and how many vectors are kept, in one go. */
const LOOKED_UP = 512
const KEPT_AT_ONCE = 64

export class Embedding {
  readonly #library: Library
  #waiting: PieceRecord[] = []
  #atOnce = 4

  constructor(library: Library) {
    this.#library = library
  }

  /**
   * Embeds some passages that have no vector of this model, one batch after the other; `turn` is awaited between them. Gives how many it
   * were: 0 where all have one.
   */
  async embedSome(
    { embedder, vectors, modelId }: Meaning,
    signal: AbortSignal,
    turn: () => Promise<void>,
  ): Promise<number> {
    if (this.#waiting.length === 0) this.#waiting = this.#library.withoutVector(modelId, LOOKED_UP)
    const made: { digest: Uint8Array; vector: Float32Array }[] = []
    while (this.#waiting.length > 0 && made.length < KEPT_AT_ONCE) {
      await turn()
      const batch = this.#waiting.splice(0, embedder.textsAtOnce ?? this.#atOnce)
      const began = performance.now()
      const texts = await embedder.embed(batch.map(embeddedText), 'passage', signal)
      if (embedder.textsAtOnce === undefined) this.#adapt(performance.now() - began, batch.length)
      for (const [i, { digest }] of batch.entries()) made.push({ digest, vector: texts[i] as Float32Array })
    }
    if (made.length === 0) return 0
    await this.#library.addVectors(modelId, made)
    await vectors.follow(signal)
    return made.length
  }

  #adapt(took: number, count: number): void {
    const fitting = Math.floor((count * BATCH_MS) / Math.max(took, 1))
    this.#atOnce = Math.max(1, Math.min(fitting, this.#atOnce * 2, MOST_AT_ONCE))
  }
}

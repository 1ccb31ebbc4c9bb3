/** The model of meaning and the vectors that it made, opened when they are first needed. */
import type { Embedder, EmbedderError } from '../../../search/embedding/embedder.ts'
import { GatewayEmbedder, type ModelCalls } from '../../../search/embedding/gateway-embedder.ts'
import type { ChosenModels } from '../../../search/embedding/models.ts'
import { vectorDriverOf } from '../../../search/index/drivers.ts'
import type { Library } from '../../../search/index/library.ts'
import type { VectorDriver } from '../../../search/index/vector-index.ts'
import { Vectors } from '../../../search/index/vectors.ts'
import type { Meaning } from '../../../search/query/search.ts'

/** Meaning with a model that works within calls alone, for one call; without a call there is none. Another is as it was. */
export function withCalls(meaning: Meaning | undefined, calls: ModelCalls | undefined): Meaning | undefined {
  if (!(meaning?.embedder instanceof GatewayEmbedder)) return meaning
  return calls && { ...meaning, embedder: meaning.embedder.within(calls) }
}

/** How long after it failed the model is tried again, in milliseconds: it may be installed by then. */
const TRY_AGAIN_MS = 5000

export interface MeaningOptions {
  library: Library
  /** Where the index of vectors is saved. */
  folder: string
  models: ChosenModels
  /** What finds the nearest vectors. Rejects with why it can't be used. */
  openDriver(): Promise<VectorDriver>
}

export class LazyMeaning {
  readonly #options: MeaningOptions
  #embedder: Promise<Embedder | undefined> | undefined
  #opening: Promise<Meaning | undefined> | undefined
  #meaning: Meaning | undefined
  #former: Promise<Meaning | undefined> | undefined
  #failedAt: number | undefined
  /** Why there is none, as a sentence. */
  problem: string | undefined

  constructor(options: MeaningOptions) {
    this.#options = options
  }

  /** What there is by now. */
  get opened(): Meaning | undefined {
    return this.#meaning
  }

  /** The model alone. Never rejects. */
  embedder(): Promise<Embedder | undefined> {
    if (this.#failedAt !== undefined && performance.now() - this.#failedAt > TRY_AGAIN_MS) this.#forget()
    this.#embedder ??= this.#options.models.open().then(
      (embedder) => {
        if (!embedder) this.problem = 'No model of meaning is used; words alone are searched.'
        return embedder
      },
      (error: unknown) => this.#failed(error),
    )
    return this.#embedder
  }

  /** That of the chosen model, which may not have embedded all yet. Never rejects: without meaning words are searched all the same. */
  async open(): Promise<Meaning | undefined> {
    await this.embedder()
    this.#opening ??= this.#open().catch((error: unknown) => this.#failed(error))
    return await this.#opening
  }

  /** What answers a question: after a change the former model, as long as it knows more than the chosen one. Never rejects. */
  async answering(): Promise<Meaning | undefined> {
    const opened = await this.open()
    return (await this.former()) ?? opened
  }

  /** The model that answers until the chosen one has embedded all; undefined where there is none. Never rejects. */
  async former(): Promise<Meaning | undefined> {
    const missing = this.#missing(this.#meaning)
    if (missing === 0) return undefined
    this.#former ??= this.#openFormer().catch(() => undefined)
    const former = await this.#former
    return this.#missing(former) < missing ? former : undefined
  }

  /** Another model was chosen. */
  async change(): Promise<void> {
    await this.#opening
    this.#former = undefined
    this.#forget()
  }

  /** The chosen model has embedded all. A question may still be with the former one, which is freed with the last. */
  settle(): void {
    this.#former = undefined
    this.#options.models.settle()
  }

  /** The chosen model could not embed. */
  failed(error: EmbedderError): void {
    this.problem = toldOf(error)
  }

  /** The chosen model embeds. */
  works(): void {
    if (this.#meaning) this.problem = undefined
  }

  async close(): Promise<void> {
    await this.#opening
    await (await this.#embedder)?.close()
    await (await this.#former)?.embedder.close()
  }

  #forget(): void {
    this.#embedder = undefined
    this.#opening = undefined
    this.#meaning = undefined
    this.#failedAt = undefined
    this.problem = undefined
  }

  #failed(error: unknown): undefined {
    this.#failedAt = performance.now()
    this.problem = toldOf(error)
  }

  async #open(): Promise<Meaning | undefined> {
    const embedder = await this.embedder()
    this.#meaning = embedder && (await this.#with(embedder))
    return this.#meaning
  }

  async #openFormer(): Promise<Meaning | undefined> {
    const embedder = await this.#options.models.openFormer()
    return embedder && (await this.#with(embedder))
  }

  async #with(embedder: Embedder): Promise<Meaning> {
    const { library, folder, openDriver } = this.#options
    const { id, dimensions } = embedder
    const driver = await openDriver()
    const modelId = await library.modelId(id, dimensions)
    const drivers = { driver, driverOf: vectorDriverOf }
    const vectors = await Vectors.open({ library, folder, modelId, dimensions, ...drivers })
    return { embedder, vectors, modelId }
  }

  /** How many texts it has no vector of. */
  #missing(meaning: Meaning | undefined): number {
    return meaning ? this.#options.library.missingVectors(meaning.modelId) : Number.POSITIVE_INFINITY
  }
}

const toldOf = (error: unknown): string =>
  `${error instanceof Error ? error.message : String(error)} Words alone are searched.`

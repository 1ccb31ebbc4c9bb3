/** Texts that can be searched as those of a user can, in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../host/database.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { LIBRARY_STEPS, Library } from '../index/library.ts'
import { usearch } from '../index/usearch.ts'
import { Vectors } from '../index/vectors.ts'
import { type Hit, type Meaning, type SearchOptions, search } from '../query/search.ts'
import { type Weights, weightsFor } from '../query/weights.ts'
import { embeddedText } from '../reading/cut.ts'
import { readDocument } from '../reading/read.ts'

export interface SearchedText {
  /** Where it lies, such as `/notes/boiler.md`. */
  path: string
  text: string
  modifiedAt?: number
  language?: string
}

export interface NamedHit extends Hit {
  path: string
}

/** Of the model that ships, for texts that only their words find. */
const PIECE = { maxTokens: 128, countTokens: (text: string) => Math.ceil(text.length / 4) }

export class SearchedTexts {
  readonly library: Library
  readonly #folder: string
  readonly #close: () => Promise<void>
  #embedder: Embedder | undefined
  meaning: Meaning | undefined

  private constructor(
    library: Library,
    folder: string,
    embedder: Embedder | undefined,
    close: () => Promise<void>,
  ) {
    this.library = library
    this.#folder = folder
    this.#embedder = embedder
    this.#close = close
  }

  /** Without an embedder only their words are found. */
  static async of(texts: readonly SearchedText[], embedder?: Embedder): Promise<SearchedTexts> {
    const folder = mkdtempSync(join(tmpdir(), 'searched-'))
    const database = await openDatabase({ folder, name: 'search', steps: LIBRARY_STEPS })
    const searched = new SearchedTexts(new Library(database), folder, embedder, async () => {
      await database.close()
      rmSync(folder, { recursive: true })
    })
    for (const text of texts) await searched.add(text)
    await searched.embed()
    return searched
  }

  /** Reads and cuts a text, or one that takes the place of it; its words can be searched then. */
  async add({ path, text, modifiedAt = 0, language = '' }: SearchedText): Promise<void> {
    const bytes = Buffer.from(text)
    const file = { name: path, size: bytes.length, parts: [{ start: 0, bytes }] }
    const read = await readDocument(file, { measure: this.#embedder ? measureOf(this.#embedder) : PIECE })
    if ('problem' in read) throw new Error(`${path} was not read: ${read.problem}`)
    const { pieces, format } = read
    const { id } = await this.library.begin({ path, version: text.length.toString(), modifiedAt, format })
    await this.library.finish(id, language, pieces)
  }

  /** What is new can be found by its meaning then, too. */
  async embed(): Promise<void> {
    const embedder = this.#embedder
    if (!embedder) return
    const modelId = await this.library.modelId(embedder.id, embedder.dimensions)
    for (;;) {
      const some = this.library.withoutVector(modelId, 256)
      if (some.length === 0) break
      const vectors = await embedder.embed(some.map(embeddedText), 'passage')
      const made = some.map(({ digest }, i) => ({ digest, vector: vectors[i] as Float32Array }))
      await this.library.addVectors(modelId, made)
    }
    const { library } = this
    const { dimensions } = embedder
    const options = { library, folder: this.#folder, driver: usearch, modelId, dimensions }
    this.meaning ??= { embedder, vectors: await Vectors.open(options), modelId }
    await this.meaning.vectors.follow()
  }

  async search(
    question: string,
    options: Partial<SearchOptions> = {},
    weights: Weights = weightsFor(this.#embedder),
  ): Promise<NamedHit[]> {
    const { hits } = await search(question, this.library, this.meaning, weights, { count: 10, ...options })
    return hits.map((hit) => ({ ...hit, path: this.library.fileById(hit.record.file)?.path ?? '' }))
  }

  close(): Promise<void> {
    return this.#close()
  }
}

const measureOf = (embedder: Embedder) => ({
  maxTokens: embedder.maxTokens,
  countTokens: (text: string) => embedder.countTokens(text),
})

/** The vectors of one model, kept in step with the library. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Library } from './library.ts'
import { loadIndex, type SavedAs, saveIndex } from './saved-index.ts'
import type { Neighbour, VectorIndex } from './vector-index.ts'

/** How many are added in one turn of the event loop: each takes about a millisecond. */
const AT_ONCE = 8
const READ_AT_ONCE = 512
/** How many changes are worth saving an index for. */
const WORTH_SAVING = 2000

export interface VectorsOptions extends SavedAs {
  library: Library
  folder: string
  /** The number of the model in the library. */
  modelId: number
}

export class Vectors {
  readonly #options: VectorsOptions
  #index: VectorIndex
  /** The last change of the library that is in the index. */
  #change: number
  #unsaved = 0
  #following: Promise<void> | undefined

  private constructor(options: VectorsOptions, index: VectorIndex, change: number) {
    this.#options = options
    this.#index = index
    this.#change = change
  }

  /** What was saved, where it can be used, and what has changed since; else one made of all vectors. */
  static async open(options: VectorsOptions, signal?: AbortSignal): Promise<Vectors> {
    const saved = loadIndex(options.folder, options)
    if (saved) {
      const vectors = new Vectors(options, saved.index, saved.change)
      await vectors.follow(signal)
      return vectors
    }
    const { library, modelId, driver, dimensions } = options
    const change = library.lastChange()
    const index = driver.create(dimensions)
    for (let after = 0; ; ) {
      const some = library.vectors(modelId, after, READ_AT_ONCE)
      if (some.length === 0) break
      for (const [i, { piece, vector }] of some.entries()) {
        index.add(piece, vector)
        if (i % AT_ONCE === 0) await nextTurn(undefined, signal && { signal })
      }
      after = some.at(-1)?.piece ?? after
    }
    const vectors = new Vectors(options, index, change)
    vectors.#unsaved = index.size
    await vectors.follow(signal)
    return vectors
  }

  get size(): number {
    return this.#index.size
  }

  nearest(vector: Float32Array, count: number): Neighbour[] {
    return this.#index.nearest(vector, count)
  }

  /** Takes over what has changed in the library since. Two at once are one. */
  follow(signal?: AbortSignal): Promise<void> {
    this.#following ??= this.#follow(signal).finally(() => {
      this.#following = undefined
    })
    return this.#following
  }

  /** Saves it where that is worth it. */
  async save(worth = WORTH_SAVING): Promise<void> {
    if (this.#unsaved < worth) return
    const { folder, library } = this.#options
    const change = this.#change
    await saveIndex(folder, this.#options, this.#index, change)
    this.#unsaved = 0
    await library.forgetChanges(change)
  }

  async #follow(signal: AbortSignal | undefined): Promise<void> {
    const { library, modelId } = this.#options
    const { pieces, last } = library.changesSince(this.#change)
    for (const [i, piece] of pieces.entries()) {
      const vector = library.vectorOf(piece, modelId)
      if (vector) this.#index.add(piece, vector)
      else this.#index.remove(piece)
      if (i % AT_ONCE === 0) await nextTurn(undefined, signal && { signal })
    }
    this.#change = last
    this.#unsaved += pieces.length
  }
}

/** The pieces that are closest to a question in meaning, and how much of that is chance. */
import type { Embedder } from '../embedding/embedder.ts'
import type { Filter, Library, PieceRecord } from '../index/library.ts'
import type { Vectors } from '../index/vectors.ts'
import { crowdingOf, dot } from './crowding.ts'
import { particularOf } from './ordinary-questions.ts'
import type { Weights } from './weights.ts'

/** What answers a question by meaning, where there is something. */
export interface Meaning {
  embedder: Embedder
  vectors: Vectors
  /** The number of its model in the library. */
  modelId: number
}

export interface Closeness {
  /** The cosine between the question and a piece. */
  meaning: number
  /** That between a piece and what is particular about the question. */
  particular: number
  /** How close the piece is to others that are close to the question. */
  crowding: number
}

export interface Near {
  /** The closest pieces that a filter lets through. */
  pieces: readonly number[]
  /** By piece, how close these and others are, such as were found by their words; without those that were not embedded yet. */
  among(records: readonly PieceRecord[]): ReadonlyMap<number, Closeness>
}

/** Of so many texts. Rejects with an EmbedderError, or the signal's reason. */
export async function closest(
  question: string,
  count: number,
  library: Library,
  { embedder, vectors, modelId }: Meaning,
  weights: Weights,
  { signal, ...filter }: Filter & { signal?: AbortSignal },
): Promise<Near | undefined> {
  const [asked] = await embedder.embed([question], 'query', signal)
  if (!asked) return undefined
  const particular = weights.isParticular ? await particularOf(asked, embedder, library, modelId) : asked
  const pieces = vectors.nearest(asked, count, filter).map(({ key }) => key)
  const isNear = new Set(pieces)
  return {
    pieces,
    among: (records) => {
      const near = new Set(records.filter(({ id }) => isNear.has(id)).map(({ text }) => text))
      const vectorOf = library.vectorsOf([...new Set(records.map(({ text }) => text))], modelId)
      const nearVectors = [...near].flatMap((text) => vectorOf.get(text) ?? [])
      const crowding = weights.crowding > 0 ? crowdingOf(nearVectors, weights.usualCrowding) : []
      const byVector = new Map(nearVectors.map((vector, i) => [vector, crowding[i]]))
      // What is found by its words alone is further away, and as crowded as any.
      const usual = crowding.reduce((sum, one) => sum + one, 0) / (crowding.length || 1)
      const closeness = new Map<number, Closeness>()
      for (const { id, text } of records) {
        const vector = vectorOf.get(text)
        if (!vector) continue
        const meaning = dot(asked, vector)
        closeness.set(id, {
          meaning,
          particular: weights.isParticular ? dot(particular, vector) : meaning,
          crowding: byVector.get(vector) ?? usual,
        })
      }
      return closeness
    },
  }
}

/**
 * The nearest vectors, found fast. What an index holds is made of the vectors in the database and can be made anew: losing one
 * costs time and nothing else. usearch and faiss stand behind this (vector-index.contract.ts says what both keep to).
 */
export interface Neighbour {
  key: number
  /** The cosine of the angle between the two, from -1 to 1. */
  similarity: number
}

export interface VectorIndex {
  readonly dimensions: number
  /** How many vectors there are. */
  readonly size: number
  /** In place of the one that has the key. A vector has length 1. */
  add(key: number, vector: Float32Array): void
  /** Whether there was one. */
  remove(key: number): boolean
  /** Those closest, the closest first; fewer where there are not so many. */
  nearest(vector: Float32Array, count: number): Neighbour[]
  /** Writes it to a file that is new. */
  save(path: string): void
  /** Reads it from a file. Throws where it is another's, or of other dimensions; damage is not found out, so that a digest must be. */
  load(path: string): void
}

export interface VectorDriver {
  /** Part of what a saved index is known by. */
  readonly name: string
  create(dimensions: number): VectorIndex
}

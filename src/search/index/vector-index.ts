/**
 * The nearest vectors, found fast. An index is made once and never changed: what is new stands beside it, and what is gone is no
 * longer in the library, where every hit is looked up. usearch and faiss stand behind this; vector-index.contract.ts says what both
 * keep to.
 */
export interface Neighbour {
  key: number
  /** The cosine of the angle between the two, from -1 to 1. */
  similarity: number
}

export interface VectorIndex {
  /** How many vectors there are. */
  readonly size: number
  /** Those closest, the closest first; fewer where there are not so many. */
  nearest(vector: Float32Array, count: number): Neighbour[]
}

export interface VectorIndexBuilder {
  /**
   * A vector has length 1, or is all zeros, and close to nothing. A key is a whole number. Each key and each vector is given once:
   * others are lost in a graph behind many that are the same.
   */
  add(key: number, vector: Float32Array): void
  /** Writes it to a file that is new. Throws where it can't, such as on a full disk. */
  save(path: string): void
}

export interface VectorDriver {
  /** Part of what a saved index is known by. */
  readonly name: string
  build(dimensions: number): VectorIndexBuilder
  /** Throws where the file is none of its own, or of other dimensions. Damage is not found out: see segment-file.ts. */
  open(path: string, dimensions: number): VectorIndex
  /** Compares all that `rows` has one behind the other; a key is a place, from 0 on. Only where it is faster than to do so here. */
  nearestOf?: NearestOf
}

/** Those closest of at least as many as are asked for, the closest first. */
export type NearestOf = (rows: Float32Array, vector: Float32Array, count: number) => Neighbour[]

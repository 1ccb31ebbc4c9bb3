/** usearch behind the interface: a graph of neighbours (HNSW), each number in 16 bits. Source: arXiv:1603.09320 */
import { Index, MetricKind, ScalarKind } from 'usearch'
import type { Neighbour, VectorDriver, VectorIndex } from './vector-index.ts'

/** How many neighbours each vector keeps, and how many are looked at on the way: more find better, and take longer. */
const CONNECTIVITY = 16
const LOOKED_AT_ADDING = 128
const LOOKED_AT_SEARCHING = 96
const ONE_THREAD = 1

export const usearch: VectorDriver = {
  name: `usearch-f16-${CONNECTIVITY}`,
  create: (dimensions) => new Usearch(dimensions),
}

class Usearch implements VectorIndex {
  readonly dimensions: number
  #index: Index

  constructor(dimensions: number) {
    this.dimensions = dimensions
    this.#index = empty(dimensions)
  }

  get size(): number {
    return this.#index.size()
  }

  add(key: number, vector: Float32Array): void {
    this.remove(key)
    this.#index.add(BigInt(key), vector, ONE_THREAD)
  }

  remove(key: number): boolean {
    return this.#index.contains(BigInt(key)) === true && this.#index.remove(BigInt(key)) === 1
  }

  nearest(vector: Float32Array, count: number): Neighbour[] {
    const found = Math.min(count, this.size)
    if (found === 0) return []
    const { keys, distances } = this.#index.search(vector, found, ONE_THREAD)
    return Array.from(keys, (key, i) => ({ key: Number(key), similarity: 1 - (distances[i] as number) }))
  }

  save(path: string): void {
    this.#index.save(path)
  }

  load(path: string): void {
    const loaded = empty(this.dimensions)
    loaded.load(path)
    if (Number(loaded.dimensions()) !== this.dimensions)
      throw new Error(`${path} has vectors of ${loaded.dimensions()} numbers, not ${this.dimensions}.`)
    this.#index = loaded
  }
}

const empty = (dimensions: number): Index =>
  new Index({
    dimensions,
    metric: MetricKind.Cos,
    quantization: ScalarKind.F16,
    connectivity: CONNECTIVITY,
    expansion_add: LOOKED_AT_ADDING,
    expansion_search: LOOKED_AT_SEARCHING,
    multi: false,
  })

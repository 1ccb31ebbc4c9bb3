/**
 * usearch behind the interface: a graph of neighbours (HNSW), each number in 16 bits. A saved one is mapped, not read: what of it is
 * in memory is the system's to keep or to drop. Source: arXiv:1603.09320
 */
import { exactSearch, Index, type Matches, MetricKind, ScalarKind } from 'usearch'
import type { Neighbour, VectorDriver, VectorIndex, VectorIndexBuilder } from './vector-index.ts'

/** How many neighbours each vector keeps, and how many are looked at on the way: more find better, and take longer. */
const CONNECTIVITY = 16
const LOOKED_AT_ADDING = 128
const LOOKED_AT_SEARCHING = 64
const ONE_THREAD = 1

export const usearch: VectorDriver = {
  name: `usearch-f16-${CONNECTIVITY}-${LOOKED_AT_ADDING}`,
  build: (dimensions) => new Builder(dimensions),
  open: (path, dimensions) => new Graph(path, dimensions),
  nearestOf: (rows, vector, count) => {
    const { length } = vector
    const [all, one] = [ofItsOwn(rows), ofItsOwn(vector)]
    return neighbours(exactSearch(all, one, length, count, MetricKind.IP, ONE_THREAD) as Matches)
  },
}

class Builder implements VectorIndexBuilder {
  readonly #index: Index

  constructor(dimensions: number) {
    this.#index = empty(dimensions)
  }

  add(key: number, vector: Float32Array): void {
    this.#index.add(BigInt(key), vector, ONE_THREAD)
  }

  save(path: string): void {
    this.#index.save(path)
  }
}

class Graph implements VectorIndex {
  readonly size: number
  readonly #index: Index

  constructor(path: string, dimensions: number) {
    this.#index = empty(dimensions)
    this.#index.view(path)
    if (Number(this.#index.dimensions()) !== dimensions)
      throw new Error(`${path} has vectors of ${this.#index.dimensions()} numbers, not ${dimensions}.`)
    this.size = Number(this.#index.size())
  }

  nearest(vector: Float32Array, count: number): Neighbour[] {
    const found = Math.min(count, this.size)
    if (found === 0) return []
    return neighbours(this.#index.search(vector, found, ONE_THREAD))
  }
}

/** It compares what stands at the beginning of a buffer, wherever in it the numbers begin that it is given. */
const ofItsOwn = (numbers: Float32Array): Float32Array =>
  numbers.byteOffset === 0 ? numbers : numbers.slice()

const neighbours = ({ keys, distances }: Matches): Neighbour[] =>
  Array.from(keys, (key, i) => ({ key: Number(key), similarity: 1 - (distances[i] as number) }))

const empty = (dimensions: number): Index =>
  new Index({
    dimensions,
    metric: MetricKind.IP,
    quantization: ScalarKind.F16,
    connectivity: CONNECTIVITY,
    expansion_add: LOOKED_AT_ADDING,
    expansion_search: LOOKED_AT_SEARCHING,
    multi: false,
  })

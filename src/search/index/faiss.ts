/**
 * faiss behind the interface: every vector is compared, each number in 16 bits, read into memory as a whole. Its binding is built
 * where the system has libfaiss (`make faiss`), and is loaded when it is asked for. Source: https://github.com/facebookresearch/faiss
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Neighbour, VectorDriver, VectorIndex, VectorIndexBuilder } from './vector-index.ts'

/** What is used of faiss-node. Numbers come and go as plain arrays, and vectors are numbered from 0 on. */
interface FaissIndex {
  ntotal(): number
  getDimension(): number
  train(vectors: number[]): void
  add(vectors: number[]): void
  search(vector: number[], count: number): { distances: number[]; labels: number[] }
  toBuffer(): Buffer
}
interface Faiss {
  Index: {
    fromFactory(dimensions: number, kind: string, metric: number): FaissIndex
    fromBuffer(bytes: Buffer): FaissIndex
  }
}

/** No graph: faiss-node can't say how many neighbours of one are looked at, and with faiss's own number too few are found. */
const KIND = 'SQfp16'
const INNER_PRODUCT = 0
/** A file begins with this and the number of vectors; their keys follow, and then faiss's own bytes. */
const MAGIC = Buffer.from('faisskey')
const HEAD_BYTES = MAGIC.length + 8

/** Throws, with what to do, where the binding is not built. */
export function loadFaiss(): VectorDriver {
  const faiss = load()
  return {
    name: 'faiss-flat-f16',
    build: (dimensions) => new Builder(empty(faiss, dimensions)),
    open: (path, dimensions) => open(faiss, path, dimensions),
  }
}

function empty({ Index }: Faiss, dimensions: number): FaissIndex {
  const index = Index.fromFactory(dimensions, KIND, INNER_PRODUCT)
  // There is nothing to learn for numbers of 16 bits, but adding ends the process without it.
  index.train(new Array(dimensions).fill(0))
  return index
}

function load(): Faiss {
  // Read when the library is loaded: one thread, since all others are the models' and the searches'.
  process.env.OMP_NUM_THREADS ??= '1'
  process.env.OPENBLAS_NUM_THREADS ??= '1'
  try {
    return createRequire(import.meta.url)('faiss-node')
  } catch (error) {
    throw new Error(
      'The binding of faiss is not built here; run "make faiss", or set "vectorIndex: usearch" in fs.yaml.',
      {
        cause: error,
      },
    )
  }
}

class Builder implements VectorIndexBuilder {
  readonly #index: FaissIndex
  readonly #keys: number[] = []

  constructor(index: FaissIndex) {
    this.#index = index
  }

  add(key: number, vector: Float32Array): void {
    this.#index.add(Array.from(vector))
    this.#keys.push(key)
  }

  save(path: string): void {
    const count = Buffer.alloc(8)
    count.writeBigUInt64LE(BigInt(this.#keys.length))
    const keys = Buffer.from(Float64Array.from(this.#keys).buffer)
    writeFileSync(path, Buffer.concat([MAGIC, count, keys, this.#index.toBuffer()]), { flag: 'wx' })
  }
}

function open(faiss: Faiss, path: string, dimensions: number): VectorIndex {
  const bytes = readFileSync(path)
  const count = bytes.length > HEAD_BYTES ? Number(bytes.readBigUInt64LE(MAGIC.length)) : -1
  const begin = HEAD_BYTES + count * 8
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || count < 0 || begin >= bytes.length)
    throw new Error(`${path} is no index of faiss.`)
  const keys = new Float64Array(Uint8Array.from(bytes.subarray(HEAD_BYTES, begin)).buffer)
  const index = faiss.Index.fromBuffer(bytes.subarray(begin))
  if (index.getDimension() !== dimensions || index.ntotal() !== count)
    throw new Error(`${path} has ${index.ntotal()} vectors of ${index.getDimension()} numbers.`)
  return { size: count, nearest: (vector, wanted) => nearest(index, keys, vector, wanted) }
}

function nearest(index: FaissIndex, keys: Float64Array, vector: Float32Array, wanted: number): Neighbour[] {
  const count = Math.min(wanted, keys.length)
  if (count === 0) return []
  const { distances, labels } = index.search(Array.from(vector), count)
  const found: Neighbour[] = []
  for (const [i, label] of labels.entries())
    if (label >= 0) found.push({ key: keys[label] as number, similarity: distances[i] as number })
  return found
}

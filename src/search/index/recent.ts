/** Vectors that are in no segment yet: compared with each, which is exact, and fast enough for some thousands. */
import { dot } from '../query/crowding.ts'
import { fromBytes } from './half-floats.ts'
import type { NearestOf, Neighbour } from './vector-index.ts'

export class RecentVectors {
  readonly #dimensions: number
  readonly #nearestOf: NearestOf
  #rows = new Float32Array(0)
  readonly keys: number[] = []

  constructor(dimensions: number, nearestOf: NearestOf = compareEach) {
    this.#dimensions = dimensions
    this.#nearestOf = nearestOf
  }

  get size(): number {
    return this.keys.length
  }

  add(key: number, numbers: Uint8Array): void {
    const place = this.size * this.#dimensions
    if (place === this.#rows.length) {
      const larger = new Float32Array(Math.max(64 * this.#dimensions, place * 2))
      larger.set(this.#rows)
      this.#rows = larger
    }
    fromBytes(numbers, this.#rows, place)
    this.keys.push(key)
  }

  vector(at: number): Float32Array {
    return this.#rows.subarray(at * this.#dimensions, (at + 1) * this.#dimensions)
  }

  /** Those closest, the closest first. */
  nearest(vector: Float32Array, count: number): Neighbour[] {
    if (this.size === 0) return []
    const rows = this.#rows.subarray(0, this.size * this.#dimensions)
    const found = this.#nearestOf(rows, vector, Math.min(count, this.size))
    return found.map(({ key: place, similarity }) => ({ key: this.keys[place] as number, similarity }))
  }
}

/** Without a library. */
const compareEach: NearestOf = (rows, vector, count) => {
  const similarities = new Float32Array(rows.length / vector.length)
  for (let i = 0; i < similarities.length; i++)
    similarities[i] = dot(vector, rows.subarray(i * vector.length, (i + 1) * vector.length))
  const least = similarities.length <= count ? -Infinity : similarities.toSorted().at(-count)
  const found: Neighbour[] = []
  for (const [key, similarity] of similarities.entries())
    if (similarity >= (least as number)) found.push({ key, similarity })
  return found.sort((a, b) => b.similarity - a.similarity).slice(0, count)
}

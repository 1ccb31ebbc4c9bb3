/** Vectors that are in no segment yet: compared with each, which is exact, and fast enough for some thousands. */
import { fromBytes } from './half-floats.ts'
import type { Neighbour } from './vector-index.ts'

export class RecentVectors {
  readonly #dimensions: number
  #rows = new Float32Array(0)
  readonly keys: number[] = []

  constructor(dimensions: number) {
    this.#dimensions = dimensions
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
    const similarities = new Float32Array(this.size)
    for (let i = 0; i < similarities.length; i++) similarities[i] = this.#dot(vector, i)
    const least = similarities.length <= count ? -Infinity : similarities.toSorted().at(-count)
    const found: Neighbour[] = []
    for (const [i, similarity] of similarities.entries())
      if (similarity >= (least as number)) found.push({ key: this.keys[i] as number, similarity })
    return found.sort((a, b) => b.similarity - a.similarity).slice(0, count)
  }

  /** Four sums at once, since a processor adds to one only after the last was added. */
  #dot(vector: Float32Array, at: number): number {
    const rows = this.#rows
    const end = this.#dimensions
    let place = at * end
    let [a, b, c, d] = [0, 0, 0, 0]
    let i = 0
    for (; i + 3 < end; i += 4, place += 4) {
      a += (vector[i] as number) * (rows[place] as number)
      b += (vector[i + 1] as number) * (rows[place + 1] as number)
      c += (vector[i + 2] as number) * (rows[place + 2] as number)
      d += (vector[i + 3] as number) * (rows[place + 3] as number)
    }
    for (; i < end; i++, place++) a += (vector[i] as number) * (rows[place] as number)
    return a + b + c + d
  }
}

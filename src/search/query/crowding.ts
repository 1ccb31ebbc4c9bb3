/**
 * Some passages are close to many others, and so to any question, whatever it asks (hubness). How crowded it is around each that may
 * answer says how much of its similarity is chance. Source: https://jmlr.org/papers/v11/radovanovic10a.html
 */

/** So many of its nearest neighbours say how crowded it is around a text. */
const NEIGHBOURS = 3
/** What is so close says the same, and would speak against texts of which there are versions. */
const OF_VERSIONS = 0.95
/** The mean similarity of each to its nearest neighbours among the others, `usual` where it has fewer; vectors have length 1. */
export function crowdingOf(vectors: readonly Float32Array[], usual: number): number[] {
  const nearest = vectors.map(() => new Float64Array(NEIGHBOURS).fill(-Infinity))
  for (let i = 0; i < vectors.length; i++)
    for (let j = 0; j < i; j++) {
      const similarity = dot(vectors[i] as Float32Array, vectors[j] as Float32Array)
      if (similarity >= OF_VERSIONS) continue
      insert(nearest[i] as Float64Array, similarity)
      insert(nearest[j] as Float64Array, similarity)
    }
  const counted = (one: number) => (one === -Infinity ? usual : Math.max(0, one))
  return nearest.map((some) => some.reduce((sum, one) => sum + counted(one), 0) / NEIGHBOURS)
}

/** Keeps the largest, the largest first. */
function insert(largest: Float64Array, value: number): void {
  let at = largest.length - 1
  if (value <= (largest[at] as number)) return
  while (at > 0 && value > (largest[at - 1] as number)) largest[at] = largest[--at] as number
  largest[at] = value
}

/** Four sums at once: a processor adds them beside each other. */
export function dot(one: Float32Array, other: Float32Array): number {
  const length = Math.min(one.length, other.length)
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    a += (one[i] as number) * (other[i] as number)
    b += (one[i + 1] as number) * (other[i + 1] as number)
    c += (one[i + 2] as number) * (other[i + 2] as number)
    d += (one[i + 3] as number) * (other[i + 3] as number)
  }
  for (; i < length; i++) a += (one[i] as number) * (other[i] as number)
  return a + b + c + d
}

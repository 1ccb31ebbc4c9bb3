/** What is close in meaning to a file: its passages together, or those between two lines. */
import type { Library, PieceRecord } from '../../../search/index/library.ts'
import type { Hit, Meaning } from '../../../search/query/search.ts'
import type { SimilarOptions } from './file-search.ts'

/** Passages that are looked at, closest first. */
const LOOKED_AT = 400

/** The best passage of each file, the closest first; without the file itself and copies of what it says. */
export function similarTo(
  path: string,
  library: Library,
  { vectors, modelId }: Meaning,
  threshold: number,
  { startLine = 1, endLine = Number.POSITIVE_INFINITY, ...filter }: SimilarOptions,
): Hit[] {
  const file = library.file(path)
  if (!file) return []
  const all = library.piecesOf(file.id)
  const own = new Set(all.map(keyOf))
  const asked = all.filter((piece) => piece.startLine <= endLine && piece.endLine >= startLine)
  const mean = meanOf(asked.flatMap(({ id }) => library.vectorOf(id, modelId) ?? []))
  if (!mean) return []
  const near = vectors.nearest(mean, LOOKED_AT, filter).filter(({ similarity }) => similarity >= threshold)
  const byFile = new Map<number, Hit>()
  for (const { key, similarity } of near) {
    const record = library.piece(key)
    if (!record || record.file === file.id || own.has(keyOf(record)) || byFile.has(record.file)) continue
    byFile.set(record.file, {
      record,
      copies: [],
      others: [],
      piece: key,
      score: similarity,
      meaning: similarity,
      words: [],
      exact: [],
      coverage: 0,
    })
  }
  return [...byFile.values()]
}

const keyOf = ({ digest }: PieceRecord): string => Buffer.from(digest).toString('hex')

/** Of length 1; undefined for none. */
function meanOf(vectors: readonly Float32Array[]): Float32Array | undefined {
  const [first] = vectors
  if (!first) return undefined
  const sum = new Float32Array(first.length)
  for (const vector of vectors) for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + value
  const length = Math.hypot(...sum)
  return length > 0 ? sum.map((value) => value / length) : undefined
}

/** A question → what answers it: words and meaning from the library, put together, near-copies as one. */
import type { Embedder } from '../embedding/embedder.ts'
import type { Filter, Library, PieceRecord } from '../index/library.ts'
import type { Vectors } from '../index/vectors.ts'
import { embeddedText } from '../reading/cut.ts'
import { matchFor } from './match.ts'
import { type Question, readQuestion } from './question.ts'
import { type Ranked, rank, stem, type Weights } from './rank.ts'

/** What answers a question by meaning, where there is something. */
export interface Meaning {
  embedder: Embedder
  vectors: Vectors
  /** The number of its model in the library. */
  modelId: number
}

export interface SearchOptions extends Filter {
  /** How many hits at most, and how many before them are left out. */
  count: number
  skip?: number
  signal?: AbortSignal
}

export interface Hit extends Ranked {
  record: PieceRecord
  /** Other pieces with the very same text. */
  copies: readonly PieceRecord[]
}

/** How many of each kind are looked at: enough that a page further on is as good as the first. */
const LOOKED_AT = 200

export async function search(
  question: string,
  library: Library,
  meaning: Meaning | undefined,
  weights: Weights,
  options: SearchOptions,
): Promise<{ hits: Hit[]; more: boolean }> {
  const asked = readQuestion(question)
  const match = matchFor(asked)
  if (match === undefined) return { hits: [], more: false }
  const byWords = library.withWords(match, options, LOOKED_AT)
  const near = meaning && (await closest(asked, library, meaning, options))
  const records = new Map<number, PieceRecord>()
  for (const id of new Set([...byWords, ...(near?.similarities.keys() ?? [])])) {
    const record = library.piece(id)
    if (record) records.set(id, record)
  }
  const candidates = [...records.values()].map((record) => ({
    piece: record.id,
    text: embeddedText(record),
    meaning: near?.similarities.get(record.id) ?? near?.to(record.id),
  }))
  const ranked = rank(asked, candidates, rarities(asked, library), weights)
  const hits = withoutCopies(ranked, records)
  const { skip = 0, count } = options
  return { hits: hits.slice(skip, skip + count), more: hits.length > skip + count }
}

interface Near {
  /** The closest pieces that a filter lets through. */
  similarities: ReadonlyMap<number, number>
  /** How close a piece is that was found by its words; undefined where it was not embedded yet. */
  to(piece: number): number | undefined
}

async function closest(
  { text }: Question,
  library: Library,
  { embedder, vectors, modelId }: Meaning,
  options: SearchOptions,
): Promise<Near | undefined> {
  const [asked] = await embedder.embed([text], 'query', options.signal)
  if (!asked) return undefined
  const to = (piece: number) => {
    const vector = library.vectorOf(piece, modelId)
    return vector && dot(asked, vector)
  }
  const found = vectors.nearest(asked, LOOKED_AT, options)
  return { similarities: new Map(found.map(({ key, similarity }) => [key, similarity])), to }
}

const dot = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0)

/** From 0, for a word in every piece, to 1, for one that is in none. */
function rarities({ words }: Question, library: Library): (word: string) => number {
  const { texts } = library.counts()
  const frequencies = library.frequencies(words)
  const most = Math.log((texts + 1) / 0.5)
  return (word) =>
    Math.log((texts + 1) / ((frequencies.get(word) ?? frequencies.get(stem(word)) ?? 0) + 0.5)) / most
}

/** The same text stands once, at its best, with all the places where it lies. */
function withoutCopies(ranked: readonly Ranked[], records: ReadonlyMap<number, PieceRecord>): Hit[] {
  const byText = new Map<string, { hit: Ranked; record: PieceRecord; copies: PieceRecord[] }>()
  for (const hit of ranked) {
    const record = records.get(hit.piece)
    if (!record) continue
    const text = Buffer.from(record.digest).toString('hex')
    const first = byText.get(text)
    if (first) first.copies.push(record)
    else byText.set(text, { hit, record, copies: [] })
  }
  return [...byText.values()].map(({ hit, record, copies }) => ({ ...hit, record, copies }))
}

/** A library as a user with many documents has it: texts of words as often as words are, and vectors that lie in clusters. */
import { createHash } from 'node:crypto'
import type { Library, NewPiece } from '../../../src/search/index/library.ts'

/** Words of a text, of which there are so many. */
const WORDS_OF_TEXT = 90
const WORDS = 60_000
const TEXTS_OF_FILE = 10
const CLUSTERS = 500
/** How far vectors are from the middle of their cluster, against how far the middles are from each other. */
const SPREAD = 0.9
/** Syllables, of which words are made. */
const SYLLABLES = 'ba de fi go lu ma ne pi ro su ta ve wi xo za ke mi no'.split(' ')

/** From 0 to 1, the same again for the same seed. Source: mulberry32 */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Source {
  text(): string
  vector(): Float32Array
}

export function source(dimensions: number, seed = 1): Source {
  const next = random(seed)
  const normal = () => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next())
  const middles = Array.from({ length: CLUSTERS }, () => Float32Array.from({ length: dimensions }, normal))
  return {
    text: () => Array.from({ length: WORDS_OF_TEXT }, () => word(Math.floor(WORDS ** next()))).join(' '),
    vector() {
      const middle = middles[Math.floor(next() * CLUSTERS)] as Float32Array
      const vector = middle.map((one) => one + SPREAD * normal())
      const length = Math.hypot(...vector)
      return vector.map((one) => one / length)
    },
  }
}

/** The word of a rank: the first is in nearly every text, and the last in hardly any (Zipf's law). */
export function word(rank: number): string {
  let name = ''
  for (let rest = rank + SYLLABLES.length; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    name += SYLLABLES[rest % SYLLABLES.length]
  return name
}

const digestOf = (text: string) => createHash('sha256').update(text).digest()

export interface FillOptions {
  /** Writes a file, and says what it is known by. */
  write(path: string, text: string): { version: string; modifiedAt: number }
  progress(done: number): void
}

/** Puts so many texts with their vectors into a library. */
export async function fill(
  library: Library,
  model: number,
  count: number,
  { text, vector }: Source,
  { write, progress }: FillOptions,
): Promise<void> {
  for (let done = 0; done < count; done += TEXTS_OF_FILE) {
    const path = `/Documents/${Math.floor(done / 1000)}/${done}.txt`
    const pieces = Array.from({ length: Math.min(TEXTS_OF_FILE, count - done) }, (_, i): NewPiece => {
      const content = text()
      const place = { startLine: i + 1, endLine: i + 1, startByte: 0, endByte: content.length }
      return { headings: [], content, ...place, digest: digestOf(content) }
    })
    const known = write(path, pieces.map(({ content }) => content).join('\n'))
    const { id } = await library.begin({ path, ...known, format: 'text' })
    await library.finish(id, 'en', pieces)
    await library.addVectors(
      model,
      pieces.map(({ digest }) => ({ digest, vector: vector() })),
    )
    if (done % 10_000 === 0) progress(done)
  }
}

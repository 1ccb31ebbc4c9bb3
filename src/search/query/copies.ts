/** Hits that say the same, together: the same text in several files, or versions of it. */
import type { Ranked } from './rank.ts'
import { wordsOf } from './words.ts'

/** The share of all their words that both have, from which on two texts say the same. */
const ALIKE = 0.85
/** So few words are a chance; then the texts must be the very same. */
const MIN_WORDS = 12
/** What is so much shorter has fewer words. */
const OF_LENGTH = 0.7
/** How many texts each is compared with; texts further on are not compared. */
const COMPARED = 50

export interface WithCopies<Hit> {
  hit: Hit
  copies: Hit[]
}

/** What a hit says: whole, and what is the same wherever it stands. */
export interface Saying {
  text: string
  digest: string
}

interface Group<Hit> extends WithCopies<Hit> {
  said: Said
}

/** In their order; the best of each kind stands for it. Only what was found for the same reason is the same. */
export function withoutCopies<Hit extends Ranked>(
  ranked: readonly Hit[],
  sayingOf: (hit: Hit) => Saying,
): WithCopies<Hit>[] {
  const groups: Group<Hit>[] = []
  const byDigest = new Map<string, Group<Hit>>()
  for (const hit of ranked) {
    const { text, digest } = sayingOf(hit)
    const said = new Said(text)
    const group =
      byDigest.get(digest) ??
      groups.slice(0, COMPARED).find((one) => isForTheSame(one.hit, hit) && one.said.isAlike(said))
    if (group) group.copies.push(hit)
    const own = group ?? { hit, copies: [], said }
    if (!group) groups.push(own)
    byDigest.set(digest, own)
  }
  return groups
}

/** Its words are cut out of it when they are first compared. */
class Said {
  readonly #text: string
  #words: ReadonlySet<string> | undefined

  constructor(text: string) {
    this.#text = text
  }

  get words(): ReadonlySet<string> {
    this.#words ??= new Set(wordsOf(this.#text))
    return this.#words
  }

  isAlike(other: Said): boolean {
    const [short, long] = [this.#text.length, other.#text.length].toSorted((a, b) => a - b) as [
      number,
      number,
    ]
    if (short < long * OF_LENGTH) return false
    const [small, large] = this.words.size < other.words.size ? [this, other] : [other, this]
    if (small.words.size < MIN_WORDS) return false
    // Of all that two have, so many are in both where their share is as large as it must be.
    const least = ((small.words.size + large.words.size) * ALIKE) / (1 + ALIKE)
    let most = small.words.size
    for (const word of small.words)
      if (most < least || (!large.words.has(word) && --most < least)) return false
    return true
  }
}

const isForTheSame = (one: Ranked, other: Ranked): boolean =>
  isSame(one.exact, other.exact) && isSame(one.words, other.words)

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((word, i) => word === other[i])

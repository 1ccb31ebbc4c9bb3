/** Hits that say the same, together: the same text in several files, or versions of it. */
import type { Ranked } from './rank.ts'

/** The share of all their words that both have, from which on two texts say the same. */
const ALIKE = 0.85
/** So few words are a chance; then the texts must be the very same. */
const MIN_WORDS = 12
/** How many texts each is compared with; texts further on are not compared. */
const COMPARED = 50

export interface WithCopies<Hit> {
  hit: Hit
  copies: Hit[]
}

/** In their order; the best of each kind stands for it. Only what was found for the same reason is the same. */
export function withoutCopies<Hit extends Ranked>(
  ranked: readonly Hit[],
  textOf: (hit: Hit) => string,
): WithCopies<Hit>[] {
  const groups: WithCopies<Hit>[] = []
  const byText = new Map<string, WithCopies<Hit>>()
  for (const hit of ranked) {
    const text = textOf(hit)
    const group = byText.get(text) ?? groups.slice(0, COMPARED).find((one) => isAlike(one.hit, hit))
    if (group) group.copies.push(hit)
    else groups.push({ hit, copies: [] })
    const own = group ?? groups.at(-1)
    if (own && !byText.has(text)) byText.set(text, own)
  }
  return groups
}

function isAlike(one: Ranked, other: Ranked): boolean {
  const [small, large] =
    one.terms.size < other.terms.size ? [one.terms, other.terms] : [other.terms, one.terms]
  if (small.size < MIN_WORDS || small.size < large.size * ALIKE) return false
  if (!isSame(one.exact, other.exact) || !isSame(one.words, other.words)) return false
  let both = 0
  for (const term of small.keys()) if (large.has(term)) both++
  return both >= ALIKE * (small.size + large.size - both)
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((word, i) => word === other[i])

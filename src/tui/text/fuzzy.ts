/** Finding by a few letters, as palettes do. */

interface Found<T> {
  item: T
  score: number
}

/**
 * How well the letters of `query` are found in `text`, in their order; undefined where they are not. Whole words and
 * their beginnings count more, letters apart less; each word of the query must be found.
 */
function fuzzyScore(query: string, text: string): number | undefined {
  const target = text.toLowerCase()
  let total = 0
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === '') continue
    const score = wordScore(word, target)
    if (score === undefined) return undefined
    total += score
  }
  return total - text.length / 100
}

function wordScore(word: string, target: string): number | undefined {
  const whole = target.indexOf(word)
  if (whole >= 0) return 100 + (isStart(target, whole) ? 50 : 0) + (whole === 0 ? 20 : 0)
  let at = -1
  let score = 0
  for (const char of word) {
    const next = target.indexOf(char, at + 1)
    if (next < 0) return undefined
    score += (next === at + 1 ? 6 : 0) + (isStart(target, next) ? 8 : 0) - Math.min(next - at, 8) / 4
    at = next
  }
  return score
}

const isStart = (text: string, at: number): boolean =>
  at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] as string)

/** The items that fit, the best first; all in their order without a query. */
export function fuzzyFind<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  if (query.trim() === '') return [...items]
  const found: Found<T>[] = []
  for (const item of items) {
    const score = fuzzyScore(query, textOf(item))
    if (score !== undefined) found.push({ item, score })
  }
  return found.sort((a, b) => b.score - a.score).map(({ item }) => item)
}

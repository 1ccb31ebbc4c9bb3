/** The order of hits is kept for some minutes, so that a second page goes on where the first one ended, whatever changed meanwhile. */

const KEPT_MS = 10 * 60 * 1000
const MOST_KEPT = 16

interface Kept {
  answers: readonly unknown[]
  at: number
}

const KEPT = new WeakMap<object, Map<string, Kept>>()

/** A later page has the order of its first page, where that is still known; else `make` makes it. */
export async function keptRanking<Answer>(
  library: object,
  question: object,
  isLater: boolean,
  make: () => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const kept = KEPT.get(library) ?? new Map<string, Kept>()
  KEPT.set(library, kept)
  const key = JSON.stringify(question)
  const now = performance.now()
  const known = kept.get(key)
  if (isLater && known && now - known.at < KEPT_MS) return known.answers as readonly Answer[]
  const answers = await make()
  kept.delete(key)
  kept.set(key, { answers, at: now })
  for (const [old, { at }] of kept) if (kept.size > MOST_KEPT || now - at >= KEPT_MS) kept.delete(old)
  return answers
}

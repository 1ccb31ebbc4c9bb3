/** Finds the name that was probably meant. */

const MAX_EDITS = 3

/** The name nearest to a mistyped one, or undefined if none is near. */
export function suggestName(name: string, names: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let fewest = Math.min(MAX_EDITS, Math.floor(name.length / 2)) + 1
  for (const candidate of names) {
    const edits = editDistance(wanted, candidate.toLowerCase(), fewest)
    if (edits < fewest) {
      best = candidate
      fewest = edits
    }
  }
  return best
}

/**
 * Levenshtein's distance; `limit` or more where it is not below that. Of the table only what is that near its diagonal is
 * filled, so that names take time by their length (Ukkonen, 1985).
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = []
    row[0] = i
    let fewest = limit
    const from = Math.max(1, i - limit)
    if (from > 1) row[from - 1] = limit
    for (let j = from; j <= Math.min(b.length, i + limit); j++) {
      const substituted = (above[j - 1] ?? limit) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const edits = Math.min(substituted, (above[j] ?? limit) + 1, (row[j - 1] ?? limit) + 1)
      row[j] = edits
      if (edits < fewest) fewest = edits
    }
    if (fewest >= limit && i < a.length) return limit
    above = row
  }
  return above[b.length] ?? limit
}

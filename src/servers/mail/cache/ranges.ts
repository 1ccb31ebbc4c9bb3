/** Ranges of whole numbers, both ends included; ascending, and apart from each other. */
export type Range = readonly [first: number, last: number]

/** With one range more. */
export function withRange(ranges: readonly Range[], [first, last]: Range): Range[] {
  if (last < first) return [...ranges]
  const merged: [number, number] = [first, last]
  const apart: Range[] = []
  for (const [start, end] of ranges) {
    if (end + 1 < merged[0] || start > merged[1] + 1) apart.push([start, end])
    else {
      merged[0] = Math.min(merged[0], start)
      merged[1] = Math.max(merged[1], end)
    }
  }
  return [...apart, merged].sort(([one], [other]) => one - other)
}

/** Without one range. */
export const withoutRange = (ranges: readonly Range[], [first, last]: Range): Range[] =>
  ranges.flatMap(([start, end]): Range[] => {
    if (end < first || start > last) return [[start, end]]
    const before: Range[] = start < first ? [[start, first - 1]] : []
    const after: Range[] = end > last ? [[last + 1, end]] : []
    return [...before, ...after]
  })

/** How many an attribute says there are, from the least to the most; the least for what is no number. */
export function countOf(value: string | undefined, most: number, least = 1): number {
  const count = value !== undefined && /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : least
  return Math.min(most, Math.max(least, count))
}

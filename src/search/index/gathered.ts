/** Pairs → what belongs to each key, in their order. */
export function gathered(pairs: readonly (readonly [number, number])[]): Map<number, number[]> {
  const all = new Map<number, number[]>()
  for (const [key, value] of pairs) {
    const values = all.get(key)
    if (values) values.push(value)
    else all.set(key, [value])
  }
  return all
}

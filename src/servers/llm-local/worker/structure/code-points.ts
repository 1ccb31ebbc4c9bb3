/** Sets of code points, as ranges in rising order that neither touch nor overlap. */

export type Ranges = readonly (readonly [first: number, last: number])[]

const LAST = 0x10ffff

/**
 * What a text in JSON is made of here: no half of a pair, and of the control characters those alone that have a short
 * escape.
 */
export const WRITABLE: Ranges = [
  [0x08, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0xd7ff],
  [0xe000, LAST],
]

/** The set of these ranges, which may be in any order and overlap. */
export function union(ranges: Ranges): Ranges {
  const merged: [number, number][] = []
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

export function complement(ranges: Ranges): Ranges {
  const rest: [number, number][] = []
  let next = 0
  for (const [first, last] of union(ranges)) {
    if (first > next) rest.push([next, first - 1])
    next = last + 1
  }
  if (next <= LAST) rest.push([next, LAST])
  return rest
}

export function intersection(a: Ranges, b: Ranges): Ranges {
  const both: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [[first, last], [from, to]] = [a[i] as Ranges[number], b[j] as Ranges[number]]
    if (from <= last && to >= first) both.push([Math.max(first, from), Math.min(last, to)])
    if (last < to) i++
    else j++
  }
  return both
}

export function has(ranges: Ranges, point: number): boolean {
  let [low, high] = [0, ranges.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = ranges[middle] as Ranges[number]
    if (point < first) high = middle - 1
    else if (point > last) low = middle + 1
    else return true
  }
  return false
}

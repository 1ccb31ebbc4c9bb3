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

export const intersection = (a: Ranges, b: Ranges): Ranges =>
  a.flatMap(([first, last]) =>
    b
      .filter(([from, to]) => from <= last && to >= first)
      .map(([from, to]): [number, number] => [Math.max(first, from), Math.min(last, to)]),
  )

export const has = (ranges: Ranges, point: number): boolean =>
  ranges.some(([first, last]) => first <= point && point <= last)

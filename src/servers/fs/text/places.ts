/** Finds a passage in a sequence, in time that grows with both together, however the passage repeats itself. */

/** A sequence of which items are compared: characters of a text, lines of a file. */
export interface Sequence<T> {
  readonly length: number
  at(index: number): T
}

/**
 * Where a passage begins, those that overlap included, until `most` are found: Knuth, Morris and Pratt, "Fast Pattern
 * Matching in Strings" (1977). The passage must not be empty.
 */
export function placesOf<T>(text: Sequence<T>, passage: Sequence<T>, most: number): number[] {
  const places: number[] = []
  if (passage.length > text.length) return places
  const back = borders(passage)
  let matched = 0
  for (let index = 0; index < text.length; index++) {
    const item = text.at(index)
    while (matched > 0 && (matched === passage.length || passage.at(matched) !== item))
      matched = back[matched - 1] ?? 0
    if (passage.at(matched) === item) matched++
    if (matched === passage.length && places.push(index + 1 - matched) === most) break
  }
  return places
}

/** For each beginning of the passage, how much of its end is also a beginning. */
function borders<T>(passage: Sequence<T>): Int32Array {
  const back = new Int32Array(passage.length)
  for (let index = 1, matched = 0; index < passage.length; index++) {
    while (matched > 0 && passage.at(matched) !== passage.at(index)) matched = back[matched - 1] ?? 0
    if (passage.at(matched) === passage.at(index)) matched++
    back[index] = matched
  }
  return back
}

/** A text as its characters. */
export const charactersOf = (text: string): Sequence<number> => ({
  length: text.length,
  at: (index) => text.charCodeAt(index),
})

/** A list as what it lists. */
export const itemsOf = <T>(items: readonly T[]): Sequence<T | undefined> => ({
  length: items.length,
  at: (index) => items[index],
})

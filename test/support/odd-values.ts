/** A well-formed request, and every request that has another JSON value in one of its places. */

/** As JSON texts, since some can't be made otherwise: `__proto__` as a key, numbers that no double holds. */
export const ODD_VALUES: readonly string[] = [
  ...['null', 'true', 'false', '0', '-1', '1.5', '1e300', '12345678901234567890', '[]', '{}'],
  ...['""', '"x"', '"__proto__"', '"constructor"', '"toString"', '"\\u0000"', '"\\ud800"', '"2026-07-28"'],
  ...['["fs_create_directory"]', '[["x"]]', '{"name":"fs_create_directory"}', '{"rawJSON":"1"}'],
  ...['{"toString":1}', '{"toString":"x","valueOf":null}', '{"__proto__":{"name":"x"}}', '{"toJSON":"x"}'],
  ...['{"constructor":{"prototype":{}}}', '{"length":1}', '{"then":"x"}', '[null,{"__proto__":null}]'],
]

const MARK = '\u0001here\u0001'

/** The texts of a request with each of the values in each of its places, and the place. */
export function* oddly(request: object): Generator<{ place: string; value: string; text: string }> {
  for (const path of placesIn(request)) {
    const copy = structuredClone(request) as Record<string, unknown>
    let holder: Record<string, unknown> = copy
    for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>
    holder[path.at(-1) as string] = MARK
    const text = JSON.stringify(copy)
    for (const value of ODD_VALUES)
      yield { place: path.join('.'), value, text: text.replace(JSON.stringify(MARK), () => value) }
  }
}

function* placesIn(value: unknown, path: string[] = []): Generator<string[]> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) yield* placesIn(inner, [...path, key])
}

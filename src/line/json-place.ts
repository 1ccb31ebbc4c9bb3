/** Where in a JSON text that is being typed the next thing goes. */

export type JsonPlace =
  /** A key of the outer object, which has those of `taken` already. */
  | { in: 'key'; typed: string; taken: readonly string[] }
  /** The value of a key of the outer object, or of a place of the outer array. */
  | { in: 'value'; typed: string; of: string | number }

/** Undefined where it is complete, deeper than the outer object or array, or no JSON. */
export function jsonPlace(text: string): JsonPlace | undefined {
  const isObject = text.startsWith('{')
  const keys: string[] = []
  let depth = 0
  let tokenStart = 1
  let key: string | undefined
  let index = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (char === '"') {
      const length = STRING.exec(text.slice(at))?.[0].length
      if (length === undefined) break
      at += length - 1
    } else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    else if (depth === 1 && char === ':' && isObject) {
      key = keyOf(text.slice(tokenStart, at))
      if (key === undefined) return undefined
      tokenStart = at + 1
    } else if (depth === 1 && char === ',') {
      if (key !== undefined) keys.push(key)
      key = undefined
      index++
      tokenStart = at + 1
    }
    if (depth === 0) return undefined
  }
  if (depth !== 1) return undefined
  const typed = text.slice(tokenStart).trimStart()
  if (!isObject) return { in: 'value', typed, of: index }
  return key === undefined ? { in: 'key', typed, taken: keys } : { in: 'value', typed, of: key }
}

const STRING = /^"(?:[^"\\]|\\.)*"/s

function keyOf(text: string): string | undefined {
  try {
    const key: unknown = JSON.parse(text)
    return typeof key === 'string' ? key : undefined
  } catch {
    return undefined
  }
}

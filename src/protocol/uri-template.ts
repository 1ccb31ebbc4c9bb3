/** URI templates (RFC 6570): `{name}` for one segment and `{+name}` for the rest of a path. */

type Part = { literal: string } | { name: string; crosses: boolean }

/** The longest URI that is looked at, in characters; there is no resource of a longer one. */
const MAX_URI = 8192

const VARIABLE = /(\{\+?\w+\})/

/**
 * Matches a URI against a template; the variables, decoded, or undefined. A variable takes as much as it can. It takes time in
 * proportion to the lengths of both, whatever they are: templates are also those of others.
 */
export function matchTemplate(template: string, uri: string): Record<string, string> | undefined {
  if (uri.length > MAX_URI) return undefined
  const parts = partsOf(template)
  const first = parts[0]
  if (first && 'literal' in first && !uri.startsWith(first.literal)) return undefined
  // Whether the parts from one on match the URI from a place on, found from the end.
  const fits: Uint8Array[] = Array.from({ length: parts.length + 1 }, () => new Uint8Array(uri.length + 2))
  const row = (part: number) => fits[part] as Uint8Array
  row(parts.length)[uri.length] = 1
  for (let p = parts.length - 1; p >= 0; p--) {
    const part = parts[p] as Part
    for (let at = uri.length - 1; at >= 0; at--)
      row(p)[at] =
        'literal' in part
          ? (row(p + 1)[at + part.literal.length] ?? 0) && Number(uri.startsWith(part.literal, at))
          : Number(takes(part, uri[at])) && ((row(p + 1)[at + 1] ?? 0) || (row(p)[at + 1] ?? 0))
  }
  if (row(0)[0] !== 1) return undefined
  const found: [string, string][] = []
  let at = 0
  for (const [p, part] of parts.entries()) {
    if ('literal' in part) {
      at += part.literal.length
      continue
    }
    let end = at + 1
    for (let next = end; next <= uri.length && takes(part, uri[next - 1]); next++)
      if (row(p + 1)[next]) end = next
    found.push([part.name, uri.slice(at, end)])
    at = end
  }
  try {
    return Object.fromEntries(found.map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    return undefined
  }
}

const takes = ({ crosses }: { crosses: boolean }, character: string | undefined): boolean =>
  character !== '\n' && (crosses || character !== '/')

const partsOf = (template: string): Part[] =>
  template.split(VARIABLE).flatMap((part): Part[] => {
    if (part === '') return []
    const [, plus, name] = /^\{(\+?)(\w+)\}$/.exec(part) ?? []
    return name === undefined ? [{ literal: part }] : [{ name, crosses: plus === '+' }]
  })

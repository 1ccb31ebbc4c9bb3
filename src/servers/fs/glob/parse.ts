/**
 * Reads glob patterns: `*` and `?` within a name, `**` for any number of folders, `[a-z]` and `[!a-z]`, `{one,two}`, a
 * backslash before what is meant literally. Names with a leading dot match like others.
 */

/** One character of a name, and never a slash. */
export type CharTest = (char: string) => boolean

export type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'star' }
  /** `**`, which stands for folders where it is all of a name. */
  | { readonly kind: 'stars' }
  | { readonly kind: 'slash' }
  | { readonly kind: 'group'; readonly choices: readonly Node[][] }

/** The pattern, followed by a slash as each name of a path is; a slash after a group stands in each of its choices. */
export function parseGlob(pattern: string): Node[] {
  const chars = [...pattern.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')]
  return slashesWithin([...parse(chars, 0, chars.length, closedBraces(chars)), SLASH])
}

const SLASH: Node = { kind: 'slash' }

/** A group: where its commas and its closing brace stand. */
interface Braces {
  readonly commas: number[]
  readonly end: number
}

/** By where they open. Braces without a comma, or not closed, stand for themselves. */
function closedBraces(chars: readonly string[]): Map<number, Braces> {
  const closed = new Map<number, Braces>()
  const open: { start: number; commas: number[] }[] = []
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]
    if (char === '\\') at++
    else if (char === '{') open.push({ start: at, commas: [] })
    else if (char === ',') open.at(-1)?.commas.push(at)
    else if (char === '}') {
      const group = open.pop()
      if (group && group.commas.length > 0) closed.set(group.start, { commas: group.commas, end: at })
    }
  }
  return closed
}

function parse(chars: readonly string[], start: number, end: number, braces: Map<number, Braces>): Node[] {
  const nodes: Node[] = []
  for (let at = start; at < end; at++) {
    const char = chars[at] ?? ''
    const group = char === '{' ? braces.get(at) : undefined
    const set = char === '[' ? parseSet(chars, at, end) : undefined
    if (group) {
      const edges = [at, ...group.commas, group.end]
      const choices = edges.slice(1).map((edge, index) => parse(chars, (edges[index] ?? 0) + 1, edge, braces))
      nodes.push({ kind: 'group', choices })
      at = group.end
    } else if (set) {
      nodes.push({ kind: 'char', test: set.test })
      at = set.end
    } else if (char === '*') {
      const first = at
      while (at + 1 < end && chars[at + 1] === '*') at++
      nodes.push({ kind: at - first === 1 ? 'stars' : 'star' })
    } else if (char === '/') nodes.push(SLASH)
    else if (char === '?') nodes.push({ kind: 'char', test: () => true })
    else nodes.push(literal(char === '\\' && at + 1 < end ? (chars[++at] ?? '') : char))
  }
  return nodes
}

const literal = (expected: string): Node =>
  expected === '/' ? SLASH : { kind: 'char', test: (char) => char === expected }

/** A set of characters that begins at `start`; undefined if it is not closed within the name. */
function parseSet(chars: readonly string[], start: number, limit: number) {
  const negated = chars[start + 1] === '!' || chars[start + 1] === '^'
  const first = start + (negated ? 2 : 1)
  let end = first + 1
  while (end < limit && chars[end] !== ']' && chars[end] !== '/') end++
  if (end >= limit || chars[end] !== ']' || chars[first] === '/') return undefined
  const ranges: [string, string][] = []
  for (let at = first; at < end; at++) {
    const from = chars[at] ?? ''
    if (chars[at + 1] === '-' && at + 2 < end) {
      ranges.push([from, chars[at + 2] ?? ''])
      at += 2
    } else ranges.push([from, from])
  }
  const test: CharTest = (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated
  return { end, test }
}

/** So that what ends a group ends a name: a slash after `{a,b}` makes it `{a/,b/}`. */
function slashesWithin(nodes: readonly Node[]): Node[] {
  const moved: Node[] = []
  for (const node of nodes) {
    const last = moved.at(-1)
    if (node.kind === 'slash' && last?.kind === 'group')
      moved[moved.length - 1] = { kind: 'group', choices: last.choices.map((choice) => [...choice, SLASH]) }
    else moved.push(node)
  }
  return moved.map((node) =>
    node.kind === 'group' ? { kind: 'group', choices: node.choices.map(slashesWithin) } : node,
  )
}

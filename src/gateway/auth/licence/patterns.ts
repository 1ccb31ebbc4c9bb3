/** Patterns of capabilities, as tiers list them: `*`, `fs.*`, `sync.list*`, or one name. */

/** How many answers are kept; names come from descriptors, so that they are few. */
const MAX_KEPT = 10_000

/** Older tier files name the gateway's methods in full: `mcp.hello` is the same as `hello`. */
const bare = (name: string): string => (name.startsWith('mcp.') ? name.slice('mcp.'.length) : name)

/** Says of a capability whether one of the patterns names it. */
export function compilePatterns(patterns: readonly string[]): (capability: string) => boolean {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const pattern of patterns.map(bare)) {
    if (pattern.endsWith('*')) prefixes.push(pattern.slice(0, -1))
    else exact.add(pattern)
  }
  if (prefixes.includes('')) return () => true
  const kept = new Map<string, boolean>()
  return (capability) => {
    const known = kept.get(capability)
    if (known !== undefined) return known
    const name = bare(capability)
    const allowed = exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
    if (kept.size < MAX_KEPT) kept.set(capability, allowed)
    return allowed
  }
}

/** Patterns that name what both lists name. */
export function intersectPatterns(a: readonly string[], b: readonly string[]): string[] {
  const within = (list: readonly string[]) => (pattern: string) =>
    list.some((other) => covers(other, pattern))
  return [...new Set([...a.filter(within(b)), ...b.filter(within(a))])]
}

/** Whether one pattern names all that the other does. */
function covers(wide: string, narrow: string): boolean {
  const pattern = bare(wide)
  return pattern.endsWith('*') ? bare(narrow).startsWith(pattern.slice(0, -1)) : pattern === bare(narrow)
}

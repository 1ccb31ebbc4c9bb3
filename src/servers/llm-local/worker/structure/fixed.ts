/** The automaton of a list of fixed texts: a tree of their beginnings, in which equal ends are one. */
import { union } from './code-points.ts'
import { type State, TooLarge } from './languages.ts'

/** Of all texts together, in characters. */
const MOST_CHARACTERS = 2_000_000

interface Node {
  accepts: boolean
  next: Map<number, number>
}

/** Undefined where there are no texts. Throws TooLarge. */
export function automatonOfTexts(texts: ReadonlySet<string>): State[] | undefined {
  if (texts.size === 0) return undefined
  return withOneOfEach(treeOf(texts))
}

/** The first node is where all begin, and what follows a node stands after it. */
function treeOf(texts: ReadonlySet<string>): Node[] {
  const nodes: Node[] = [{ accepts: false, next: new Map() }]
  let left = MOST_CHARACTERS
  for (const text of texts) {
    left -= text.length
    if (left < 0) throw new TooLarge()
    let node = nodes[0] as Node
    for (const character of text) {
      const point = character.codePointAt(0) as number
      const known = node.next.get(point)
      const to = known ?? nodes.push({ accepts: false, next: new Map() }) - 1
      if (known === undefined) node.next.set(point, to)
      node = nodes[to] as Node
    }
    node.accepts = true
  }
  return nodes
}

/** From the ends to the beginning: nodes that accept the same, and go on to the same, are one state. */
function withOneOfEach(nodes: readonly Node[]): State[] {
  const states: State[] = []
  const known = new Map<string, number>()
  const stateOf: number[] = []
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { accepts, next } = nodes[i] as Node
    const ways = [...next].map(([point, to]) => [point, stateOf[to] as number] as const)
    const key = `${accepts} ${ways.toSorted(([a], [b]) => a - b).join(';')}`
    let state = known.get(key)
    if (state === undefined) {
      const points = Map.groupBy(ways, ([, to]) => to)
      state = states.push({
        accepts,
        next: [...points].map(([to, all]) => ({ to, ranges: union(all.map(([point]) => [point, point])) })),
      })
      state -= 1
      known.set(key, state)
    }
    stateOf[i] = state
  }
  // The first of an automaton is where it begins.
  const last = states.length - 1
  return states
    .map(({ accepts, next }) => ({
      accepts,
      next: next.map(({ ranges, to }) => ({ ranges, to: last - to })),
    }))
    .reverse()
}

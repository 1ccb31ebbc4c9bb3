/**
 * All patterns of a call as one automaton without backtracking (Thompson, 1968): it reads each character once, and has as
 * many states as the patterns have characters, whatever their alternatives multiply to.
 */
import type { CharTest, Node } from './parse.ts'

type State =
  | { readonly kind: 'char'; readonly test: CharTest; readonly to: number }
  /** Any characters of a name. */
  | { readonly kind: 'star'; readonly to: number }
  | { readonly kind: 'slash'; readonly to: number }
  | { readonly kind: 'split'; readonly to: readonly number[] }
  /** Before a name of any folder. */
  | { readonly kind: 'folders'; readonly to: number; readonly within: number }
  /** Within one. */
  | { readonly kind: 'folder'; readonly before: number }
  | { readonly kind: 'end' }

/** The states it may be in. */
export type Reached = readonly number[]

export class Automaton {
  readonly #states: State[] = [{ kind: 'end' }]
  /** When a state was last reached, so that none is reached twice by one character. */
  #marks: Uint32Array
  #now = 0
  readonly start: Reached

  /** `anywhere` match at any depth, `fixed` ones from the start of a path. */
  constructor(fixed: readonly Node[][], anywhere: readonly Node[][] = []) {
    const entries = fixed.map((nodes) => this.#build(nodes, END, true))
    if (anywhere.length > 0)
      entries.push(
        this.#folders(
          this.#add({ kind: 'split', to: anywhere.map((nodes) => this.#build(nodes, END, true)) }),
        ),
      )
    this.#marks = new Uint32Array(this.#states.length)
    this.start = this.#gather((reach) => {
      for (const entry of entries) reach(entry)
    })
  }

  after(reached: Reached, char: string): Reached {
    return this.#gather((reach) => {
      for (const index of reached) {
        const state = this.#states[index] as State
        if (char === '/') {
          if (state.kind === 'slash') reach(state.to)
          else if (state.kind === 'folder') reach(state.before)
        } else if (state.kind === 'char') {
          if (state.test(char)) reach(state.to)
        } else if (state.kind === 'star' || state.kind === 'folder') reach(index)
        else if (state.kind === 'folders') reach(state.within)
      }
    })
  }

  isEnd(reached: Reached): boolean {
    return reached.includes(END)
  }

  /** The states that are reached, with those that follow without a character. */
  #gather(from: (reach: (index: number) => void) => void): Reached {
    const reached: number[] = []
    const pending: number[] = []
    const reach = (index: number) => {
      if (this.#marks[index] === this.#now) return
      this.#marks[index] = this.#now
      pending.push(index)
    }
    this.#now++
    from(reach)
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const state = this.#states[index] as State
      if (state.kind === 'split') for (const to of state.to) reach(to)
      else {
        reached.push(index)
        if (state.kind === 'star' || state.kind === 'folders') reach(state.to)
      }
    }
    return reached
  }

  #add(state: State): number {
    return this.#states.push(state) - 1
  }

  #folders(to: number): number {
    const within = this.#states.length + 1
    const before = this.#add({ kind: 'folders', to, within })
    this.#add({ kind: 'folder', before })
    return before
  }

  /** The state before `nodes`, after which comes `next`. `atStart`: whether a name begins there. */
  #build(nodes: readonly Node[], next: number, atStart: boolean): number {
    let to = next
    for (let at = nodes.length - 1; at >= 0; at--) {
      const node = nodes[at] as Node
      const before = nodes[at - 1]
      const begins = at === 0 ? atStart : endsName(before)
      if (
        node.kind === 'slash' &&
        before?.kind === 'stars' &&
        (at === 1 ? atStart : endsName(nodes[at - 2]))
      ) {
        to = this.#folders(to)
        at--
      } else if (node.kind === 'char') to = this.#add({ kind: 'char', test: node.test, to })
      else if (node.kind === 'slash') to = this.#add({ kind: 'slash', to })
      else if (node.kind === 'group') {
        const choices = node.choices.map((choice) => this.#build(choice, to, begins))
        to = this.#add({ kind: 'split', to: choices })
      } else to = this.#add({ kind: 'star', to })
    }
    return to
  }
}

const END = 0

const endsName = (node: Node | undefined): boolean =>
  node?.kind === 'slash' ||
  (node?.kind === 'group' && node.choices.every((choice) => endsName(choice.at(-1))))

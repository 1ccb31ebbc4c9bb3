/**
 * Which rows of a tree are in sight, where some of its branches are open. No row is made that is not asked for: what a
 * key costs grows with how many branches are open, and not with how many rows they have.
 */

/** A branch that is open. */
export interface Open<T> {
  readonly what: T
  /** The branch that it is in, and its place there. */
  readonly parent: string
  readonly at: number
  /** How many children it has. */
  readonly children: number
}

interface Branch<T> extends Open<T> {
  /** Those of its children that are open, in their order. */
  readonly inner: Branch<T>[]
  /** How many rows are below it: its children, and what is below these. */
  rows: number
}

/** What stands in a row: a child of an open branch. */
export interface Place<T> {
  what: T
  at: number
  /** How many branches it is in. */
  depth: number
}

export class Outline<T> {
  readonly #root: Branch<T> | undefined
  readonly #branches = new Map<string, Branch<T>>()

  /**
   * `open` names branches, and each name is longer than that of the branch it is in. `look` says what a branch is;
   * undefined where it is not there. One that is in a closed branch is out of sight.
   */
  constructor(root: string, open: Iterable<string>, look: (name: string) => Open<T> | undefined) {
    for (const name of [...open].sort((a, b) => b.length - a.length)) {
      const found = look(name)
      if (found) this.#branches.set(name, { ...found, inner: [], rows: found.children })
    }
    // The innermost come first, so that whatever is in a branch is counted before it.
    for (const [name, branch] of this.#branches) {
      branch.inner.sort((a, b) => a.at - b.at)
      for (const { rows } of branch.inner) branch.rows += rows
      if (name !== root) this.#branches.get(branch.parent)?.inner.push(branch)
    }
    this.#root = this.#branches.get(root)
  }

  /** How many rows there are. The root itself is the first, row 0. */
  get rows(): number {
    return 1 + (this.#root?.rows ?? 0)
  }

  /** What stands in a row after the first; undefined after the last. */
  row(index: number): Place<T> | undefined {
    let branch = this.#root
    let left = index - 1
    if (!branch || left < 0 || left >= branch.rows) return undefined
    for (let depth = 1; ; depth++) {
      let above = 0
      let into: Branch<T> | undefined
      for (const inner of branch.inner) {
        const own = inner.at + above
        if (left <= own) break
        if (left <= own + inner.rows) {
          into = inner
          left -= own + 1
          break
        }
        above += inner.rows
      }
      if (!into) return { what: branch.what, at: left - above, depth }
      branch = into
    }
  }

  /** In which row the child of a branch stands; undefined where the branch is out of sight. */
  indexOf(name: string, at: number): number | undefined {
    let index = 0
    let place = at
    for (let branch = this.#branches.get(name); branch; branch = this.#branches.get(branch.parent)) {
      index += place + 1
      for (const inner of branch.inner) if (inner.at < place) index += inner.rows
      if (branch === this.#root) return index
      place = branch.at
    }
    return undefined
  }
}

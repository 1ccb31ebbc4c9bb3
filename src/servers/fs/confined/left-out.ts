/** What a traversal left out, so that no result is short without saying so. */

/** The words go on after "Folders". */
export const WHY = {
  denied: 'that may not be read',
  failed: 'that the disk failed to give',
  'too-deep': 'nested too deep to be gone into',
  'too-large': 'with too many entries to be shown whole',
} as const
export type Why = keyof typeof WHY

export class LeftOut {
  readonly #folders = new Map<Why, { count: number; first: string }>()

  get isEmpty(): boolean {
    return this.#folders.size === 0
  }

  /** `path` is the folder's, from where the traversal began. */
  add(why: Why, path: string): void {
    const known = this.#folders.get(why)
    if (known) known.count++
    else this.#folders.set(why, { count: 1, first: path })
  }

  *[Symbol.iterator](): Generator<{ why: Why; count: number; first: string }> {
    for (const [why, found] of this.#folders) yield { why, ...found }
  }
}

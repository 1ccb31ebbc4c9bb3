/** How often a server is tried that is to be woken. */

/** What came of it; `busy` where it was not tried, since there were too many calls. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'busy' }
  /** It is tried again; `ended` is for what no trial can mend. */
  | { kind: 'failed' | 'ended'; problem: string }

/** After how long a failure is tried again, in milliseconds; after the last one it is reported. */
export const AGAIN_AFTER_MS = [60_000, 5 * 60_000, 30 * 60_000]
/** After how long a list that could not be read or written is tried again, in milliseconds. */
export const AGAIN_MS = 5000
/** The longest problem that is kept, in characters. */
export const MAX_PROBLEM = 300

/** Tells the first of failures in a row. */
export class Broken {
  readonly #tell: (error: unknown, how: 'read' | 'written') => void
  readonly #now = new Set<'read' | 'written'>()

  constructor(tell: (error: unknown, how: 'read' | 'written') => void) {
    this.#tell = tell
  }

  failed(error: unknown, how: 'read' | 'written'): void {
    if (!this.#now.has(how)) this.#tell(error, how)
    this.#now.add(how)
  }

  mended(how: 'read' | 'written'): void {
    this.#now.delete(how)
  }
}

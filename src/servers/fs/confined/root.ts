/** The folder that is served, held from the start, so that a renamed or replaced one cannot take its place. */
import { realpathSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { type Held, holdRoot } from './descriptors.ts'
import { Hidden } from './hidden.ts'

export class Root implements Disposable {
  readonly held: Held
  /** Its real path. */
  readonly path: string
  /** The absolute paths by which it is known: the real one, and the one it was configured with. */
  readonly knownAs: readonly string[]
  readonly hidden: Hidden

  /** Throws if there is no such folder. `hidden` are real paths. */
  constructor(configured: string, hidden: readonly string[] = []) {
    if (!isAbsolute(configured)) throw new Error(`The root must be an absolute path, not "${configured}".`)
    this.path = realpathSync(configured)
    this.knownAs = [...new Set([this.path, resolve(configured)])]
    this.held = holdRoot(this.path)
    this.hidden = new Hidden(hidden, this.path)
  }

  [Symbol.dispose](): void {
    this.held[Symbol.dispose]()
  }
}

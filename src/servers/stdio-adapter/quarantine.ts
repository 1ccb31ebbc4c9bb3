/** Tools that are no longer what their owner agreed to: not called until approved, and kept where `luca` can read it. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Drift, driftOf, hasDrifted, QUARANTINE_FILE } from '../../contracts/third-party.ts'
import type { Tool } from '../../protocol/mcp.ts'

/** What a look at it needs of a child. */
interface Looked {
  tools(): Promise<readonly Tool[]>
}

export class Quarantine {
  readonly #server: string
  readonly #pins: Readonly<Record<string, string>>
  readonly #directory: string | undefined
  /** What each child was found to offer, or will have been once the look at it is over. */
  readonly #drifts = new WeakMap<Looked, Promise<Drift>>()
  /** The look that begins when the one at work has ended, for all that is said meanwhile. */
  readonly #next = new WeakMap<Looked, Promise<Drift>>()

  /** `directory` is where it is written down; nowhere without. */
  constructor(server: string, pins: Readonly<Record<string, string>>, directory: string | undefined) {
    this.#server = server
    this.#pins = pins
    this.#directory = directory
  }

  /** Compares what a child offers now with what was pinned; its tools wait for that. */
  look(child: Looked): Promise<Drift> {
    const planned = this.#next.get(child)
    if (planned) return planned
    const atWork = this.#drifts.get(child)
    const drift = atWork ? this.#after(atWork, child) : this.#lookNow(child)
    this.#drifts.set(child, drift)
    return drift
  }

  /** However often a child says that its tools have changed, one look is at work and one waits. */
  #after(atWork: Promise<Drift>, child: Looked): Promise<Drift> {
    const next = atWork
      .catch(() => {})
      .then(() => {
        this.#next.delete(child)
        return this.#lookNow(child)
      })
    this.#next.set(child, next)
    return next
  }

  async #lookNow(child: Looked): Promise<Drift> {
    const tools = await child.tools()
    // What it lacks, it may offer to other clients.
    const found = { ...driftOf(this.#server, this.#pins, tools), removed: [] }
    this.#write(found)
    return found
  }

  /** Why a child's tool must not be called; undefined if it may be. Rejects where the child can't be looked at. */
  async problem(child: Looked, tool: string): Promise<string | undefined> {
    const drift = await this.#drifts.get(child)
    if (drift?.changed.includes(tool))
      return `"${tool}" is not what it was when the server "${this.#server}" was added: its name, description or schema has changed. It is not called until the owner approves it with "luca server approve ${this.#server} ${tool}".`
    return undefined
  }

  #write(drift: Drift): void {
    if (this.#directory === undefined) return
    const path = join(this.#directory, QUARANTINE_FILE)
    if (!hasDrifted(drift)) return void rmSync(path, { force: true })
    mkdirSync(this.#directory, { recursive: true })
    const temporary = `${path}.${process.pid}`
    writeFileSync(temporary, JSON.stringify(drift), { mode: 0o600 })
    renameSync(temporary, path)
  }
}

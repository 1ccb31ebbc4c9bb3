/** Tools that are no longer what their owner agreed to: not called until approved, and kept where `luca` can read it. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tool } from '../../protocol/mcp.ts'
import { type Drift, driftOf, hasDrifted, QUARANTINE_FILE } from '../../protocol/third-party.ts'

const NOTHING: Drift = { changed: [], added: [], removed: [] }

export class Quarantine {
  readonly #server: string
  readonly #pins: Readonly<Record<string, string>>
  readonly #directory: string | undefined
  #drift = NOTHING

  /** `directory` is where it is written down; nowhere without. */
  constructor(server: string, pins: Readonly<Record<string, string>>, directory: string | undefined) {
    this.#server = server
    this.#pins = pins
    this.#directory = directory
  }

  /** Compares what a child offers now with what was pinned. What it lacks, it may offer to other clients. */
  look(tools: readonly Tool[]): Drift {
    this.#drift = { ...driftOf(this.#pins, tools), removed: [] }
    this.#write()
    return this.#drift
  }

  /** Why a tool must not be called; undefined if it may be. */
  problem(tool: string): string | undefined {
    if (this.#drift.changed.includes(tool))
      return `"${tool}" is not what it was when the server "${this.#server}" was added: its name, description or schema has changed. It is not called until the owner approves it with "luca server approve ${this.#server} ${tool}".`
    return undefined
  }

  #write(): void {
    if (this.#directory === undefined) return
    const path = join(this.#directory, QUARANTINE_FILE)
    if (!hasDrifted(this.#drift)) return void rmSync(path, { force: true })
    mkdirSync(this.#directory, { recursive: true })
    const temporary = `${path}.${process.pid}`
    writeFileSync(temporary, JSON.stringify(this.#drift), { mode: 0o600 })
    renameSync(temporary, path)
  }
}

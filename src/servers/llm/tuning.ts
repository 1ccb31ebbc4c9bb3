/** How many threads are best on this machine: measured once, and kept. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '../../protocol/values.ts'

const FILE = 'threads.json'

export class Tuning {
  readonly #path: string | undefined
  readonly #machine = `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} processors`

  /** Without a folder, it is measured at each start. */
  constructor(stateDirectory: string | undefined) {
    this.#path = stateDirectory === undefined ? undefined : join(stateDirectory, FILE)
  }

  /** What was measured on this very machine; undefined if nothing was. */
  threads(): number | undefined {
    if (this.#path === undefined) return undefined
    try {
      const kept: unknown = JSON.parse(readFileSync(this.#path, 'utf8'))
      if (!isRecord(kept) || kept.machine !== this.#machine) return undefined
      return Number.isSafeInteger(kept.threads) && (kept.threads as number) > 0
        ? (kept.threads as number)
        : undefined
    } catch {
      return undefined
    }
  }

  /** Keeps a measurement: tokens a second by number of threads. */
  keep(threads: number, measured: Readonly<Record<number, number>>): void {
    if (this.#path === undefined) return
    const temporary = `${this.#path}.tmp`
    const file = openSync(temporary, 'w', 0o600)
    try {
      writeSync(
        file,
        `${JSON.stringify({ machine: this.#machine, threads, tokensPerSecond: measured }, undefined, 2)}\n`,
      )
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, this.#path)
  }
}

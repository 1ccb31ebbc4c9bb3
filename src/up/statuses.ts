/** What services say that they do, kept where `luca` reads it (command/background.ts): as systemd has it in the status of a unit. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** The longest line that is kept, in characters: as much as systemd takes. */
const MAX_STATUS = 4096

export class Statuses {
  readonly #path: string
  readonly #of = new Map<string, string>()

  /** What an appliance before has left there is removed. */
  constructor(path: string) {
    this.#path = path
    rmSync(path, { force: true })
  }

  /** A service says what it does. */
  set(unit: string, status: string): void {
    this.#of.set(unit, status.slice(0, MAX_STATUS))
    this.#write()
  }

  /** It runs no longer. */
  forget(unit: string): void {
    if (this.#of.delete(unit)) this.#write()
  }

  close(): void {
    rmSync(this.#path, { force: true })
  }

  /** Whole or not at all; it need not outlast a power cut. */
  #write(): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    const temporary = `${this.#path}.tmp`
    rmSync(temporary, { force: true })
    writeFileSync(temporary, JSON.stringify({ pid: process.pid, units: Object.fromEntries(this.#of) }), {
      flag: 'wx',
      mode: 0o600,
    })
    renameSync(temporary, this.#path)
  }
}

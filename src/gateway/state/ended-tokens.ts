/**
 * Tokens that have ended, which could not be written to the tables since the disk is full: a file whose room was taken when it
 * was made, so that writing into it needs none. On a file system that writes nothing in place (btrfs, ZFS) that is not so.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { mustReadFileSync } from '../../host/bounded-file.ts'

/** Far more than as many endings as are kept, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024

export type Ending = 'revoked' | 'expired'

/** One token in each, as text: `revoked 0123456789ab`. */
const SLOT_BYTES = 32
const SLOTS = 2048
const EMPTY = `${' '.repeat(SLOT_BYTES - 1)}\n`
const WRITTEN = /^(revoked|expired) ([0-9a-f]+) *$/

export class EndedTokens {
  readonly #fd: number
  /** Where each stands in the file. */
  readonly #slots = new Map<string, { at: number; ending: Ending }>()

  /** Throws where the file is not there and there is no room for it. */
  constructor(folder: string) {
    const path = join(folder, 'ended-tokens')
    if (!existsSync(path)) make(folder, path)
    mustReadFileSync(path, MAX_BYTES)
      .split('\n')
      .forEach((line, at) => {
        const [, ending, id] = WRITTEN.exec(line) ?? []
        if (id !== undefined) this.#slots.set(id, { at, ending: ending as Ending })
      })
    this.#fd = openSync(path, 'r+')
  }

  get all(): [id: string, ending: Ending][] {
    return [...this.#slots].map(([id, { ending }]) => [id, ending])
  }

  /** Written when it returns. Throws where even this can't be, as on a disk that is broken. */
  add(id: string, ending: Ending): void {
    const at = this.#slots.get(id)?.at ?? this.#free()
    writeSync(this.#fd, `${ending} ${id}`.padEnd(SLOT_BYTES - 1), at * SLOT_BYTES, 'latin1')
    fdatasyncSync(this.#fd)
    this.#slots.set(id, { at, ending })
  }

  /** The tables say it by now. One that has ended in another way since stays. */
  remove(id: string, ending: Ending): void {
    const slot = this.#slots.get(id)
    if (slot?.ending !== ending) return
    writeSync(this.#fd, EMPTY, slot.at * SLOT_BYTES, 'latin1')
    this.#slots.delete(id)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #free(): number {
    const taken = new Set([...this.#slots.values()].map(({ at }) => at))
    for (let at = 0; at < SLOTS; at++) if (!taken.has(at)) return at
    throw new Error(`${SLOTS} tokens have ended that could not be written down.`)
  }
}

function make(folder: string, path: string): void {
  const unfinished = `${path}.new`
  writeFileSync(unfinished, EMPTY.repeat(SLOTS), { mode: 0o600, flush: true })
  renameSync(unfinished, path)
  const fd = openSync(folder, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

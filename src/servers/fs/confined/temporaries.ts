/**
 * Files that are being written, under names of their own until they are whole. Before one is made its place is noted in a
 * journal, one file for each process, which the kernel unlocks when the process is gone, however it ended. The next one
 * removes what such journals note, and nothing else: a file that only looks like ours is noted nowhere.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tryLock } from '../../../host/file-calls.ts'
import type { DiskName } from './names.ts'

const NAME = /^\.llmbasedos-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp$/

/** Whether a name is one that only files have that are being written. No tool shows or touches them. */
export const isTemporary = (name: DiskName): boolean => typeof name === 'string' && NAME.test(name)

/** A name that was noted, until it is disposed: once the file has its own name, or is gone. */
export interface Noted extends Disposable {
  readonly name: string
}

/** What a journal notes: a file in a folder below a root. */
interface Entry {
  readonly root: string
  readonly folder: readonly string[]
  readonly name: string
}

const SUFFIX = '.journal'
/** Where writing never pauses, a journal is begun anew when it is this long. */
const MAX_BYTES = 256 * 1024
/** A journal that still notes something after so long, since its folder is never there, is given up. */
const MAX_AGE_MS = 90 * 24 * 60 * 60 * 1000

export class Temporaries implements Disposable {
  readonly #directory: string | undefined
  readonly #root: string
  #journal: number | undefined
  #path = ''
  /** The lines of what is being written, and how long the journal has become. */
  readonly #pending = new Set<string>()
  #bytes = 0

  /** `directory` is where journals are kept, and made if it is not there; without one nothing is noted. */
  constructor(directory: string | undefined, root: string) {
    this.#directory = directory
    this.#root = root
  }

  /** A name for a file in a folder to which these names lead from the root. */
  begin(folder: readonly string[]): Noted {
    const name = `.llmbasedos-${crypto.randomUUID()}.tmp`
    if (this.#directory === undefined) return { name, [Symbol.dispose]() {} }
    const entry: Entry = { root: this.#root, folder, name }
    const line = `${JSON.stringify(entry)}\n`
    try {
      this.#note(this.#directory, line)
    } catch {
      // A journal that can't be written must not keep anybody from writing files: a leftover would stay then, unseen.
    }
    return { name, [Symbol.dispose]: () => this.#forget(line) }
  }

  #note(directory: string, line: string): void {
    this.#pending.add(line)
    if (this.#journal === undefined) this.#journal = this.#open(directory)
    else if (this.#bytes > MAX_BYTES) {
      // Never without a journal that notes all: the old one goes once the new one is written.
      const [fd, path] = [this.#journal, this.#path]
      this.#journal = this.#open(directory)
      unlinkSync(path)
      closeSync(fd)
    } else {
      this.#write(this.#journal, line)
      return
    }
    this.#bytes = 0
    this.#write(this.#journal, [...this.#pending].join(''))
  }

  #write(journal: number, text: string): void {
    this.#bytes += writeSync(journal, text)
  }

  #forget(line: string): void {
    this.#pending.delete(line)
    if (this.#pending.size > 0 || this.#journal === undefined) return
    ftruncateSync(this.#journal)
    this.#bytes = 0
  }

  /**
   * Removes what processes that are gone were writing: `remove` is given each, says whether it is gone, and throws for what it
   * could not do. What could not be removed is tried again at the next start; `onProblem` is called.
   */
  async sweep(
    remove: (entry: { folder: readonly string[]; name: string }) => Promise<boolean>,
    onProblem: (error: unknown) => void,
  ): Promise<void> {
    for (const path of this.#journals()) {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      try {
        if (!tryLock(fd)) continue
        let left = false
        for (const { root, folder, name } of entriesOf(readFileSync(fd, 'utf8')))
          try {
            if (root !== this.#root || !isTemporary(name)) left ||= root !== this.#root
            else if (!(await remove({ folder, name }))) left = true
          } catch (error) {
            left = true
            onProblem(error)
          }
        if (!left || Date.now() - fstatSync(fd).mtimeMs > MAX_AGE_MS) await rm(path, { force: true })
      } catch (error) {
        onProblem(error)
      } finally {
        closeSync(fd)
      }
    }
  }

  #journals(): string[] {
    if (this.#directory === undefined) return []
    try {
      const directory = this.#directory
      return readdirSync(directory)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => join(directory, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  /** A journal that is locked and has a name: one who sweeps may have found it before it was locked. */
  #open(directory: string): number {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    for (;;) {
      this.#path = join(directory, `${crypto.randomUUID()}${SUFFIX}`)
      const fd = openSync(
        this.#path,
        constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
        0o600,
      )
      if (tryLock(fd) && fstatSync(fd).nlink > 0) return fd
      closeSync(fd)
    }
  }

  [Symbol.dispose](): void {
    if (this.#journal === undefined) return
    if (this.#pending.size === 0) unlinkSync(this.#path)
    closeSync(this.#journal)
    this.#journal = undefined
  }
}

/** The last line may be torn; its file was not made then. */
function entriesOf(journal: string): Entry[] {
  return journal.split('\n').flatMap((line) => {
    try {
      const { root, folder, name } = JSON.parse(line)
      const isEntry =
        typeof root === 'string' &&
        typeof name === 'string' &&
        Array.isArray(folder) &&
        folder.every((part) => typeof part === 'string')
      return isEntry ? [{ root, folder, name }] : []
    } catch {
      return []
    }
  })
}

/** The lines that were typed, kept in a file of the user alone. */

import { readFileBoundedSync } from '../host/bounded-file.ts'
import { writeFileAtomic } from '../host/write-file-atomic.ts'

/** Of the history that is read, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024

/** How many lines are kept. */
export const MAX_LINES = 1000

/** What a line may not hold to be kept: tokens by their form, and values that are called secret. */
const SECRET = [
  /\b(?:lb_|sk-|gh[opsur]_|github_pat_|glpat-|xox[a-z]-|hf_)\w{6,}/,
  /\beyJ[\w-]{8,}\.[\w-]+/,
  /\bbearer\s+\S/i,
  /(?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|authorization|credentials?)["']?\s*[=:]\s*["']?\S/i,
  /--(?:password|secret|token|api-?key)[ =]\S/i,
  /:\/\/[^\s/:@]+:[^\s/@]+@/,
  /[A-Za-z0-9+/_-]*(?:[A-Za-z][0-9]|[0-9][A-Za-z])[A-Za-z0-9+_-]{38,}/,
]

/** Whether a line looks as if it carries a secret. Rather too often than too seldom. */
export const looksSecret = (line: string): boolean => SECRET.some((pattern) => pattern.test(line))

export class History {
  readonly #path: string
  /** Oldest first. */
  readonly #lines: string[]
  /** Those of them that were typed since the beginning. */
  #fresh: string[] = []

  /** Begins with what the file holds; one that can't be read is an empty one, and stays as it is. */
  constructor(path: string) {
    this.#path = path
    this.#lines = (readLines(path) ?? []).slice(-MAX_LINES)
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** Whether the line was kept; one that begins with a space, repeats the last or looks secret is not. */
  add(line: string): boolean {
    if (line.trim() === '' || line.startsWith(' ') || looksSecret(line)) return false
    if (line === this.#lines.at(-1)) return true
    this.#lines.push(line)
    this.#fresh.push(line)
    this.#lines.splice(0, this.#lines.length - MAX_LINES)
    return true
  }

  /**
   * Writes the file anew, with what others added to it meanwhile. What is there and can't be read is left alone: who leads the
   * history to /dev/null wants none. Throws the system's error.
   */
  save(): void {
    const before = this.#fresh.length === 0 ? undefined : readLines(this.#path)
    if (before === undefined) return
    const lines = [...before, ...this.#fresh].slice(-MAX_LINES)
    writeFileAtomic(this.#path, lines.map((line) => `${line}\n`).join(''), 0o600)
    this.#fresh = []
  }
}

/** Undefined for what is there and is no file that can be read. */
function readLines(path: string): string[] | undefined {
  try {
    return (readFileBoundedSync(path, MAX_BYTES) ?? '').split('\n').filter((line) => line !== '')
  } catch {
    return undefined
  }
}

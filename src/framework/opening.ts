/**
 * What a process opens, one after the other, and releases in reverse. What can't be opened is named, ends the start, and decides the
 * status that the process exits with: a manager shows it by name (exit codes of sysexits.h; systemd.exec(5), "Process Exit Codes").
 */
import { ConfigError } from '../host/config/error.ts'
import { DatabaseError } from '../host/database/error.ts'
import type { LazyLog } from '../host/lazy.ts'
import { inWords } from '../protocol/values.ts'

/** A mistake of whoever configured it: in a file, a variable or a unit. */
const EXIT_CONFIG = 78
/** What the server stands on is not to be had. */
const EXIT_UNAVAILABLE = 69
/** What is kept on the disk can't be read or written. */
const EXIT_IO = 74
/** A mistake in the program. */
const EXIT_SOFTWARE = 70

/** Something could not be opened; the message says what, and the cause why. */
export class OpeningError extends Error {
  override readonly name = 'OpeningError'
  readonly status: number

  constructor(what: string, cause: unknown) {
    super(`It can't start without ${what}: ${cause instanceof Error ? cause.message : inWords(cause)}`, {
      cause,
    })
    this.status = statusFor(cause)
  }
}

export const openingError = (what: string, error: unknown): OpeningError =>
  error instanceof OpeningError ? error : new OpeningError(what, error)

function statusFor(cause: unknown): number {
  if (!(cause instanceof Error)) return EXIT_SOFTWARE
  if (cause instanceof ConfigError) return EXIT_CONFIG
  if (cause instanceof DatabaseError) return EXIT_IO
  return BUGS.has(cause.name) ? EXIT_SOFTWARE : EXIT_UNAVAILABLE
}

const BUGS: ReadonlySet<string> = new Set(['TypeError', 'ReferenceError', 'SyntaxError', 'RangeError'])

export class Opening {
  readonly #log: Pick<LazyLog, 'error'>
  readonly #opened: { what: string; release: () => unknown }[] = []
  #released: Promise<void> | undefined

  constructor(log: Pick<LazyLog, 'error'>) {
    this.#log = log
  }

  /** Opens something, which `release` gives back. Rejects with an OpeningError that names it. */
  async open<T>(what: string, open: () => T | Promise<T>, release?: (opened: T) => unknown): Promise<T> {
    let opened: T
    try {
      opened = await open()
    } catch (error) {
      throw openingError(what, error)
    }
    if (release) this.#opened.push({ what, release: () => release(opened) })
    return opened
  }

  /** Releases what was opened, the last first. What can't be is logged, and holds up nothing else. */
  release(): Promise<void> {
    this.#released ??= this.#releaseAll()
    return this.#released
  }

  async #releaseAll(): Promise<void> {
    for (let next = this.#opened.pop(); next; next = this.#opened.pop())
      try {
        await next.release()
      } catch (err) {
        this.#log.error({ err }, `could not release ${next.what}`)
      }
  }
}

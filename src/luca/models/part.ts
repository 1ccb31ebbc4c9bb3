/** The file that a model is gathered in before it lands, held by one process at a time. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  writeSync,
} from 'node:fs'
import { CliError } from '../../command/cli-error.ts'
import { tryLock } from '../../host/file-calls.ts'

/** No room on the disk, or none for this user, or for a file so large. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG']
const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants

export class Part implements Disposable {
  readonly path: string
  readonly #fd: number

  private constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
  }

  /** Makes the file if it is not there. Throws a CliError where another process holds it, or it can't be written. */
  static open(path: string): Part {
    for (;;) {
      const part = new Part(path, openOwn(path))
      try {
        if (!fstatSync(part.#fd).isFile()) throw new CliError('failed', `${path} is no file; remove it.`)
        if (!tryLock(part.#fd))
          throw new CliError('busy', `Another "luca model" is at work on ${path}; wait for it, or end it.`)
        // Who held it may have made a model of it in between.
        if (part.#isInPlace()) return part
      } catch (error) {
        part[Symbol.dispose]()
        throw error
      }
      part[Symbol.dispose]()
    }
  }

  /** Adds at the end, all of it. Throws a CliError where the disk is full. */
  append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; )
      written += orFull(this.path, () => writeSync(this.#fd, bytes, written))
  }

  empty(): void {
    ftruncateSync(this.#fd)
  }

  /** Returns once all of it is on the disk. Throws a CliError where the disk is full. */
  sync(): void {
    orFull(this.path, () => fsyncSync(this.#fd))
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }

  #isInPlace(): boolean {
    const own = fstatSync(this.#fd)
    const named = lstatSync(this.path, { throwIfNoEntry: false })
    return named?.ino === own.ino && named.dev === own.dev
  }
}

/** Throws a CliError where the disk that `path` is on is full. */
export function orFull<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!FULL.includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause
    throw new CliError('failed', `The disk of ${path} is full. "luca model remove" frees space.`, { cause })
  }
}

/** Neither through a link to another place, nor waiting for the reader of a pipe. */
function openOwn(path: string): number {
  try {
    return openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o644)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CliError(
      code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'denied' : 'failed',
      code === 'ELOOP' ? `${path} is a link; remove it.` : `${path} can't be written (${code}).`,
      { cause },
    )
  }
}

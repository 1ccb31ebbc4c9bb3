/** The log that `luca up` keeps in its state folder: a file, and the one before it. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { mustBeFileIfThere } from '../../host/bounded-file.ts'
import { fileLine } from './record.ts'

/** A pipe in its place must not be waited for. */
const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants

/** What one file holds at most, so that both are bounded, in bytes. */
const MAX_BYTES = 8 * 1024 * 1024

export const logFolderIn = (state: string): string => join(state, 'log')
export const logFileIn = (folder: string): string => join(folder, 'appliance.log')
/** The one before it. */
export const olderLogFileIn = (folder: string): string => join(folder, 'appliance.log.1')

/**
 * Writes the log. A disk that is full loses lines, which the log then says, and never ends what is logged. A file that another process
 * deletes, moves away or empties is begun anew.
 */
export class LogFile {
  readonly #folder: string
  readonly #maxBytes: number
  #fd: number | undefined
  #lost = 0

  /** Throws where there is no folder to be had, or something that can't be written to has the log's name. */
  constructor(folder: string, maxBytes = MAX_BYTES) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#makeFolder()
    // A device, such as /dev/null, may be meant.
    if (!isDevice(logFileIn(folder))) mustBeFileIfThere(logFileIn(folder))
  }

  /** Adds a line. Never throws. */
  write(line: string): void {
    const lost =
      this.#lost === 0
        ? ''
        : `${fileLine('luca-up', `${this.#lost} lines were lost: they could not be written.`, new Date(), 'warn')}\n`
    try {
      this.#append(Buffer.from(`${lost}${line}\n`))
      this.#lost = 0
    } catch {
      this.#lost++
      // Opened anew for the next line: what stands in the way may be gone by then.
      this.close()
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #append(bytes: Buffer): void {
    const path = logFileIn(this.#folder)
    if (this.#fd !== undefined && !isAt(path, this.#fd)) this.close()
    if (this.#fd !== undefined && fstatSync(this.#fd).size + bytes.length > this.#maxBytes) {
      this.close()
      renameSync(path, olderLogFileIn(this.#folder))
    }
    if (this.#fd === undefined) {
      this.#makeFolder()
      this.#fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600)
    }
    const { size } = fstatSync(this.#fd)
    if (writeSync(this.#fd, bytes) < bytes.length) {
      // Not half a line.
      ftruncateSync(this.#fd, size)
      throw new Error('The disk is full.')
    }
  }

  #makeFolder(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
  }
}

const isDevice = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() ?? false

/** Whether a path still leads to an open file. */
function isAt(path: string, fd: number): boolean {
  const [there, open] = [statSync(path, { throwIfNoEntry: false }), fstatSync(fd)]
  return there?.ino === open.ino && there.dev === open.dev
}

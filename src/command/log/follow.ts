/** Reads the log that `luca up` keeps: what is there, and what comes. */
import {
  closeSync,
  constants,
  existsSync,
  type FSWatcher,
  fstatSync,
  openSync,
  readSync,
  statSync,
  watch,
} from 'node:fs'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { logFileIn, olderLogFileIn } from './file.ts'
import { type LogRecord, readRecord } from './record.ts'

/** More than a log has when another takes its place, in bytes. */
const MAX_OLDER_BYTES = 64 * 1024 * 1024

const PIECE = 256 * 1024

export interface Wanted {
  /** How many of those that are there: the last ones. */
  last: number
  /** Which count. */
  fits(record: LogRecord): boolean
  /** Ends with those that are there without. */
  follow?: AbortSignal
}

/** The records of the log in a folder, the oldest first. Ends when `follow` aborts. */
export async function* logRecords(folder: string, { last, fits, follow }: Wanted): AsyncGenerator<LogRecord> {
  const tail = new Tail(logFileIn(folder))
  // Before the file is read, so that nothing falls between.
  const changes = follow && new Changes(folder, follow)
  try {
    let kept = latest(tail.lines(), last, fits)
    const older = olderLogFileIn(folder)
    if (kept.length < last && existsSync(older))
      kept = [...latest(linesOf(mustReadFileSync(older, MAX_OLDER_BYTES)), last - kept.length, fits), ...kept]
    yield* kept
    while (await changes?.next()) yield* tail.lines().map(readRecord).filter(fits)
  } finally {
    changes?.close()
    tail.close()
  }
}

/** The last of the records that count. No more lines are understood for them than that takes. */
function latest(lines: readonly string[], most: number, fits: Wanted['fits']): LogRecord[] {
  const found: LogRecord[] = []
  for (let at = lines.length - 1; at >= 0 && found.length < most; at--) {
    const record = readRecord(lines[at] as string)
    if (fits(record)) found.push(record)
  }
  return found.reverse()
}

/** Tells when something in a folder has changed. */
class Changes {
  readonly #watcher: FSWatcher
  readonly #stop: AbortSignal
  #changed = false
  #wake: () => void = () => {}

  constructor(folder: string, stop: AbortSignal) {
    this.#stop = stop
    this.#watcher = watch(folder, () => {
      this.#changed = true
      this.#wake()
    })
    stop.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** Resolves with true after a change since the last call, and with false once it is to stop. */
  async next(): Promise<boolean> {
    while (!this.#changed && !this.#stop.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    this.#changed = false
    return !this.#stop.aborted
  }

  close(): void {
    this.#watcher.close()
  }
}

/** A file that grows, that may be emptied, and that a new one takes the place of. */
class Tail {
  readonly #path: string
  #fd: number | undefined
  #rest = Buffer.alloc(0)
  /** How much of it was read, in bytes. */
  #read = 0

  constructor(path: string) {
    this.#path = path
  }

  /** The whole lines that were not read yet. */
  lines(): string[] {
    const lines: string[] = []
    for (;;) {
      if (this.#fd === undefined) {
        if (!existsSync(this.#path)) return lines
        this.#fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK)
      }
      lines.push(...this.#more(this.#fd))
      if (this.#isCurrent(this.#fd)) return lines
      // What was written before it was replaced is there by now.
      lines.push(...this.#more(this.#fd))
      this.close()
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#begin()
  }

  #begin(): void {
    this.#rest = Buffer.alloc(0)
    this.#read = 0
  }

  #isCurrent(fd: number): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false })
    return now === undefined || now.ino === fstatSync(fd).ino
  }

  #more(fd: number): string[] {
    if (fstatSync(fd).size < this.#read) this.#begin()
    const pieces = [this.#rest]
    for (;;) {
      const piece = Buffer.alloc(PIECE)
      const length = readSync(fd, piece, { position: this.#read })
      if (length === 0) break
      this.#read += length
      pieces.push(piece.subarray(0, length))
    }
    const all = Buffer.concat(pieces)
    const end = all.lastIndexOf('\n') + 1
    this.#rest = all.subarray(end)
    return linesOf(all.toString('utf8', 0, end))
  }
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

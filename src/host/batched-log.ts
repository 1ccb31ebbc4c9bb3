/**
 * A log for lines so many that a write for each would be most of the work: they are written together, soon after.
 * Their shape is that of `createLogger`.
 */
import { writeSync } from 'node:fs'

export interface BatchedLogOptions {
  /** Which program speaks. */
  name: string
  env?: NodeJS.ProcessEnv
  /** Writes several lines at once; to stderr unless told. */
  write?(lines: string): void
}

export interface BatchedLog {
  /** Adds a line. Nothing in `fields` may be secret: none of it is looked at. */
  info(fields: object, text: string): void
  /** Writes what is held back. */
  flush(): void
}

const STDERR = 2
/** The most that a line waits, in milliseconds, and so what a killed process may lose. */
const WRITE_AFTER_MS = 20
/** How much may wait, in characters. */
const WRITE_ABOVE = 64 * 1024
/** Levels that leave out lines of the level info. */
const QUIETER: ReadonlySet<string> = new Set(['warn', 'error', 'fatal', 'silent'])
/** journald's priority of the level info, as sd-daemon(3) describes. */
const PRIORITY = '<6>'

export function createBatchedLog({
  name,
  env = process.env,
  write = toStderr,
}: BatchedLogOptions): BatchedLog {
  const begin = `${env.JOURNAL_STREAM ? PRIORITY : ''}{"level":"info","time":"`
  const middle = `","name":${JSON.stringify(name)}`
  let waiting = ''
  const flush = () => {
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    write(lines)
  }
  if (QUIETER.has(env.LLMBDO_LOG_LEVEL ?? '')) return { info: () => {}, flush }
  process.once('exit', flush)
  return {
    flush,
    info(fields, text) {
      if (waiting === '') setTimeout(flush, WRITE_AFTER_MS)
      const inner = JSON.stringify(fields)
      const rest = inner === '{}' ? '' : `,${inner.slice(1, -1)}`
      waiting += `${begin}${timeNow()}${middle}${rest},"msg":${JSON.stringify(text)}}\n`
      if (waiting.length > WRITE_ABOVE) flush()
    },
  }
}

let time = { ms: 0, text: '' }

/** Many lines are of the same millisecond: what it is called is said once. */
function timeNow(): string {
  const ms = Date.now()
  if (ms !== time.ms) time = { ms, text: new Date(ms).toISOString() }
  return time.text
}

/** To a full pipe in pieces, as it takes them. */
function toStderr(lines: string): void {
  let rest = Buffer.from(lines)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDERR, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return // the reader has gone
    }
  }
}

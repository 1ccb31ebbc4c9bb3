/** The log of a process: JSON lines on stderr, which journald reads with their priority. */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

export type { Logger }

export interface LogOptions {
  /** Which program speaks. */
  name: string
  /** The least important level that is written; LLMBDO_LOG_LEVEL overrides it, 'info' unless told. */
  level?: string
  /** Where lines go; stderr unless told. */
  destination?: DestinationStream
  env?: NodeJS.ProcessEnv
  /** Takes out of each line what must not stand in it. */
  hide?: ((line: string) => string) | undefined
}

const STDERR = 2
const SECRETS = ['token', 'authorization', 'Authorization', 'password', 'secret']

/**
 * A logger that writes before it returns, so that the last line before a crash is there. Throws for an
 * unknown level.
 */
export function createLogger({
  name,
  level = 'info',
  destination,
  env = process.env,
  hide,
}: LogOptions): Logger {
  const options: LoggerOptions = {
    // journald adds the process and the machine.
    base: { name },
    level: levelOf(env.LLMBDO_LOG_LEVEL || level),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.errWithCause },
    redact: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
  }
  const bare = destination ?? pino.destination({ fd: STDERR, sync: true })
  const stream = hide ? { write: (line: string) => bare.write(hide(line)) } : bare
  return pino(options, env.JOURNAL_STREAM ? withPriority(stream) : stream)
}

function levelOf(level: string): string {
  const levels = [...Object.keys(pino.levels.values), 'silent']
  if (levels.includes(level)) return level
  throw new Error(`LLMBDO_LOG_LEVEL is "${level}"; it must be one of ${levels.join(', ')}.`)
}

/** Begins each line with its priority as sd-daemon(3) describes; pino tells the level of the line in `lastLevel`. */
function withPriority(stream: DestinationStream): DestinationStream {
  return {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      stream.write(`<${priorityOf(this.lastLevel)}>${line}`)
    },
  } as DestinationStream & { lastLevel: number }
}

function priorityOf(level: number): number {
  const { error, warn, info } = pino.levels.values as Record<'error' | 'warn' | 'info', number>
  if (level >= error) return 3
  if (level >= warn) return 4
  return level >= info ? 6 : 7
}

/**
 * What a server may never need is loaded when it is: a start that waits for it keeps a caller waiting.
 */
import type { LogOptions } from './log.ts'

/** Node's crypto module; loading it takes longer than most calls. */
export const nodeCrypto = () => process.getBuiltinModule('node:crypto')

/** Node's zlib module, which brings the streams with it. */
export const nodeZlib = () => process.getBuiltinModule('node:zlib')

export interface LazyLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/**
 * The log of `createLogger`, which is loaded with the first line. That line, and what follows in the same turn,
 * is written a turn later; all others before the call returns.
 */
export function createLazyLog(options: LogOptions): LazyLog {
  let log: LazyLog | undefined
  let first: { level: keyof LazyLog; fields: object; text: string }[] | undefined
  const write = (level: keyof LazyLog) => (fields: object, text: string) => {
    if (log) return log[level](fields, text)
    if (first) return void first.push({ level, fields, text })
    first = [{ level, fields, text }]
    void import('./log.ts').then(({ createLogger }) => {
      log = createLogger(options)
      for (const line of first ?? []) log[line.level](line.fields, line.text)
    })
  }
  return { info: write('info'), warn: write('warn'), error: write('error') }
}

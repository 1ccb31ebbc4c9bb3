/** What goes wrong with a database, as a sentence for whoever called. */
import { rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ToolError } from '../../protocol/define.ts'
import { shown } from '../../protocol/foreign-text.ts'

/**
 * - `full`: the disk has no room.
 * - `damaged`: the file is not one that the engine can read.
 * - `busy`: another process has it open.
 * - `later`: a later version of the program made its tables.
 * - `value`: a value that can't be stored, or read, as it is.
 * - `failed`: the disk or the system refuses.
 */
export type DatabaseProblem = 'full' | 'damaged' | 'busy' | 'later' | 'value' | 'failed'

/** In each case nothing was changed. As a ToolError, a handler that lets it pass tells its caller the sentence. */
export class DatabaseError extends ToolError {
  readonly problem: DatabaseProblem
  constructor(problem: DatabaseProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const SQLITE = {
  PERM: 3,
  BUSY: 5,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  TOOBIG: 18,
  NOTADB: 26,
}
/** Codes of the system (errno(3)) as what SQLite would have said. */
const OF_SYSTEM: Readonly<Record<string, number>> = {
  ENOSPC: SQLITE.FULL,
  EDQUOT: SQLITE.FULL,
  EIO: SQLITE.IOERR,
  EROFS: SQLITE.READONLY,
  EACCES: SQLITE.PERM,
  EPERM: SQLITE.PERM,
  ENOENT: SQLITE.CANTOPEN,
  ENOTDIR: SQLITE.CANTOPEN,
  EISDIR: SQLITE.CANTOPEN,
  ELOOP: SQLITE.CANTOPEN,
}

/** An error of SQLite, or of the system, as a DatabaseError; all else, such as a mistake in SQL or a constraint, as it is. */
export function explained(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  const { code, errcode = typeof code === 'string' ? OF_SYSTEM[code] : undefined } = thrown as {
    code?: unknown
    errcode?: unknown
  }
  if (code === 'ERR_OUT_OF_RANGE')
    return new DatabaseError(
      'value',
      `${shown(path)} holds a whole number beyond 2^53, which can't be read exactly; store such as text.`,
      { cause: thrown },
    )
  if (typeof errcode !== 'number') return thrown
  const primary = errcode & 0xff
  const told = sentences[primary === SQLITE.IOERR && hasNoRoom(path) ? SQLITE.FULL : primary]
  if (!told) return thrown
  const [problem, sentence] = told
  return new DatabaseError(problem, sentence(shown(path), shown(dirname(path)), thrown.message), {
    cause: thrown,
  })
}

const sentences: Readonly<
  Record<number, readonly [DatabaseProblem, (path: string, folder: string, why: string) => string]>
> = {
  [SQLITE.FULL]: [
    'full',
    (_, folder) => `The disk of ${folder} is full; nothing was changed. Make room there, then try again.`,
  ],
  [SQLITE.CORRUPT]: ['damaged', damaged],
  [SQLITE.NOTADB]: ['damaged', damaged],
  [SQLITE.BUSY]: [
    'busy',
    (path) => `${path} is in use by another process; nothing was changed. Try again once that has ended.`,
  ],
  [SQLITE.TOOBIG]: ['value', (path) => `What was to be stored in ${path} is too large; nothing was changed.`],
  [SQLITE.PERM]: ['failed', refused],
  [SQLITE.READONLY]: ['failed', refused],
  [SQLITE.CANTOPEN]: ['failed', refused],
  [SQLITE.IOERR]: ['failed', refused],
}

/** SQLite says of a quota that is used up (EDQUOT) no more than that the file can't be written. */
function hasNoRoom(path: string): boolean {
  const probe = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { flag: 'wx', mode: 0o600, flush: true })
    return false
  } catch (error) {
    return OF_SYSTEM[(error as NodeJS.ErrnoException).code ?? ''] === SQLITE.FULL
  } finally {
    rmSync(probe, { force: true })
  }
}

/** More than one page of a database. */
const PROBE_BYTES = 64 * 1024

function damaged(path: string): string {
  return `${path} is damaged; nothing was changed. It is looked at, and put aside, when the program that has it starts again.`
}

function refused(path: string, _: string, why: string): string {
  return `${path} can't be read or written (${why}); nothing was changed. Look at its disk, and at who may write there.`
}

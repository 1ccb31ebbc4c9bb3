/** The database of the index, whose errors a caller reads: without the places of this machine, which are none of theirs. */
import { DatabaseError, type DatabaseProblem } from '../../../host/database.ts'
import type { Database } from '../../../protocol/database.ts'

const TOLD: Readonly<Record<DatabaseProblem, string>> = {
  full: 'The disk that has the index of files is full; nothing was changed. Make room there, then try again.',
  damaged:
    'The index of files is damaged; nothing was changed. It is made anew of the files when this server starts again.',
  busy: 'The index of files is in use by another process; nothing was changed. Try again once that has ended.',
  later: 'The index of files was made by a later version of this program; update this one.',
  value: 'The index of files can’t hold that value; nothing was changed.',
  failed:
    'The index of files can’t be read or written; nothing was changed. Look at the disk that has the state of this server, and at who may write there.',
}

/** Rejects, and what it opened throws, a DatabaseError of the same problem that names no path. */
export async function openIndexDatabase(open: () => Promise<Database>): Promise<Database> {
  const database = await open().catch(tell)
  return {
    all: (sql, ...values) => told(() => database.all(sql, ...values)),
    get: (sql, ...values) => told(() => database.get(sql, ...values)),
    run: (sql, ...values) => database.run(sql, ...values).catch(tell),
    transaction: (work) => database.transaction(work).catch(tell),
    checkWritable: () => database.checkWritable().catch(tell),
    checkpoint: () => database.checkpoint().catch(tell),
    copyTo: (path) => database.copyTo(path).catch(tell),
    damage: database.damage,
    damagedFiles: () => database.damagedFiles(),
    close: () => database.close(),
  }
}

function told<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return tell(error)
  }
}

function tell(error: unknown): never {
  // What could not be opened has its reason as its cause.
  const cause = error instanceof Error && error.cause instanceof DatabaseError ? error.cause : error
  throw cause instanceof DatabaseError
    ? new DatabaseError(cause.problem, TOLD[cause.problem], { cause })
    : cause
}

/** The files that are to be read: kept, so that what is left over goes on after a kill, however much it is. */
import type { Database, Writer } from '../../../protocol/database.ts'
import { below } from '../../../search/index/filter.ts'
import { inSteps } from '../../../search/index/steps.ts'

export const WORK_LIST_STEP = `
  CREATE TABLE unread (
    path TEXT PRIMARY KEY,
    modifiedAt INTEGER NOT NULL,
    notBefore INTEGER NOT NULL,
    waits INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX unreadByTime ON unread (modifiedAt)`

/** Before it is looked whether it took long enough for one transaction. */
const REMOVED_AT_ONCE = 100

export interface ChangedFile {
  readonly path: string
  /** In milliseconds since the epoch. */
  readonly modifiedAt: number
}

export interface UnreadFile extends ChangedFile {
  /** How often it was put off, since it changed while it was read. */
  readonly waits: number
}

export class WorkList {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get size(): number {
    return this.#database.get<{ n: number }>('SELECT count(*) AS n FROM unread')?.n ?? 0
  }

  has(path: string): boolean {
    return this.#database.get('SELECT 1 FROM unread WHERE path = ?', path) !== undefined
  }

  /** Those that can be read now, the newest first. */
  next(count: number, now: number): UnreadFile[] {
    return this.#database.all<UnreadFile>(
      'SELECT * FROM unread WHERE notBefore <= ? ORDER BY modifiedAt DESC LIMIT ?',
      now,
      count,
    )
  }

  /** When the first of those that were put off can be read; undefined where there is none. */
  nextTime(now: number): number | undefined {
    const row = this.#database.get<{ at: number | null }>(
      'SELECT min(notBefore) AS at FROM unread WHERE notBefore > ?',
      now,
    )
    return row?.at ?? undefined
  }

  /** What was put off stays so. */
  add(files: readonly ChangedFile[]): Promise<void> {
    return this.#database.transaction((writer) => {
      for (const { path, modifiedAt } of files)
        writer.run(
          `INSERT INTO unread VALUES (?, ?, 0, 0)
           ON CONFLICT (path) DO UPDATE SET modifiedAt = excluded.modifiedAt`,
          path,
          modifiedAt,
        )
    })
  }

  async postpone(path: string, until: number): Promise<void> {
    await this.#database.run('UPDATE unread SET notBefore = ?, waits = waits + 1 WHERE path = ?', until, path)
  }

  remove(paths: readonly string[]): Promise<void> {
    return this.#database.transaction((writer) => {
      for (const path of paths) writer.run('DELETE FROM unread WHERE path = ?', path)
    })
  }

  /** All below a folder, in steps: it may be very many. */
  async removeBelow(folder: string): Promise<void> {
    const some = `(SELECT path FROM unread WHERE path >= ? AND path < ? LIMIT ${REMOVED_AT_ONCE})`
    const sql = `DELETE FROM unread WHERE path IN ${some}`
    const remove = (writer: Writer) => writer.run(sql, ...below(folder)).changes === REMOVED_AT_ONCE
    await inSteps((work) => this.#database.transaction(work), remove)
  }
}

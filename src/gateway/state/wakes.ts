/** What is kept of the wake list. It is read from where it lies: ten thousand entries take no memory while they wait. */
import type { Database, Writer } from '../../host/database.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { WAKES_PER_USER, type WakeRule } from '../../protocol/wake.ts'

/** What tiers must grant, and what a token's choice of tools must have. */
export interface EntryRights {
  capabilities: readonly string[]
  chosenAs?: string | undefined
}

export interface Entry {
  /** Another one whenever the server registers its key anew. */
  id: number
  user: string
  server: string
  key: string
  /** Undefined for one that comes once. */
  rule: WakeRule | undefined
  /** The time that it is for; milliseconds since the epoch, as all times here. */
  due: number
  /** When it is tried, which is later where that failed; undefined where it has ended. */
  next: number | undefined
  tries: number
  /** Why it was in vain the last time, or why it has ended. */
  problem: string | undefined
  /** The id of the principal on whose behalf it is. */
  onBehalfOf: string
  /** What that principal must be allowed at its time: what the call needed that registered it. */
  rights: EntryRights
}

export type NewEntry = Pick<Entry, 'user' | 'server' | 'key' | 'rule' | 'due' | 'onBehalfOf' | 'rights'>

/** What becomes of an entry; without `next` it ends, and is shown for a while. */
export type Change = { id: number } & (
  | { done: true }
  | { done?: undefined; due: number; next: number | undefined; tries: number; problem: string | undefined }
)

/** What it needs of the gateway's database; a write is kept when its promise resolves. */
export type Tables = Pick<Database, 'all' | 'get' | 'run' | 'transaction'>

/** `reckonedAt` is the time by the clock that `next` was reckoned by: where that was ahead, it can be seen later. */
export const WAKE_TABLE = `CREATE TABLE wake (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     user TEXT NOT NULL,
     server TEXT NOT NULL,
     key TEXT NOT NULL,
     rule TEXT,
     due INTEGER NOT NULL,
     next INTEGER,
     tries INTEGER NOT NULL,
     problem TEXT,
     onBehalfOf TEXT NOT NULL,
     rights TEXT NOT NULL,
     reckonedAt INTEGER NOT NULL,
     UNIQUE (user, server, key)
   ) STRICT;
   CREATE INDEX wakeByTime ON wake (next, user, server) WHERE next IS NOT NULL;
   CREATE INDEX wakeOfServer ON wake (user, server, next) WHERE next IS NOT NULL`

/** For how long, and how many of one user, entries that have ended are shown. */
const SHOWN_MS = 30 * 24 * 3600 * 1000
const SHOWN_OF_USER = 100

export class WakeStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Adds an entry, in place of the one with its key. Rejects with RATE_LIMITED where its user has as many as one may. */
  put(entry: NewEntry, now: number): Promise<void> {
    const { user, server, key, rule, due, onBehalfOf, rights } = entry
    return this.#tables.transaction((writer) => {
      const others = writer.get<{ count: number }>(
        'SELECT count(*) AS count FROM wake WHERE user = ? AND next IS NOT NULL AND NOT (server = ? AND key = ?)',
        user,
        server,
        key,
      )
      if ((others?.count ?? 0) >= WAKES_PER_USER) throw tooMany(user)
      writer.run(
        `INSERT OR REPLACE INTO wake (user, server, key, rule, due, next, tries, onBehalfOf, rights, reckonedAt)
         VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
        user,
        server,
        key,
        rule === undefined ? null : JSON.stringify(rule),
        due,
        due,
        onBehalfOf,
        JSON.stringify(rights),
        now,
      )
    })
  }

  /** Whether there was one. */
  async cancel(user: string, server: string, key: string): Promise<boolean> {
    const sql = 'DELETE FROM wake WHERE user = ? AND server = ? AND key = ?'
    return (await this.#tables.run(sql, user, server, key)).changes > 0
  }

  async remove(id: number): Promise<void> {
    await this.#tables.run('DELETE FROM wake WHERE id = ?', id)
  }

  /** Those of one server, of one user or of all; those that have ended too. */
  list({ user, server }: { user?: string | undefined; server?: string } = {}): Entry[] {
    return this.#rows(
      `SELECT * FROM wake WHERE (?1 IS NULL OR user = ?1) AND (?2 IS NULL OR server = ?2)
       ORDER BY next IS NULL, next, id`,
      user ?? null,
      server ?? null,
    )
  }

  /** When the next one is to be tried that is not due yet; undefined if there is none. */
  nextAfter(now: number): number | undefined {
    const sql = 'SELECT min(next) AS next FROM wake WHERE next > ?'
    return this.#tables.get<{ next: number | null }>(sql, now)?.next ?? undefined
  }

  /** The servers that have something due. */
  dueServers(now: number): { user: string; server: string }[] {
    return this.#tables.all('SELECT DISTINCT user, server FROM wake WHERE next <= ?', now)
  }

  /** What is due of one of them, in the order of time. */
  due(user: string, server: string, now: number, limit: number): Entry[] {
    return this.#rows(
      'SELECT * FROM wake WHERE user = ? AND server = ? AND next <= ? ORDER BY next, id LIMIT ?',
      user,
      server,
      now,
      limit,
    )
  }

  /** Whatever was reckoned when the clock showed a later time than this, and depends on that. */
  reckonedAfter(now: number): Entry[] {
    return this.#rows(
      'SELECT * FROM wake WHERE reckonedAt > ? AND next IS NOT NULL AND (rule IS NOT NULL OR tries > 0)',
      now,
    )
  }

  /**
   * Writes down what became of entries. One that was registered anew meanwhile has another id, and stays; so does one that has
   * ended.
   */
  settle(changes: readonly Change[], now: number): Promise<void> {
    return this.#tables.transaction((writer) => {
      for (const change of changes)
        if (change.done) writer.run('DELETE FROM wake WHERE id = ?', change.id)
        else {
          const { id, due, next, tries, problem } = change
          writer.run(
            `UPDATE wake SET due = ?, next = ?, tries = ?, problem = ?, reckonedAt = ?
             WHERE id = ? AND next IS NOT NULL`,
            due,
            next ?? null,
            tries,
            problem ?? null,
            now,
            id,
          )
        }
      if (changes.some((change) => !change.done && change.next === undefined)) forgetEnded(writer, now)
    })
  }

  /** Ends all that is on behalf of a principal; gives how many that were. */
  endOf(onBehalfOf: string, problem: string, now: number): Promise<number> {
    return this.#tables.transaction((writer) => {
      const { changes } = writer.run(
        'UPDATE wake SET next = NULL, problem = ?, reckonedAt = ? WHERE onBehalfOf = ? AND next IS NOT NULL',
        problem,
        now,
        onBehalfOf,
      )
      if (changes > 0) forgetEnded(writer, now)
      return changes
    })
  }

  #rows(sql: string, ...values: (string | number | null)[]): Entry[] {
    return this.#tables.all<Row>(sql, ...values).map(entryOf)
  }
}

function forgetEnded(writer: Writer, now: number): void {
  writer.run(
    `DELETE FROM wake WHERE next IS NULL AND (reckonedAt < ? OR id NOT IN (
       SELECT id FROM wake AS other WHERE next IS NULL AND other.user = wake.user
       ORDER BY reckonedAt DESC, id DESC LIMIT ?))`,
    now - SHOWN_MS,
    SHOWN_OF_USER,
  )
}

/** An entry as the table holds it. */
type Row = Omit<Entry, 'rule' | 'rights' | 'next' | 'problem'> & {
  rule: string | null
  rights: string
  next: number | null
  problem: string | null
  reckonedAt: number
}

const entryOf = ({ reckonedAt: _, rule, rights, next, problem, ...row }: Row): Entry => ({
  ...row,
  rule: rule === null ? undefined : JSON.parse(rule),
  next: next ?? undefined,
  problem: problem ?? undefined,
  rights: JSON.parse(rights),
})

const tooMany = (user: string): RpcError =>
  new RpcError(
    'RATE_LIMITED',
    `"${user}" has ${WAKES_PER_USER} entries in the wake list, the most that one user may have (wake.perUser); "luca schedule list" shows them, and "luca schedule remove ID" ends one.`,
    { data: { limit: 'wake.perUser' } },
  )

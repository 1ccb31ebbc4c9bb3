/** The gateway's state that outlives it. One interface; SQLite is what stands behind it on one machine. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { mustBeFileIfThere, UnusableFile } from '../../host/bounded-file.ts'
import { ConfigError } from '../../host/config/error.ts'
import { EndedTokens, type Ending } from './ended-tokens.ts'

export interface TokenRecord {
  id: string
  name: string
  /** SHA-256 of the token, in hex. The token itself is not kept. */
  hash: string
  user: string
  /** Milliseconds since the epoch. */
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
  /** The tier it is bound to; null for the licence's. */
  tier: string | null
  /** Patterns of capabilities that it is not asked about. */
  trust: string[]
  /** Patterns of the tools that it may use; null for all. */
  tools: string[] | null
  /** Whether it was seen to have expired, whatever the clock says since. */
  expired: boolean
}

/** What can be changed of a token. */
export type TokenRights = Pick<TokenRecord, 'tier' | 'trust' | 'tools'>

/** How many requests a user or a token made in a window, as limits/ describes it. */
export interface RateRecord {
  key: string
  windowMs: number
  at: number
  slices: [ageMs: number, count: number][]
}

/** How many tokens of language models a caller used on a day. */
export interface TokenUsageRecord {
  key: string
  /** Such as `2026-11-21`, in UTC. */
  day: string
  tokens: number
}

export interface State {
  tokens(): TokenRecord[]
  addToken(record: TokenRecord): void
  changeToken(id: string, rights: TokenRights): void
  /**
   * Writes down that a token has ended, on a full disk too; for good in the tables once those can be written, which `settle`
   * tries again. Throws where it could not be written at all.
   */
  endToken(id: string, ending: Ending): void
  /** Tells the tables what they could not be told before. Throws where they still can't be. */
  settle(): void
  /** The latest time that was ever seen; 0 where none was kept. */
  latestTime(): number
  saveLatestTime(at: number): void
  /** Records the last use; may be late by minutes. */
  touchToken(id: string, at: number): void
  rates(): RateRecord[]
  /** Replaces what is kept of these callers, and drops what is too old to count. */
  saveRates(records: readonly RateRecord[]): void
  /** What was used on that day. */
  tokenUsage(day: string): TokenUsageRecord[]
  /** Replaces what is kept of these callers, and drops days long past. */
  saveTokenUsage(records: readonly TokenUsageRecord[]): void
  /** Throws if the state can't be read or written. */
  check(): void
  close(): void
}

/** What each version of the tables added to the one before it. A step that was released stays as it is. */
const STEPS: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS token (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     hash TEXT NOT NULL UNIQUE,
     user TEXT NOT NULL,
     createdAt INTEGER NOT NULL,
     expiresAt INTEGER,
     lastUsedAt INTEGER
   ) STRICT`,
  `ALTER TABLE token ADD COLUMN tier TEXT;
   CREATE TABLE rate (
     key TEXT PRIMARY KEY,
     windowMs INTEGER NOT NULL,
     at INTEGER NOT NULL,
     slices TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE tokenUsage (
     key TEXT NOT NULL,
     day TEXT NOT NULL,
     tokens INTEGER NOT NULL,
     PRIMARY KEY (key, day)
   ) STRICT`,
  // Keys are CALLER TIER. What tokens without a tier of their own used counts for their user, all together.
  `CREATE TEMP TABLE ofUser AS
     SELECT tokenUsage.key AS key, 'user:' || user || substr(key, instr(key, ' ')) AS userKey, day, tokens
     FROM tokenUsage JOIN token ON substr(key, 1, instr(key, ' ') - 1) = 'token:' || token.id
     WHERE tier IS NULL;
   DELETE FROM tokenUsage WHERE key IN (SELECT key FROM ofUser);
   INSERT INTO tokenUsage SELECT userKey, day, sum(tokens) FROM ofUser GROUP BY userKey, day;
   DROP TABLE ofUser`,
  // The same of requests, in the window that the tier had last; ages are counted from the newest of them on.
  `CREATE TEMP TABLE ofUser AS
     SELECT key, 'user:' || user || substr(key, instr(key, ' ')) AS userKey, windowMs, at, slices
     FROM rate JOIN token ON substr(key, 1, instr(key, ' ') - 1) = 'token:' || token.id
     WHERE tier IS NULL;
   DELETE FROM rate WHERE key IN (SELECT key FROM ofUser);
   WITH newest AS (SELECT userKey, windowMs, max(at) AS at FROM ofUser GROUP BY userKey)
   INSERT INTO rate
     SELECT userKey, windowMs, newest.at,
       json_group_array(json_array((value ->> 0) + newest.at - ofUser.at, value ->> 1))
     FROM ofUser JOIN newest USING (userKey, windowMs), json_each(slices)
     GROUP BY userKey;
   DROP TABLE ofUser`,
  // A name is there once for each user, and no longer once for all.
  `CREATE TABLE tokenOfUser (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     hash TEXT NOT NULL UNIQUE,
     user TEXT NOT NULL,
     createdAt INTEGER NOT NULL,
     expiresAt INTEGER,
     lastUsedAt INTEGER,
     tier TEXT,
     UNIQUE (user, name)
   ) STRICT;
   INSERT INTO tokenOfUser SELECT id, name, hash, user, createdAt, expiresAt, lastUsedAt, tier FROM token;
   DROP TABLE token;
   ALTER TABLE tokenOfUser RENAME TO token`,
  // Lists of patterns, as JSON.
  `ALTER TABLE token ADD COLUMN trust TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE token ADD COLUMN tools TEXT`,
  `ALTER TABLE token ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), latest INTEGER NOT NULL) STRICT`,
]
const VERSION = STEPS.length

/** Brings tables of an earlier version up to this one, or leaves them as they are. */
function migrate(db: DatabaseSync): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > VERSION)
    throw new Error(
      `The gateway's state is of version ${version}, and this one knows up to ${VERSION}; update it.`,
    )
  if (version === VERSION) return
  inTransaction(db, () => {
    for (const step of STEPS.slice(version)) db.exec(step)
    db.exec(`PRAGMA user_version = ${VERSION}`)
  })
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    // Where the disk is full, SQLite has rolled back already.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Opens the state in a folder; makes it if it is new. Throws a ConfigError where something else than a file is in its place. */
export function openState(directory: string): State {
  const path = join(directory, 'gateway.db')
  for (const suffix of ['', '-wal', '-shm', '-journal']) usable(() => mustBeFileIfThere(path + suffix))
  const db = new DatabaseSync(path, { timeout: 5000 })
  chmodSync(path, 0o600)
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
    `)
  } catch (cause) {
    throw new Error(`${path} can't be opened: ${(cause as Error).message}. Look whether its disk has room.`, {
      cause,
    })
  }
  migrate(db)
  const reserve = reserveIn(directory)
  const tell: Record<Ending, (id: string) => void> = {
    revoked: (id) => void db.prepare('DELETE FROM token WHERE id = ?').run(id),
    expired: (id) => void db.prepare('UPDATE token SET expired = 1 WHERE id = ?').run(id),
  }
  const settle = () => {
    for (const [id, ending] of reserve?.all ?? []) {
      tell[ending](id)
      reserve?.remove(id)
    }
  }
  try {
    settle()
  } catch {
    // The disk is still full; what the reserve holds counts all the same.
  }
  return {
    tokens() {
      const ended = new Map(reserve?.all)
      return (db.prepare('SELECT * FROM token ORDER BY createdAt, id').all() as unknown as TokenRow[])
        .filter(({ id }) => ended.get(id) !== 'revoked')
        .map(({ trust, tools, expired, ...row }) => ({
          ...row,
          trust: JSON.parse(trust),
          tools: tools === null ? null : JSON.parse(tools),
          expired: expired !== 0 || ended.has(row.id),
        }))
    },
    addToken: (r) =>
      void db
        .prepare('INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          ...[r.id, r.name, r.hash, r.user, r.createdAt, r.expiresAt, r.lastUsedAt, r.tier],
          ...[JSON.stringify(r.trust), r.tools && JSON.stringify(r.tools), Number(r.expired)],
        ),
    changeToken: (id, { tier, trust, tools }) =>
      void db
        .prepare('UPDATE token SET tier = ?, trust = ?, tools = ? WHERE id = ?')
        .run(tier, JSON.stringify(trust), tools && JSON.stringify(tools), id),
    endToken(id, ending) {
      try {
        tell[ending](id)
      } catch (error) {
        if (!reserve) throw error
        reserve.add(id, ending)
      }
    },
    settle,
    latestTime: () =>
      (db.prepare('SELECT latest FROM clock').get() as { latest: number } | undefined)?.latest ?? 0,
    saveLatestTime: (at) => void db.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?)').run(at),
    touchToken: (id, at) => void db.prepare('UPDATE token SET lastUsedAt = ? WHERE id = ?').run(at, id),
    rates: () =>
      db
        .prepare('SELECT * FROM rate')
        .all()
        .map((row) => ({ ...row, slices: JSON.parse(row.slices as string) }) as RateRecord),
    saveRates(records) {
      const save = db.prepare('INSERT OR REPLACE INTO rate VALUES (?, ?, ?, ?)')
      inTransaction(db, () => {
        for (const r of records) save.run(r.key, r.windowMs, r.at, JSON.stringify(r.slices))
        db.prepare('DELETE FROM rate WHERE at + windowMs < ?').run(Date.now())
      })
    },
    tokenUsage: (day) =>
      db.prepare('SELECT * FROM tokenUsage WHERE day = ?').all(day) as unknown as TokenUsageRecord[],
    saveTokenUsage(records) {
      const save = db.prepare('INSERT OR REPLACE INTO tokenUsage VALUES (?, ?, ?)')
      inTransaction(db, () => {
        for (const { key, day, tokens } of records) save.run(key, day, tokens)
        const [{ day } = { day: '' }] = records
        // A clock that was set wrong for a while must not make a day begin anew.
        db.prepare("DELETE FROM tokenUsage WHERE day < date(?, '-7 days')").run(day)
      })
    },
    check: () => db.exec(`PRAGMA user_version = ${VERSION}`),
    close() {
      db.close()
      reserve?.close()
    },
  }
}

/** A token as the tables hold it: lists as JSON. */
type TokenRow = Omit<TokenRecord, 'trust' | 'tools' | 'expired'> & {
  trust: string
  tools: string | null
  expired: number
}

/**
 * A disk that is full already leaves no room for it; the gateway serves all the same, and makes it when it starts again. One that
 * is there and can't be read may name tokens that have ended, so that nobody is let in without it.
 */
function reserveIn(directory: string): EndedTokens | undefined {
  try {
    return usable(() => new EndedTokens(directory))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    return undefined
  }
}

/** Tells of a file that can't be used as of a mistake in a configuration: it is a person's to mend. */
function usable<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof UnusableFile)) throw cause
    throw new ConfigError(
      `${cause.message} The gateway keeps its tokens there: put back the file that was there, or move away all of its folder, and it begins anew, without tokens.`,
      { cause },
    )
  }
}

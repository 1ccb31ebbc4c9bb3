/** The gateway's state that outlives it. One interface; SQLite is what stands behind it on one machine. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

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
}

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
  removeToken(id: string): void
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

/** Opens the state in a folder; makes it if it is new. */
export function openState(directory: string): State {
  const path = join(directory, 'gateway.db')
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
  return {
    tokens: () =>
      db
        .prepare('SELECT * FROM token ORDER BY createdAt, id')
        .all()
        .map(
          ({ trust, tools, ...row }) =>
            ({
              ...row,
              trust: JSON.parse(String(trust)),
              tools: tools === null ? null : JSON.parse(String(tools)),
            }) as unknown as TokenRecord,
        ),
    addToken: (r) =>
      void db
        .prepare('INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          ...[r.id, r.name, r.hash, r.user, r.createdAt, r.expiresAt, r.lastUsedAt, r.tier],
          ...[JSON.stringify(r.trust), r.tools && JSON.stringify(r.tools)],
        ),
    removeToken: (id) => void db.prepare('DELETE FROM token WHERE id = ?').run(id),
    touchToken: (id, at) => void db.prepare('UPDATE token SET lastUsedAt = ? WHERE id = ?').run(at, id),
    rates: () =>
      db
        .prepare('SELECT * FROM rate')
        .all()
        .map((row) => ({ ...row, slices: JSON.parse(String(row.slices)) }) as RateRecord),
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
    close: () => db.close(),
  }
}

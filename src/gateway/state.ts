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
}

export interface State {
  tokens(): TokenRecord[]
  addToken(record: TokenRecord): void
  removeToken(id: string): void
  /** Records the last use; may be late by minutes. */
  touchToken(id: string, at: number): void
  /** Throws if the state can't be read or written. */
  check(): void
  close(): void
}

/** Opens the state in a folder; makes it if it is new. */
export function openState(directory: string): State {
  const path = join(directory, 'gateway.db')
  const db = new DatabaseSync(path, { timeout: 5000 })
  chmodSync(path, 0o600)
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS token (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      hash TEXT NOT NULL UNIQUE,
      user TEXT NOT NULL,
      createdAt INTEGER NOT NULL,
      expiresAt INTEGER,
      lastUsedAt INTEGER
    ) STRICT;
  `)
  return {
    tokens: () => db.prepare('SELECT * FROM token ORDER BY createdAt, id').all() as unknown as TokenRecord[],
    addToken: (r) =>
      void db
        .prepare('INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(r.id, r.name, r.hash, r.user, r.createdAt, r.expiresAt, r.lastUsedAt),
    removeToken: (id) => void db.prepare('DELETE FROM token WHERE id = ?').run(id),
    touchToken: (id, at) => void db.prepare('UPDATE token SET lastUsedAt = ? WHERE id = ?').run(at, id),
    check: () => db.exec('PRAGMA user_version = 1'),
    close: () => db.close(),
  }
}

/**
 * The tables of gateway.db. What is new goes to the end: a step that the file of its store exports as SQL, and that is named here.
 */
import { EVENT_TABLES } from './events.ts'
import { WAKE_TABLE } from './wakes.ts'

/** What each version of the tables added to the one before it. A step that was released stays as it is. */
export const STEPS: readonly string[] = [
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
  WAKE_TABLE,
  EVENT_TABLES,
]

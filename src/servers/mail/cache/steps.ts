/**
 * The tables of this server's database, as each version added to the one before; a step that was released stays as it is. What
 * the server of an account has may be lost here: it is read again.
 */
export const MAIL_STEPS: readonly string[] = [
  `CREATE TABLE account (
     id TEXT PRIMARY KEY,
     settings TEXT NOT NULL,
     addedAt INTEGER NOT NULL,
     mailboxesAt INTEGER NOT NULL DEFAULT 0,
     refusedPassword TEXT,
     refusedWhy TEXT
   ) STRICT;
   CREATE TABLE mailbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
     path TEXT NOT NULL,
     role TEXT,
     canOpen INTEGER NOT NULL,
     uidValidity TEXT,
     changes TEXT,
     messages INTEGER NOT NULL DEFAULT 0,
     topUid INTEGER NOT NULL DEFAULT 0,
     missing TEXT NOT NULL DEFAULT '[]',
     lookedAt INTEGER NOT NULL DEFAULT 0,
     UNIQUE (account, path)
   ) STRICT;
   CREATE TABLE message (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
     uid INTEGER NOT NULL,
     time INTEGER NOT NULL,
     size INTEGER NOT NULL,
     isSeen INTEGER NOT NULL,
     isFlagged INTEGER NOT NULL,
     isAnswered INTEGER NOT NULL,
     attachments INTEGER NOT NULL,
     messageId TEXT,
     thread TEXT,
     header TEXT NOT NULL,
     UNIQUE (mailbox, uid)
   ) STRICT;
   CREATE INDEX messageByTime ON message (mailbox, time DESC, id DESC);
   CREATE INDEX messageById ON message (messageId) WHERE messageId IS NOT NULL;
   CREATE INDEX messageByThread ON message (thread) WHERE thread IS NOT NULL;
   CREATE TABLE body (
     message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
     content TEXT NOT NULL
   ) STRICT;
   CREATE VIRTUAL TABLE word USING fts5(
     subject, sender, recipients, attachments, body,
     content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
   );
   CREATE TRIGGER messageGone AFTER DELETE ON message BEGIN
     DELETE FROM word WHERE rowid = old.id;
   END`,
  `ALTER TABLE account ADD COLUMN allowed TEXT NOT NULL DEFAULT 'read'`,
  // Of an account that is signed in to before it is added, so it is no column of that.
  `CREATE TABLE token (account TEXT PRIMARY KEY, sealed TEXT NOT NULL) STRICT`,
  `ALTER TABLE body ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]'`,
  // Of an inbox, the largest number that was told as new.
  `ALTER TABLE mailbox ADD COLUMN toldUid INTEGER`,
  // What was agreed to be sent. Its account takes it along.
  `CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
     messageId TEXT NOT NULL UNIQUE,
     state TEXT NOT NULL,
     sender TEXT NOT NULL,
     recipients TEXT NOT NULL,
     subject TEXT NOT NULL,
     bytes BLOB,
     agreedAt INTEGER NOT NULL,
     due INTEGER NOT NULL,
     tries INTEGER NOT NULL DEFAULT 0,
     problem TEXT,
     isFiled INTEGER NOT NULL DEFAULT 0,
     isTold INTEGER NOT NULL DEFAULT 0
   ) STRICT`,
  `ALTER TABLE outbox ADD COLUMN origin TEXT`,
  // With all that a search goes by.
  `DROP INDEX messageByTime;
   CREATE INDEX messageByTime ON message (mailbox, time DESC, id DESC, attachments, isSeen, isFlagged, size)`,
]

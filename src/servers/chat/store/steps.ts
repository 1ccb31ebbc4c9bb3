/**
 * The tables of this server's database, as each version added to the one before; a step that was released stays as it is.
 *
 * Messages are a tree: each has the one that it follows. A conversation is the way from its last message, the tip, to the first. So a fork
 * is one more tip, and shares all that was said before it. `conversation` of a message is the one that a search names for it.
 */
export const CHAT_STEPS: readonly string[] = [
  `CREATE TABLE conversation (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     title TEXT NOT NULL,
     created INTEGER NOT NULL,
     changed INTEGER NOT NULL,
     tip INTEGER,
     options TEXT NOT NULL,
     read TEXT NOT NULL,
     shown TEXT NOT NULL,
     origin TEXT UNIQUE
   ) STRICT;
   CREATE INDEX conversationByTime ON conversation (changed DESC, number DESC);
   CREATE INDEX conversationByTip ON conversation (tip);
   CREATE TABLE message (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     conversation INTEGER NOT NULL,
     parent INTEGER,
     depth INTEGER NOT NULL,
     role TEXT NOT NULL,
     content TEXT NOT NULL,
     state TEXT NOT NULL,
     why TEXT,
     created INTEGER NOT NULL,
     about TEXT NOT NULL
   ) STRICT;
   CREATE INDEX messageByParent ON message (parent);
   CREATE INDEX messageByConversation ON message (conversation, depth);
   CREATE INDEX messageRunning ON message (id) WHERE state = 'running';
   CREATE TABLE summary (
     message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
     text TEXT NOT NULL,
     created INTEGER NOT NULL
   ) STRICT;
   CREATE VIRTUAL TABLE word USING fts5(
     content, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
   );
   CREATE TRIGGER messageGone AFTER DELETE ON message BEGIN
     DELETE FROM word WHERE rowid = old.id;
   END;
   CREATE VIRTUAL TABLE titleWord USING fts5(
     title, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
   );
   CREATE TRIGGER conversationGone AFTER DELETE ON conversation BEGIN
     DELETE FROM titleWord WHERE rowid = old.number;
   END;
   CREATE TABLE personal (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`,
]

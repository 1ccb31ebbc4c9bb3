/** The tables of the library. */

/**
 * A text stands once however many files have it, with its words and its vectors; a piece says where in a file it stands. A vector
 * stands once however many texts have it: a graph of neighbours loses others behind many that are the same. Words are cut as
 * query/words.ts cuts them, and the text itself is not kept a second time for them. Vectors have a key of their own, since rows of a
 * kilobyte in a table without one take four. Steps that were released stay as they are.
 */
export const LIBRARY_STEPS: readonly string[] = [
  `CREATE TABLE folder (path TEXT PRIMARY KEY, addedAt INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE file (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     path TEXT NOT NULL UNIQUE,
     version TEXT NOT NULL,
     modifiedAt INTEGER NOT NULL,
     format TEXT NOT NULL,
     language TEXT NOT NULL,
     state TEXT NOT NULL,
     problem TEXT,
     tries INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX fileByVersion ON file (version);
   CREATE INDEX fileByState ON file (state);
   CREATE TABLE text (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     digest BLOB NOT NULL,
     headings TEXT NOT NULL,
     content TEXT,
     UNIQUE (digest, headings)
   ) STRICT;
   CREATE INDEX textUnused ON text (id) WHERE content IS NULL;
   CREATE TABLE piece (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     file INTEGER NOT NULL REFERENCES file,
     place INTEGER NOT NULL,
     text INTEGER NOT NULL REFERENCES text,
     startLine INTEGER NOT NULL,
     endLine INTEGER NOT NULL,
     startByte INTEGER NOT NULL,
     endByte INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX pieceOfFile ON piece (file, place);
   CREATE INDEX pieceOfText ON piece (text);
   CREATE VIRTUAL TABLE word USING fts5(
     text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
   );
   CREATE VIRTUAL TABLE vocabulary USING fts5vocab(word, row);
   CREATE TABLE model (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL) STRICT;
   CREATE TABLE vector (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     model INTEGER NOT NULL REFERENCES model,
     digest BLOB NOT NULL,
     numbers BLOB NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX vectorByDigest ON vector (model, digest);
   CREATE INDEX vectorOfModel ON vector (model, id);
   CREATE TABLE embedded (
     text INTEGER NOT NULL REFERENCES text,
     model INTEGER NOT NULL REFERENCES model,
     vector INTEGER NOT NULL REFERENCES vector,
     PRIMARY KEY (text, model)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX embeddedAs ON embedded (vector, text);
   CREATE INDEX embeddedBy ON embedded (model, text);
   CREATE TABLE waiting (
     model INTEGER NOT NULL REFERENCES model,
     text INTEGER NOT NULL REFERENCES text,
     PRIMARY KEY (model, text)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX waitingText ON waiting (text);
   CREATE TABLE segment (
     file TEXT PRIMARY KEY,
     model INTEGER NOT NULL REFERENCES model,
     driver TEXT NOT NULL,
     first INTEGER NOT NULL,
     last INTEGER NOT NULL,
     size INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     sums BLOB NOT NULL
   ) STRICT`,
  // Files are read anew whose pieces know their pages from now on, or that are read as something else.
  `ALTER TABLE piece ADD COLUMN part INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE piece ADD COLUMN partName TEXT NOT NULL DEFAULT '';
   ALTER TABLE piece ADD COLUMN cell TEXT NOT NULL DEFAULT '';
   UPDATE file SET version = '' WHERE state = 'left' OR format IN ('csv', 'docx', 'email', 'html', 'notebook')`,
  // Of the index of words a part is written anew once half of it is gone: by itself FTS5 does so after each tenth, which is most of what it takes
  // to remove much.
  "INSERT INTO word (word, rank) VALUES ('deletemerge', 50)",
  // Pages and pictures that OCR may read, and what it read of files with the same bytes. PDF is read anew, to know its pages without text.
  `CREATE TABLE scan (
     file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
     part INTEGER NOT NULL,
     how TEXT NOT NULL DEFAULT '',
     tries INTEGER NOT NULL DEFAULT 0,
     problem TEXT,
     PRIMARY KEY (file, part)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE recognised (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     digest BLOB NOT NULL,
     part INTEGER NOT NULL,
     how TEXT NOT NULL,
     text TEXT NOT NULL,
     UNIQUE (digest, part, how)
   ) STRICT;
   UPDATE file SET version = '' WHERE format = 'pdf'`,
  // What was found out about a model, for the next process.
  'ALTER TABLE model ADD COLUMN kept BLOB',
]

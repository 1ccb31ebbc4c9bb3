/**
 * What is known of the files that are searched: their pieces, the words of these, and the vectors. This is the truth; the index of
 * vectors is made of it. A file's pieces change in one transaction, so that a search never sees half of a file.
 */
import type { Database, Reader, Writer } from '../../protocol/database.ts'
import { searchable } from '../query/words.ts'

/** Of SQLite: words without accents and case; rows that can be deleted, of which the text itself is not kept twice. */
export const LIBRARY_STEPS: readonly string[] = [
  `CREATE TABLE folder (path TEXT PRIMARY KEY, addedAt INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE file (
     id INTEGER PRIMARY KEY,
     path TEXT NOT NULL UNIQUE,
     version TEXT NOT NULL,
     modifiedAt INTEGER NOT NULL,
     format TEXT NOT NULL,
     language TEXT NOT NULL,
     state TEXT NOT NULL,
     problem TEXT,
     tries INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE piece (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     file INTEGER NOT NULL REFERENCES file,
     place INTEGER NOT NULL,
     headings TEXT NOT NULL,
     content TEXT NOT NULL,
     startLine INTEGER NOT NULL,
     endLine INTEGER NOT NULL,
     startByte INTEGER NOT NULL,
     endByte INTEGER NOT NULL,
     digest BLOB NOT NULL
   ) STRICT;
   CREATE INDEX pieceOfFile ON piece (file, place);
   CREATE INDEX pieceByDigest ON piece (digest);
   CREATE VIRTUAL TABLE word USING fts5(
     text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
   );
   CREATE VIRTUAL TABLE vocabulary USING fts5vocab(word, row);
   CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL) STRICT;
   CREATE TABLE vector (
     digest BLOB NOT NULL,
     model INTEGER NOT NULL REFERENCES model,
     numbers BLOB NOT NULL,
     PRIMARY KEY (digest, model)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE change (id INTEGER PRIMARY KEY AUTOINCREMENT, piece INTEGER NOT NULL) STRICT`,
]

/**
 * Where a file stands: `reading` while it is read, which a process that it ended leaves behind; `read` once its words can be
 * searched; `left` where it was not read, for the reason that stands beside it.
 */
export type FileState = 'reading' | 'read' | 'left'

export interface FileRecord {
  id: number
  path: string
  /** Changes whenever the file does: its size, time and number on the disk. */
  version: string
  /** In milliseconds since the epoch. */
  modifiedAt: number
  format: string
  /** ISO 639-1, or empty. */
  language: string
  state: FileState
  problem: string | null
  /** How often its reading was begun and not ended. */
  tries: number
}

export interface PieceRecord {
  id: number
  file: number
  place: number
  headings: readonly string[]
  content: string
  startLine: number
  endLine: number
  startByte: number
  endByte: number
  /** Of the text that is embedded: the same text has the same vector, wherever it lies. */
  digest: Uint8Array
}

export type NewPiece = Omit<PieceRecord, 'id' | 'file' | 'place'>

/** Filters of a search; what is left out matters not. */
export interface Filter {
  /** Files below this folder alone. */
  folder?: string | undefined
  formats?: readonly string[] | undefined
  language?: string | undefined
  modifiedFrom?: number | undefined
  modifiedTo?: number | undefined
}

type PieceRow = Omit<PieceRecord, 'headings'> & { headings: string }

export class Library {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  folders(): string[] {
    return this.#database
      .all<{ path: string }>('SELECT path FROM folder ORDER BY path')
      .map(({ path }) => path)
  }

  async addFolder(path: string, at: number): Promise<void> {
    await this.#database.run('INSERT OR IGNORE INTO folder VALUES (?, ?)', path, at)
  }

  /** With all files below it, but for those that another folder has too. */
  removeFolder(path: string): Promise<boolean> {
    return this.#database.transaction((writer) => {
      const { changes } = writer.run('DELETE FROM folder WHERE path = ?', path)
      const others = writer.all<{ path: string }>('SELECT path FROM folder')
      for (const file of writer.all<FileRecord>(
        'SELECT * FROM file WHERE path >= ? AND path < ?',
        ...below(path),
      ))
        if (!others.some((other) => isBelow(file.path, other.path))) removeFile(writer, file.id)
      return changes > 0
    })
  }

  file(path: string): FileRecord | undefined {
    return this.#database.get<FileRecord>('SELECT * FROM file WHERE path = ?', path)
  }

  fileById(id: number): FileRecord | undefined {
    return this.#database.get<FileRecord>('SELECT * FROM file WHERE id = ?', id)
  }

  /** All below a folder, by their paths. */
  filesBelow(folder: string): FileRecord[] {
    return this.#database.all<FileRecord>('SELECT * FROM file WHERE path >= ? AND path < ?', ...below(folder))
  }

  /** A file is about to be read: noted before, since it may end the process. Gives how often that was begun already. */
  begin(
    file: Pick<FileRecord, 'path' | 'version' | 'modifiedAt' | 'format'>,
  ): Promise<{ id: number; tries: number }> {
    return this.#database.transaction((writer) => {
      const known = writer.get<FileRecord>('SELECT * FROM file WHERE path = ?', file.path)
      const tries = known?.state === 'reading' && known.version === file.version ? known.tries : 0
      if (!known) {
        const { lastInsertRowid: id } = writer.run(
          "INSERT INTO file (path, version, modifiedAt, format, language, state, tries) VALUES (?, ?, ?, ?, '', 'reading', 1)",
          ...[file.path, file.version, file.modifiedAt, file.format],
        )
        return { id, tries: 0 }
      }
      writer.run(
        "UPDATE file SET version = ?, modifiedAt = ?, format = ?, state = 'reading', problem = NULL, tries = ? WHERE id = ?",
        ...[file.version, file.modifiedAt, file.format, tries + 1, known.id],
      )
      return { id: known.id, tries }
    })
  }

  /** The file was read: its pieces take the place of those that it had. Those that are the same keep their numbers. */
  finish(id: number, language: string, pieces: readonly NewPiece[]): Promise<void> {
    return this.#database.transaction((writer) => {
      const old = writer.all<PieceRow>('SELECT * FROM piece WHERE file = ? ORDER BY place', id)
      const byDigest = Map.groupBy(old, ({ digest }) => Buffer.from(digest).toString('hex'))
      const kept = new Set<number>()
      for (const [place, piece] of pieces.entries()) {
        const same = byDigest.get(Buffer.from(piece.digest).toString('hex'))?.shift()
        if (same) kept.add(movePiece(writer, same.id, place, piece))
        else addPiece(writer, id, place, piece)
      }
      for (const piece of old) if (!kept.has(piece.id)) removePiece(writer, piece.id)
      writer.run(
        "UPDATE file SET language = ?, state = 'read', problem = NULL, tries = 0 WHERE id = ?",
        language,
        id,
      )
    })
  }

  /** The file is left alone until it changes. */
  leave(id: number, problem: string): Promise<void> {
    return this.#database.transaction((writer) => {
      removePieces(writer, id)
      writer.run("UPDATE file SET state = 'left', problem = ? WHERE id = ?", problem, id)
    })
  }

  removeFile(id: number): Promise<void> {
    return this.#database.transaction((writer) => removeFile(writer, id))
  }

  /** A file that lies elsewhere now, and is otherwise the same. */
  async moveFile(id: number, path: string, version: string): Promise<void> {
    await this.#database.run('UPDATE file SET path = ?, version = ? WHERE id = ?', path, version, id)
  }

  piece(id: number): PieceRecord | undefined {
    const row = this.#database.get<PieceRow>('SELECT * FROM piece WHERE id = ?', id)
    return row && { ...row, headings: JSON.parse(row.headings) }
  }

  /**
   * The pieces that have one of the words, those first that speak most for them (BM25). `match` is a question in FTS5's own
   * language, made by words.ts.
   */
  withWords(match: string, filter: Filter, count: number): number[] {
    const { where, values } = conditions(filter)
    return this.#database
      .all<{ id: number }>(
        `SELECT word.rowid AS id FROM word JOIN piece ON piece.id = word.rowid JOIN file ON file.id = piece.file
         WHERE word MATCH ? ${where} ORDER BY bm25(word) LIMIT ?`,
        ...[match, ...values, count],
      )
      .map(({ id }) => id)
  }

  /** Of these pieces those that a filter lets through. */
  passing(ids: readonly number[], filter: Filter): Set<number> {
    const { where, values } = conditions(filter)
    if (where === '') return new Set(ids)
    const rows = this.#database.all<{ id: number }>(
      `SELECT piece.id AS id FROM json_each(?) AS wanted JOIN piece ON piece.id = wanted.value
       JOIN file ON file.id = piece.file WHERE TRUE ${where}`,
      ...[JSON.stringify(ids), ...values],
    )
    return new Set(rows.map(({ id }) => id))
  }

  /** In how many pieces each of these words is. */
  frequencies(words: readonly string[]): Map<string, number> {
    const rows = this.#database.all<{ term: string; doc: number }>(
      'SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))',
      JSON.stringify(words),
    )
    return new Map(rows.map(({ term, doc }) => [term, doc]))
  }

  counts(): { files: number; pieces: number; left: number } {
    const count = (sql: string) => this.#database.get<{ n: number }>(sql)?.n ?? 0
    return {
      files: count("SELECT count(*) AS n FROM file WHERE state = 'read'"),
      pieces: count('SELECT count(*) AS n FROM piece'),
      left: count("SELECT count(*) AS n FROM file WHERE state = 'left'"),
    }
  }

  /** The number of an embedder in here. */
  async modelId(name: string, dimensions: number): Promise<number> {
    await this.#database.run('INSERT OR IGNORE INTO model (name, dimensions) VALUES (?, ?)', name, dimensions)
    return this.#database.get<{ id: number }>('SELECT id FROM model WHERE name = ?', name)?.id ?? 0
  }

  /** Pieces without a vector of this model, the newest first; each text once. */
  withoutVector(model: number, count: number): PieceRecord[] {
    return this.#database
      .all<PieceRow>(
        `SELECT * FROM piece WHERE NOT EXISTS (SELECT 1 FROM vector WHERE vector.digest = piece.digest AND model = ?)
         GROUP BY digest ORDER BY id DESC LIMIT ?`,
        ...[model, count],
      )
      .map((row) => ({ ...row, headings: JSON.parse(row.headings) }))
  }

  missingVectors(model: number): number {
    return (
      this.#database.get<{ n: number }>(
        'SELECT count(*) AS n FROM piece WHERE NOT EXISTS (SELECT 1 FROM vector WHERE vector.digest = piece.digest AND model = ?)',
        model,
      )?.n ?? 0
    )
  }

  /** Keeps vectors, and tells of the pieces that have one by that. */
  addVectors(model: number, vectors: readonly { digest: Uint8Array; vector: Float32Array }[]): Promise<void> {
    return this.#database.transaction((writer) => {
      for (const { digest, vector } of vectors) {
        writer.run('INSERT OR REPLACE INTO vector VALUES (?, ?, ?)', digest, model, toBytes(vector))
        writer.run('INSERT INTO change (piece) SELECT id FROM piece WHERE digest = ?', digest)
      }
    })
  }

  vectorOf(piece: number, model: number): Float32Array | undefined {
    const row = this.#database.get<{ numbers: Uint8Array }>(
      'SELECT numbers FROM vector JOIN piece USING (digest) WHERE piece.id = ? AND model = ?',
      piece,
      model,
    )
    return row && fromBytes(row.numbers)
  }

  /** All vectors of a model, by piece, from one on. */
  vectors(model: number, after: number, count: number): { piece: number; vector: Float32Array }[] {
    return this.#database
      .all<{ piece: number; numbers: Uint8Array }>(
        `SELECT piece.id AS piece, numbers FROM piece JOIN vector USING (digest)
         WHERE model = ? AND piece.id > ? ORDER BY piece.id LIMIT ?`,
        ...[model, after, count],
      )
      .map(({ piece, numbers }) => ({ piece, vector: fromBytes(numbers) }))
  }

  /** The pieces that have changed since, each once, and the number of the last change. */
  changesSince(change: number): { pieces: number[]; last: number } {
    const rows = this.#database.all<{ id: number; piece: number }>(
      'SELECT max(id) AS id, piece FROM change WHERE id > ? GROUP BY piece',
      change,
    )
    return {
      pieces: rows.map(({ piece }) => piece),
      last: rows.reduce((last, { id }) => Math.max(last, id), change),
    }
  }

  lastChange(): number {
    return (
      this.#database.get<{ id: number | null }>("SELECT seq AS id FROM sqlite_sequence WHERE name = 'change'")
        ?.id ?? 0
    )
  }

  async forgetChanges(upTo: number): Promise<void> {
    await this.#database.run('DELETE FROM change WHERE id <= ?', upTo)
  }

  /** Vectors of texts that are nowhere any longer, and of models that are not used. */
  async forgetVectors(model: number): Promise<void> {
    await this.#database.run(
      'DELETE FROM vector WHERE model <> ? OR digest NOT IN (SELECT digest FROM piece)',
      model,
    )
  }
}

function addPiece(writer: Writer, file: number, place: number, piece: NewPiece): void {
  const headings = JSON.stringify(piece.headings)
  const { lastInsertRowid: id } = writer.run(
    'INSERT INTO piece (file, place, headings, content, startLine, endLine, startByte, endByte, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[file, place, headings, piece.content],
    ...[piece.startLine, piece.endLine, piece.startByte, piece.endByte, piece.digest],
  )
  writer.run(
    'INSERT INTO word (rowid, text) VALUES (?, ?)',
    id,
    searchable([...piece.headings, piece.content].join('\n')),
  )
  writer.run('INSERT INTO change (piece) VALUES (?)', id)
}

function movePiece(writer: Writer, id: number, place: number, piece: NewPiece): number {
  writer.run(
    'UPDATE piece SET place = ?, startLine = ?, endLine = ?, startByte = ?, endByte = ? WHERE id = ?',
    ...[place, piece.startLine, piece.endLine, piece.startByte, piece.endByte, id],
  )
  return id
}

function removePiece(writer: Writer, id: number): void {
  writer.run('DELETE FROM word WHERE rowid = ?', id)
  writer.run('DELETE FROM piece WHERE id = ?', id)
  writer.run('INSERT INTO change (piece) VALUES (?)', id)
}

function removePieces(writer: Writer, file: number): void {
  for (const { id } of writer.all<{ id: number }>('SELECT id FROM piece WHERE file = ?', file))
    removePiece(writer, id)
}

function removeFile(writer: Writer, id: number): void {
  removePieces(writer, id)
  writer.run('DELETE FROM file WHERE id = ?', id)
}

/** From the first path below a folder up to the first that is not: `0` comes after `/`. */
const below = (folder: string): [string, string] => {
  const base = folder === '/' ? '' : folder
  return [`${base}/`, `${base}0`]
}

const isBelow = (path: string, folder: string): boolean => {
  const [from, to] = below(folder)
  return path >= from && path < to
}

function conditions(filter: Filter): { where: string; values: (string | number)[] } {
  const parts: string[] = []
  const values: (string | number)[] = []
  const add = (part: string, ...given: (string | number)[]) => {
    parts.push(` AND ${part}`)
    values.push(...given)
  }
  if (filter.folder !== undefined) add('file.path >= ? AND file.path < ?', ...below(filter.folder))
  if (filter.formats !== undefined)
    add('file.format IN (SELECT value FROM json_each(?))', JSON.stringify(filter.formats))
  if (filter.language !== undefined) add('file.language = ?', filter.language)
  if (filter.modifiedFrom !== undefined) add('file.modifiedAt >= ?', filter.modifiedFrom)
  if (filter.modifiedTo !== undefined) add('file.modifiedAt < ?', filter.modifiedTo)
  return { where: parts.join(''), values }
}

const toBytes = (vector: Float32Array): Uint8Array => new Uint8Array(new Float16Array(vector).buffer)

const fromBytes = (bytes: Uint8Array): Float32Array =>
  new Float32Array(new Float16Array(bytes.slice().buffer))

/** What reads alone is given. */
export type LibraryReader = Reader

/**
 * What is known of the files that are searched: their pieces, the words of these, and the vectors. This is the truth; the index of
 * vectors is made of it. A file's pieces change in one transaction, so that a search never sees half of a file.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database, Writer } from '../../protocol/database.ts'
import { type Begun, begin, type NewFile } from './beginning.ts'
import { below, conditions, type Filter, isOpen, REMOVED } from './filter.ts'
import { Frequencies } from './frequencies.ts'
import { gathered } from './gathered.ts'
import { fromBytes } from './half-floats.ts'
import { removeFile, removePieces, replacePieces } from './pieces.ts'
import type { Counts, FileRecord, NewPiece, PieceRecord, SegmentRecord } from './records.ts'
import { markRemoved, markUnchosen, removeMarked } from './removal.ts'
import { addRecognised, type RecognisedPart, replaceScans } from './scans.ts'
import { inSteps } from './steps.ts'
import { forgetModel, forgetSome, removeText, vectorId } from './vector-rows.ts'
import { bestTexts, hasText, WordChanges } from './word-rows.ts'

export type { Begun, NewFile } from './beginning.ts'
export type { Filter } from './filter.ts'
export type { Counts, FileRecord, FileState, NewPiece, PieceRecord, SegmentRecord } from './records.ts'
export { LIBRARY_STEPS } from './schema.ts'

type PieceRow = Omit<PieceRecord, 'headings'> & { headings: string }

const PIECE = `piece.id AS id, file, place, text.id AS text, headings, content, startLine, endLine, startByte, endByte,
  part, partName, cell, digest
  FROM piece JOIN text ON text.id = piece.text`
/** Of the places where one text stands, so many are found. */
const MAX_PLACES = 20
/** What is removed, or marked, before it is looked whether it took long enough for one transaction. */
const REMOVED_AT_ONCE = 20
const MARKED_AT_ONCE = 100
/** Passages that are removed in one transaction: for each that goes FTS5 may write some pages of its index anew, all when it is committed. */
const PIECES_AT_ONCE = 32
/** Vectors of texts that are nowhere are kept, up to so many and this share of all, for files that come back. */
const UNUSED = 1000
const UNUSED_SHARE = 1 / 4

/** A file that was read. */
export interface FinishedFile {
  readonly id: number
  readonly language: string
  readonly pieces: readonly NewPiece[]
  /** Where its content says more than its name. */
  readonly format?: string
  /** What is not searched of it, as a sentence. */
  readonly note?: string | undefined
  /** The parts that OCR may read. */
  readonly scans?: readonly number[]
}

export class Library {
  readonly #database: Database
  /** Kept until something is written. */
  #counts: Counts | undefined
  readonly #frequencies: Frequencies

  constructor(database: Database) {
    this.#database = database
    this.#frequencies = new Frequencies(database)
  }

  folders(): string[] {
    return this.#database
      .all<{ path: string }>('SELECT path FROM folder ORDER BY path')
      .map(({ path }) => path)
  }

  async addFolder(path: string, at: number): Promise<void> {
    await this.#database.run('INSERT OR IGNORE INTO folder VALUES (?, ?)', path, at)
  }

  /** With all files below it, but for those that another folder has too. False where it is none; `sweep` takes them out. */
  async removeFolder(path: string): Promise<boolean> {
    const { changes } = await this.#database.run('DELETE FROM folder WHERE path = ?', path)
    await this.forgetUnchosen()
    return changes > 0
  }

  /** Files that lie in no chosen folder are not found any more: what a kill left of `removeFolder`. */
  forgetUnchosen(signal?: AbortSignal): Promise<void> {
    let after = ''
    const mark = (writer: Writer) => {
      const last = markUnchosen(writer, MARKED_AT_ONCE, after)
      after = last ?? after
      return last !== undefined
    }
    return inSteps(this.#write, mark, signal)
  }

  file(path: string): FileRecord | undefined {
    return this.#database.get<FileRecord>('SELECT * FROM file WHERE path = ?', path)
  }

  fileById(id: number): FileRecord | undefined {
    return this.#database.get<FileRecord>('SELECT * FROM file WHERE id = ?', id)
  }

  /** One whose version begins in this way. */
  fileOfVersion(beginning: string): FileRecord | undefined {
    return this.#database.get<FileRecord>(
      'SELECT * FROM file WHERE version >= ? AND version < ? LIMIT 1',
      beginning,
      `${beginning}\u{10ffff}`,
    )
  }

  /** The highest number that a file has or had; those that are added later have higher ones. */
  lastFile(): number {
    return (
      this.#database.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'file'")?.seq ?? 0
    )
  }

  /** Those below a folder, by their paths; where `count` says so, only some, which come after a path. */
  filesBelow(folder: string, { after = '', count = -1 } = {}): FileRecord[] {
    return this.#database.all<FileRecord>(
      'SELECT * FROM file WHERE path >= ? AND path < ? AND path > ? ORDER BY path LIMIT ?',
      ...below(folder),
      after,
      count,
    )
  }

  /** A file is about to be read: noted before, since it may end the process. Gives how often that was begun already. */
  async begin(file: NewFile): Promise<Begun> {
    const [begun] = await this.beginAll([file])
    return begun as Begun
  }

  /** As `begin`, for several in one go. */
  beginAll(files: readonly NewFile[]): Promise<Begun[]> {
    return this.#write((writer) => files.map((file) => begin(writer, file)))
  }

  /** The file was read: its pieces take the place of those that it had. Nothing happens for one that was removed meanwhile. */
  finish(id: number, language: string, pieces: readonly NewPiece[]): Promise<void> {
    return this.finishAll([{ id, language, pieces }])
  }

  /** As `finish`, for several in one go. */
  finishAll(files: readonly FinishedFile[]): Promise<void> {
    return this.#writePieces((writer, words) => {
      for (const { id, language, pieces, format, note, scans = [] } of files) {
        const { changes } = writer.run(
          `UPDATE file SET language = ?, format = coalesce(?, format), state = 'read', problem = ?, tries = 0
           WHERE id = ? AND state <> '${REMOVED}'`,
          language,
          format ?? null,
          note ?? null,
          id,
        )
        if (changes === 0) continue
        replacePieces(writer, words, id, pieces)
        replaceScans(writer, id, scans)
      }
    })
  }

  /** The file is left alone until it changes. Nothing happens for one that was removed meanwhile. */
  leave(id: number, problem: string): Promise<void> {
    return this.#writePieces((writer, words) => {
      const { changes } = writer.run(
        `UPDATE file SET state = 'left', problem = ?, tries = 0 WHERE id = ? AND state <> '${REMOVED}'`,
        problem,
        id,
      )
      if (changes === 0) return
      removePieces(writer, words, id)
      replaceScans(writer, id, [])
    })
  }

  /** What OCR read of a part of a file, which has so many pieces at most. */
  addRecognised(part: RecognisedPart, most: number): Promise<void> {
    return this.#writePieces((writer, words) =>
      addRecognised(writer, words, part, this.piecesOf(part.scan.file), most),
    )
  }

  removeFile(id: number): Promise<void> {
    return this.removeFiles([id])
  }

  /** None is found from the first step on, and others have their turn between the rest. What a kill leaves of it `sweep` takes out. */
  async removeFiles(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return
    await this.#write((writer) => markRemoved(writer, ids))
    await this.#takeOut()
  }

  /** A file that lies elsewhere now, and is otherwise the same. It takes the place of one that was there. */
  moveFile(id: number, path: string, version: string): Promise<void> {
    return this.#writePieces((writer, words) => {
      const there = writer.get<{ id: number }>('SELECT id FROM file WHERE path = ? AND id <> ?', path, id)
      if (there) removeFile(writer, words, there.id)
      writer.run('UPDATE file SET path = ?, version = ? WHERE id = ?', path, version, id)
    })
  }

  piece(id: number): PieceRecord | undefined {
    const row = this.#database.get<PieceRow>(`SELECT ${PIECE} WHERE piece.id = ?`, id)
    return row && recordOf(row)
  }

  /** Without those that are gone. */
  pieces(ids: readonly number[]): PieceRecord[] {
    return this.#database
      .all<PieceRow>(
        `SELECT ${PIECE} WHERE piece.id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(ids),
      )
      .map((row) => recordOf(row))
  }

  /** Of one file, in their order. */
  piecesOf(file: number): PieceRecord[] {
    return this.#database
      .all<PieceRow>(`SELECT ${PIECE} WHERE file = ? ORDER BY place`, file)
      .map((row) => recordOf(row))
  }

  /**
   * The pieces that have one of the words, those first that speak most for them (BM25): of so many texts, each with the places where
   * it stands. Of many texts the newest are looked at. `match` is a question in FTS5's own language, made by match.ts.
   */
  withWords(match: string, filter: Filter, count: number): number[] {
    const places = (texts: readonly number[]) => {
      const found = this.placesOf(texts, filter)
      return texts.map((text) => found.get(text) ?? [])
    }
    // Texts that may not be found are rare, but while a folder is swept.
    const first = isOpen(filter) ? places(bestTexts(this.#database, match, count)) : [[]]
    if (first.every((one) => one.length > 0)) return first.flat()
    return places(bestTexts(this.#database, match, count, filter)).flat()
  }

  /** Whether some piece has one of the words. */
  hasWords(match: string): boolean {
    return hasText(this.#database, match)
  }

  /** The pieces that say something, by its number, that a filter lets through; some of them, where it stands in many places. */
  placesOf(texts: readonly number[], filter: Filter): Map<number, number[]> {
    const { where, values } = conditions(filter)
    const rows = this.#database.all<{ text: number; id: number }>(
      `SELECT piece.text AS text, piece.id AS id FROM json_each(?) AS wanted JOIN piece ON piece.id IN (
         SELECT piece.id FROM piece JOIN file ON file.id = piece.file
         WHERE piece.text = wanted.value ${where} ORDER BY piece.id LIMIT ${MAX_PLACES})`,
      JSON.stringify(texts),
      ...values,
    )
    return gathered(rows.map(({ text, id }) => [text, id]))
  }

  /** In how many texts each of these words is; without those that are in none. */
  frequencies(words: readonly string[]): Map<string, number> {
    return this.#frequencies.of(words)
  }

  /** Words that begin so, in their order, at most so many, and in how many texts each is. */
  wordsBeginningWith(beginning: string, count: number): { term: string; frequency: number }[] {
    return this.#database.all(
      'SELECT term, doc AS frequency FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?',
      beginning,
      `${beginning}\u{10ffff}`,
      count,
    )
  }

  counts(): Counts {
    const count = (sql: string) => this.#database.get<{ n: number }>(sql)?.n ?? 0
    this.#counts ??= {
      files: count("SELECT count(*) AS n FROM file WHERE state = 'read'"),
      left: count("SELECT count(*) AS n FROM file WHERE state = 'left'"),
      pieces: count('SELECT count(*) AS n FROM piece'),
      texts: count('SELECT count(*) AS n FROM text') - count(UNUSED_TEXTS),
    }
    return this.#counts
  }

  /** The number of an embedder in here. All texts wait for the vectors of a new one. */
  modelId(name: string, dimensions: number): Promise<number> {
    return this.#write((writer) => {
      const known = writer.get<{ id: number; dimensions: number }>('SELECT * FROM model WHERE name = ?', name)
      if (known?.dimensions === dimensions) return known.id
      if (known) forgetModel(writer, known.id)
      const { lastInsertRowid: id } = writer.run(
        'INSERT INTO model (name, dimensions) VALUES (?, ?)',
        name,
        dimensions,
      )
      writer.run('INSERT INTO waiting SELECT ?, id FROM text WHERE content IS NOT NULL', id)
      return id
    })
  }

  /** What questions have in common to a model, as query/ordinary-questions.ts keeps it. */
  meanOf(model: number): Uint8Array | undefined {
    const row = this.#database.get<{ kept: Uint8Array | null }>('SELECT kept FROM model WHERE id = ?', model)
    return row?.kept ?? undefined
  }

  async keepMean(model: number, bytes: Uint8Array): Promise<void> {
    await this.#database.run('UPDATE model SET kept = ? WHERE id = ?', bytes, model)
  }

  /** Pieces without a vector of this model, the newest first; each text once. */
  withoutVector(model: number, count: number): PieceRecord[] {
    return this.#database
      .all<PieceRow>(
        `SELECT ${PIECE} WHERE piece.id IN (
           SELECT (SELECT min(id) FROM piece WHERE piece.text = waiting.text)
           FROM waiting WHERE model = ? ORDER BY text DESC LIMIT ?
         ) ORDER BY text.id DESC`,
        model,
        count,
      )
      .map((row) => recordOf(row))
  }

  /** How many texts wait for a vector of this model. */
  missingVectors(model: number): number {
    return (
      this.#database.get<{ n: number }>('SELECT count(*) AS n FROM waiting WHERE model = ?', model)?.n ?? 0
    )
  }

  /** Texts that are gone by now are passed over. Rejects for a vector that is none of this model. */
  addVectors(model: number, vectors: readonly { digest: Uint8Array; vector: Float32Array }[]): Promise<void> {
    return this.#write((writer) => {
      const known = writer.get<{ dimensions: number }>('SELECT dimensions FROM model WHERE id = ?', model)
      for (const { digest, vector } of vectors) {
        if (vector.length !== known?.dimensions || !vector.every(Number.isFinite))
          throw new Error(`A vector has ${known?.dimensions} finite numbers; this one has not.`)
        for (const { id } of writer.all<{ id: number }>('SELECT id FROM text WHERE digest = ?', digest)) {
          const { changes } = writer.run('DELETE FROM waiting WHERE model = ? AND text = ?', model, id)
          if (changes > 0)
            writer.run('INSERT INTO embedded VALUES (?, ?, ?)', id, model, vectorId(writer, model, vector))
        }
      }
    })
  }

  vectorOf(piece: number, model: number): Float32Array | undefined {
    const row = this.#database.get<{ numbers: Uint8Array }>(
      `SELECT numbers FROM piece JOIN embedded USING (text) JOIN vector ON vector.id = embedded.vector
       WHERE piece.id = ? AND embedded.model = ?`,
      piece,
      model,
    )
    return row && fromBytes(row.numbers)
  }

  /** By text; without those that have none yet. */
  vectorsOf(texts: readonly number[], model: number): Map<number, Float32Array> {
    const rows = this.#database.all<{ text: number; numbers: Uint8Array }>(
      `SELECT embedded.text AS text, numbers FROM embedded JOIN vector ON vector.id = embedded.vector
       WHERE embedded.model = ? AND embedded.text IN (SELECT value FROM json_each(?))`,
      model,
      JSON.stringify(texts),
    )
    return new Map(rows.map(({ text, numbers }) => [text, fromBytes(numbers)]))
  }

  /** The vectors of a model by their numbers, which grow: those from one to another. */
  vectors(model: number, first: number, last: number, count = -1): { id: number; numbers: Uint8Array }[] {
    return this.#database.all<{ id: number; numbers: Uint8Array }>(
      'SELECT id, numbers FROM vector WHERE model = ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?',
      model,
      first,
      last,
      count,
    )
  }

  /** How many of these vectors there are. */
  countVectors(model: number, first: number, last: number): number {
    const sql = 'SELECT count(*) AS n FROM vector WHERE model = ? AND id BETWEEN ? AND ?'
    return this.#database.get<{ n: number }>(sql, model, first, last)?.n ?? 0
  }

  /** The texts that these vectors are of; some of them, where many have the same. */
  textsOf(vectors: readonly number[]): Map<number, number[]> {
    const rows = this.#database.all<{ vector: number; text: number }>(
      `SELECT embedded.vector AS vector, embedded.text AS text FROM json_each(?) AS wanted
       JOIN embedded ON embedded.vector = wanted.value LIMIT ?`,
      JSON.stringify(vectors),
      vectors.length * MAX_PLACES,
    )
    return gathered(rows.map(({ vector, text }) => [vector, text]))
  }

  /** The vectors of all that a filter lets through; undefined where that is more than some, or no filter is there. */
  fewPassing(model: number, filter: Filter, most: number): { id: number; numbers: Uint8Array }[] | undefined {
    if (isOpen(filter)) return undefined
    const { where, values } = conditions(filter)
    const from = `FROM file CROSS JOIN piece ON piece.file = file.id WHERE TRUE ${where}`
    const sql = `SELECT count(*) AS n FROM (SELECT 1 ${from} LIMIT ?)`
    if ((this.#database.get<{ n: number }>(sql, ...values, most + 1)?.n ?? 0) > most) return undefined
    return this.#database.all<{ id: number; numbers: Uint8Array }>(
      `SELECT id, numbers FROM vector WHERE id IN (
         SELECT vector FROM embedded WHERE model = ? AND text IN (SELECT text ${from}))`,
      model,
      ...values,
    )
  }

  segments(model: number): SegmentRecord[] {
    return this.#database.all<SegmentRecord>('SELECT * FROM segment WHERE model = ? ORDER BY first', model)
  }

  /** The names of all files that segments are in. */
  segmentFiles(): Set<string> {
    return new Set(this.#database.all<{ file: string }>('SELECT file FROM segment').map(({ file }) => file))
  }

  /** A segment takes the place of those that it was made of. */
  replaceSegments(model: number, old: readonly string[], segment?: SegmentRecord): Promise<void> {
    return this.#write((writer) => {
      for (const file of old) writer.run('DELETE FROM segment WHERE file = ?', file)
      if (!segment) return
      const { file, driver, first, last, size, bytes, sums } = segment
      writer.run(
        'INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        file,
        model,
        driver,
        first,
        last,
        size,
        bytes,
        sums,
      )
    })
  }

  /** Forgets all models but these, with their vectors: once a new one answers, that is. */
  async forgetModels(kept: readonly number[]): Promise<void> {
    const models = this.#database.all<{ id: number }>(
      'SELECT id FROM model WHERE id NOT IN (SELECT value FROM json_each(?))',
      JSON.stringify(kept),
    )
    for (const { id } of models) {
      await inSteps(this.#write, (writer) => forgetSome(writer, id, REMOVED_AT_ONCE))
      await this.#write((writer) => forgetModel(writer, id))
    }
  }

  /**
   * Removes what is left of folders that were removed, and vectors of texts that are nowhere where they are many. Goes on where a
   * process that was ended has stopped.
   */
  async sweep(signal?: AbortSignal): Promise<void> {
    await this.#takeOut(signal)
    const unused = this.#database.get<{ n: number }>(UNUSED_TEXTS)?.n ?? 0
    if (unused <= Math.max(UNUSED, this.counts().texts * UNUSED_SHARE)) return
    const removeUnused = (writer: Writer) => {
      const texts = writer.all<{ id: number }>(
        'SELECT id FROM text WHERE content IS NULL LIMIT ?',
        REMOVED_AT_ONCE,
      )
      for (const { id } of texts) removeText(writer, id)
      return texts.length === REMOVED_AT_ONCE
    }
    await inSteps(this.#write, removeUnused, signal)
  }

  /** What is marked as removed. */
  async #takeOut(signal?: AbortSignal): Promise<void> {
    const remove = (writer: Writer, words: WordChanges) => removeMarked(writer, words, PIECES_AT_ONCE)
    while ((await this.#writePieces(remove)) === PIECES_AT_ONCE)
      await nextTurn(undefined, signal && { signal })
  }

  readonly #writePieces = <T>(work: (writer: Writer, words: WordChanges) => T): Promise<T> =>
    this.#write((writer) => {
      const words = new WordChanges()
      const result = work(writer, words)
      words.write(writer)
      return result
    })

  readonly #write = <T>(work: (writer: Writer) => T): Promise<T> => {
    this.#counts = undefined
    this.#frequencies.clear()
    return this.#database.transaction(work)
  }
}

const UNUSED_TEXTS = 'SELECT count(*) AS n FROM text WHERE content IS NULL'

const recordOf = (row: PieceRow): PieceRecord => ({ ...row, headings: JSON.parse(row.headings) })

/**
 * Pages and pictures without text, which OCR may read: what is to be read, and what was read before, by the bytes of the file. `how`
 * is the version of what reads them, with its languages: with another one they are read again.
 */
import type { Database, Writer } from '../../protocol/database.ts'
import { replacePieces } from './pieces.ts'
import type { NewPiece, PieceRecord } from './records.ts'
import type { WordChanges } from './word-rows.ts'

/** One page of a file, or a picture. */
export interface Scan {
  readonly file: number
  readonly path: string
  readonly version: string
  /** The page, from 1 on; 0 is a picture. */
  readonly part: number
  /** How often its reading was begun, and did not end well. */
  readonly tries: number
  /** How it ended last. */
  readonly problem: string | null
}

/** In pages and pictures, each a number. */
export interface ScanCounts {
  readonly pages: number
  readonly pictures: number
  /** Those that were read, or could not be. */
  readonly read: number
  readonly failed: number
}

/** Of one file. */
export interface FileScans {
  readonly isPicture: boolean
  readonly waiting: number
  readonly read: number
  readonly failed: number
  /** Why one of them could not be read. */
  readonly problem: string | undefined
}

/** Results that are kept, the newest: some 50 MB, since a page has some 2500 characters. */
const KEPT = 20_000

export class Scans {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** What is read next: pages before pictures, of new files before those of old ones, and last what was tried before. */
  next(how: string, withPages: boolean): Scan | undefined {
    return this.#database.get<Scan & Record<string, string | number | null>>(
      `SELECT file, path, version, part, scan.tries AS tries, scan.problem AS problem
       FROM scan JOIN file ON file.id = scan.file
       WHERE how <> ? AND state = 'read' ${withPages ? '' : 'AND part = 0'}
       ORDER BY scan.tries, part = 0, modifiedAt DESC, file, part LIMIT 1`,
      how,
    )
  }

  /** Its reading begins: noted before, since it may end the process. */
  async begin({ file, part }: Scan): Promise<void> {
    await this.#database.run('UPDATE scan SET tries = tries + 1 WHERE file = ? AND part = ?', file, part)
  }

  /** Its reading was stopped for no reason of its own. */
  async release({ file, part }: Scan): Promise<void> {
    await this.#database.run(
      'UPDATE scan SET tries = max(0, tries - 1) WHERE file = ? AND part = ?',
      file,
      part,
    )
  }

  /** It could not be read; it is tried once more. */
  async failed({ file, part }: Scan, problem: string): Promise<void> {
    await this.#database.run('UPDATE scan SET problem = ? WHERE file = ? AND part = ?', problem, file, part)
  }

  /** It is left alone until its file, or what reads it, is another. */
  async leave({ file, part }: Scan, how: string, problem: string): Promise<void> {
    const sql = 'UPDATE scan SET how = ?, problem = ?, tries = 0 WHERE file = ? AND part = ?'
    await this.#database.run(sql, how, problem, file, part)
  }

  /** Of all that is searched; what another version read counts as waiting. */
  counts(how: string): ScanCounts {
    const rows = this.#grouped(how, "JOIN file ON file.id = scan.file WHERE state = 'read'", [])
    const sum = (which: (row: Group) => boolean) =>
      rows.filter(which).reduce((total, { count }) => total + count, 0)
    return {
      pages: sum(({ isSettled, isPicture }) => !isSettled && !isPicture),
      pictures: sum(({ isSettled, isPicture }) => !isSettled && !!isPicture),
      read: sum(({ isSettled, problem }) => !!isSettled && problem === null),
      failed: sum(({ isSettled, problem }) => !!isSettled && problem !== null),
    }
  }

  /** Undefined for a file that has none. */
  ofFile(file: number, how: string): FileScans | undefined {
    const rows = this.#grouped(how, 'WHERE file = ?', [file])
    if (rows.length === 0) return undefined
    const sum = (which: (row: Group) => boolean) =>
      rows.filter(which).reduce((total, { count }) => total + count, 0)
    const failed = rows.find(({ isSettled, problem }) => isSettled && problem !== null)
    return {
      isPicture: rows.some(({ isPicture }) => isPicture),
      waiting: sum(({ isSettled }) => !isSettled),
      read: sum(({ isSettled, problem }) => !!isSettled && problem === null),
      failed: sum(({ isSettled, problem }) => !!isSettled && problem !== null),
      problem: failed?.problem ?? undefined,
    }
  }

  has(file: number, part: number): boolean {
    return this.#database.get('SELECT 1 FROM scan WHERE file = ? AND part = ?', file, part) !== undefined
  }

  /** What was read of a part of a file with these bytes. */
  kept(digest: Uint8Array, part: number, how: string): string | undefined {
    const sql = 'SELECT text FROM recognised WHERE digest = ? AND part = ? AND how = ?'
    return this.#database.get<{ text: string }>(sql, digest, part, how)?.text
  }

  keep(digest: Uint8Array, part: number, how: string, text: string): Promise<void> {
    return this.#database.transaction((writer) => {
      const insert = 'INSERT OR REPLACE INTO recognised (digest, part, how, text) VALUES (?, ?, ?, ?)'
      const { lastInsertRowid } = writer.run(insert, digest, part, how, text)
      writer.run('DELETE FROM recognised WHERE id <= ?', lastInsertRowid - KEPT)
    })
  }

  #grouped(how: string, where: string, values: readonly number[]): Group[] {
    return this.#database.all<Group & Record<string, string | number | null>>(
      `SELECT how = ? AS isSettled, part = 0 AS isPicture, scan.problem AS problem, count(*) AS count
       FROM scan ${where} GROUP BY isSettled, isPicture, scan.problem`,
      how,
      ...values,
    )
  }
}

/** Those that are alike. */
interface Group {
  readonly isSettled: number
  readonly isPicture: number
  readonly problem: string | null
  readonly count: number
}

/** The parts of a file that OCR may read, in place of those that it had. */
export function replaceScans(writer: Writer, file: number, parts: readonly number[]): void {
  writer.run('DELETE FROM scan WHERE file = ?', file)
  for (const part of parts) writer.run('INSERT OR IGNORE INTO scan (file, part) VALUES (?, ?)', file, part)
}

/** What was read of a part, by its pieces. */
export interface RecognisedPart {
  readonly scan: Pick<Scan, 'file' | 'part' | 'version'>
  readonly how: string
  readonly language: string
  readonly pieces: readonly NewPiece[]
}

/** The pieces of a part come among those of its file, of which `pieces` are known; nothing happens where that has changed since. */
export function addRecognised(
  writer: Writer,
  words: WordChanges,
  { scan: { file, part, version }, how, language, pieces }: RecognisedPart,
  known: readonly PieceRecord[],
  most: number,
): void {
  const { changes } = writer.run(
    `UPDATE scan SET how = ?, problem = NULL, tries = 0 WHERE file = ? AND part = ?
     AND EXISTS (SELECT 1 FROM file WHERE id = ? AND version = ? AND state = 'read')`,
    how,
    file,
    part,
    file,
    version,
  )
  if (changes === 0) return
  const others = known.filter((piece) => piece.part !== part)
  const all = [...others, ...pieces.slice(0, Math.max(0, most - others.length))]
  replacePieces(
    writer,
    words,
    file,
    all.sort((a, b) => (a.part ?? 0) - (b.part ?? 0)),
  )
  writer.run("UPDATE file SET language = ? WHERE id = ? AND language = ''", language, file)
}

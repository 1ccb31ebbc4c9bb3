/**
 * What a program can do with its database. Reads are synchronous. Writes give promises, so that another engine can stand behind
 * what uses this; they happen in the order in which they are asked for. host/database.ts has the one there is.
 */

/** What can be stored: text that is well-formed Unicode, finite numbers (whole ones below 2^53), bytes, and null. */
export type Value = string | number | null | Uint8Array

/** How many rows a statement changed, and the key that the row it added got. */
export interface Written {
  changes: number
  lastInsertRowid: number
}

export interface Reader {
  /** All rows, each with its columns by name. Say LIMIT in what may have many. Throws a DatabaseError. */
  all<Row>(sql: string, ...values: Value[]): Row[]
  /** The first row. Throws a DatabaseError. */
  get<Row>(sql: string, ...values: Value[]): Row | undefined
}

/** What changes things within a transaction; of no use after it. */
export interface Writer extends Reader {
  run(sql: string, ...values: Value[]): Written
  /** A transaction within: what it did is undone where it throws, and what was done before it stays. */
  nested<T>(work: (writer: Writer) => T): T
}

/** A database that could not be read, and was given another name. */
export interface Damage {
  path: string
  /** What it is called now. */
  aside: string
  why: string
}

/** Throws a DatabaseError, from reads at once; an error of SQL itself, such as of a constraint, comes as it is. */
export interface Database extends Reader {
  /** Runs one statement; resolves once what it did is on the disk. Values stand for its `?`, in their order. */
  run(sql: string, ...values: Value[]): Promise<Written>
  /**
   * Does all of `work` or, where it throws, nothing; resolves once that is on the disk. `work` is synchronous, and writes by
   * what it is given.
   */
  transaction<T>(work: (writer: Writer) => T): Promise<T>
  /** Rejects where nothing can be written, such as on a full disk. */
  checkWritable(): Promise<void>
  /** Moves what was written from the log beside the file into the file. */
  checkpoint(): Promise<void>
  /** Copies all of it to a new file, also while it is written to. The copy is there whole or not at all, for its owner alone. */
  copyTo(path: string): Promise<void>
  /** What became of the file that was found when this was opened, where it was damaged. */
  readonly damage: Damage | undefined
  /** Files of this database that were found damaged, and are kept. */
  damagedFiles(): string[]
  close(): Promise<void>
}

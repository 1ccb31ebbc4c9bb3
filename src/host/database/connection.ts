/** One open SQLite file, used synchronously: statements, transactions, and what may be stored. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Reader, Value, Writer, Written } from '../../protocol/database.ts'
import { DatabaseError, explained } from './error.ts'

/** The longest text or blob, in bytes: all of it is in memory several times while it is stored. */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024
/** How many prepared statements are kept: more than a program has, unless it makes SQL of what it is given. */
const MAX_STATEMENTS = 128

export class Connection implements Reader {
  readonly path: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #onDamage: () => void
  #inTransaction = false
  /** What SQLite rolled a transaction back for by itself, such as a full disk. */
  #lost: unknown

  /** `onDamage` is called whenever SQLite finds that the file is not what it must be. */
  constructor(path: string, db: DatabaseSync, onDamage: () => void = () => {}) {
    this.path = path
    this.#db = db
    this.#onDamage = onDamage
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#tried(() => this.#prepared(sql).all(...values.map(storable)) as Row[])
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#tried(() => this.#prepared(sql).get(...values.map(storable)) as Row | undefined)
  }

  run(sql: string, ...values: Value[]): Written {
    if (this.#inTransaction)
      throw new Error(
        'A write was asked for within a transaction, but not of the writer that this was given.',
      )
    return this.#run(sql, values)
  }

  /** Runs statements that have no values, such as those that make tables. */
  exec(sql: string): void {
    this.#tried(() => this.#db.exec(sql))
  }

  /** Runs all of it or, where it throws, nothing. */
  transaction<T>(work: (writer: Writer) => T): T {
    if (this.#inTransaction)
      throw new Error('A transaction was begun within one; "nested" of its writer does that.')
    this.exec('BEGIN IMMEDIATE')
    this.#inTransaction = true
    this.#lost = undefined
    const end = new AbortController()
    try {
      const result = work(this.#writer(end.signal))
      if (result instanceof Promise) {
        result.catch(() => {})
        throw new Error('What a transaction does must be done when it returns; it gave a promise.')
      }
      this.#mustBeWhole()
      this.exec('COMMIT')
      return result
    } catch (error) {
      // Where the disk is full, SQLite has rolled back already.
      if (this.#db.isTransaction) this.exec('ROLLBACK')
      throw error
    } finally {
      end.abort()
      this.#inTransaction = false
    }
  }

  get raw(): DatabaseSync {
    return this.#db
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  #writer(ended: AbortSignal): Writer {
    const mustBeOpen = () => {
      if (ended.aborted)
        throw new Error('The transaction is over; its writer is asked for something all the same.')
      this.#mustBeWhole()
    }
    let depth = 0
    const writer: Writer = {
      all: (sql, ...values) => this.all(sql, ...values),
      get: (sql, ...values) => this.get(sql, ...values),
      run: (sql, ...values) => {
        mustBeOpen()
        return this.#run(sql, values)
      },
      nested: (work) => {
        mustBeOpen()
        const name = `nested${++depth}`
        this.exec(`SAVEPOINT ${name}`)
        try {
          const result = work(writer)
          this.#mustBeWhole()
          this.exec(`RELEASE ${name}`)
          return result
        } catch (error) {
          if (this.#db.isTransaction) this.exec(`ROLLBACK TO ${name}; RELEASE ${name}`)
          throw error
        } finally {
          depth--
        }
      },
    }
    return writer
  }

  /** Throws once SQLite has rolled back a transaction: what followed would be written without the rest. */
  #mustBeWhole(): void {
    if (!this.#db.isTransaction) throw this.#lost
  }

  #run(sql: string, values: Value[]): Written {
    const { changes, lastInsertRowid } = this.#tried(() => this.#prepared(sql).run(...values.map(storable)))
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) }
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement) return statement
    statement = this.#db.prepare(sql)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size >= MAX_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest)
    this.#statements.set(sql, statement)
    return statement
  }

  #tried<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      const error = explained(this.path, thrown)
      if (error instanceof DatabaseError && error.problem === 'damaged') this.#onDamage()
      if (this.#inTransaction && !this.#db.isTransaction) this.#lost ??= error
      throw error
    }
  }
}

/** The value, if it is read as it was written. Throws a DatabaseError that says which is wrong, and why. */
function storable(value: Value, index: number): Value {
  const why = problemOf(value)
  if (why === undefined) return value
  throw new DatabaseError('value', `Value ${index + 1} can't be stored: ${why} Nothing was changed.`)
}

function problemOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return tooLong
      return value.isWellFormed()
        ? undefined
        : 'it has half a character (a lone surrogate); replace that first.'
    case 'number':
      if (!Number.isFinite(value)) return `it is ${value}; store null, or a number.`
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? 'it is a whole number beyond 2^53, which would not be exact; store it as text.'
        : undefined
    case 'bigint':
      return 'it is a BigInt; store a number below 2^53, or text.'
    case 'boolean':
      return 'it is true or false; store 1 or 0.'
    default:
      if (value === null) return undefined
      if (value instanceof Uint8Array) return value.byteLength > MAX_VALUE_BYTES ? tooLong : undefined
      return `it is ${value === undefined ? 'undefined' : `of type ${typeof value}`}; store text, a number, bytes or null.`
  }
}

const tooLong = `it has more than the ${MAX_VALUE_BYTES / 1024 / 1024} MiB of one value (database.value); keep that in a file of its own.`

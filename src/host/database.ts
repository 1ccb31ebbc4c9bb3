/**
 * A program's own database: SQLite (https://sqlite.org) in one file of its state folder, with a write-ahead log (WAL) beside it.
 * One process has it open at a time. What was acknowledged as written is on the disk, and is there after a kill or a power cut.
 *
 * Reads are synchronous. Writes give promises, so that another engine can stand behind what uses this; they happen in the
 * order in which they are asked for.
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Damage, Database, Value, Writer, Written } from '../protocol/database.ts'
import { shown } from '../protocol/foreign-text.ts'
import { mustBeFileIfThere, UnusableFile } from './bounded-file.ts'
import { Connection } from './database/connection.ts'
import { COMPANIONS, damagedFiles, putAside } from './database/damage.ts'
import { DatabaseError, explained } from './database/error.ts'
import { syncFolder } from './write-file-atomic.ts'

export type { Damage, Database, Reader, Value, Writer, Written } from '../protocol/database.ts'
export { MAX_VALUE_BYTES } from './database/connection.ts'
export { MOST_KEPT } from './database/damage.ts'
export { DatabaseError, type DatabaseProblem } from './database/error.ts'

export interface DatabaseOptions {
  /** The program's state folder, which is there. */
  folder: string
  /** The file is `<name>.db`. */
  name: string
  /**
   * SQL that makes the tables: what each version of the program added to the one before it. They run in one transaction, each
   * once in the life of a database. A step that was released stays as it is; what is to change is a step more.
   */
  steps: readonly string[]
  /** Called where the file was damaged, before a new one is begun; for the log. */
  onDamaged?(damage: Damage): void
}

/** How long another process that has the file open is waited for, in milliseconds: one that ends while the next one starts. */
const BUSY_MS = 5000
/** A file up to here is checked at each start, which takes a few milliseconds. */
export const ALWAYS_CHECKED_BYTES = 4 * 1024 * 1024
/** One up to here is, if its last process did not close it; of a larger one damage is found when it is read. */
export const CHECKED_BYTES = 256 * 1024 * 1024
/** The log beside the file is cut to this after it was longer, in bytes. */
const LOG_BYTES = 4 * 1024 * 1024
/** So much of a file is kept in memory at most, in bytes: of a large one the upper pages of its trees, and what is asked for often. */
const CACHE_BYTES = 16 * 1024 * 1024

/**
 * Opens a database; makes it if it is new, and brings the tables of an earlier version up to this one. A damaged one is put
 * aside by another name and begun anew: see `onDamaged`. Rejects with a DatabaseError, or an UnusableFile where something
 * else than a file is in its place; then nothing was changed.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { folder, name, steps } = options
  const path = join(folder, `${name}.db`)
  mustBeFolder(folder)
  const place = join(realpathSync(folder), name)
  if (OPEN.has(place)) throw new DatabaseError('busy', `${shown(path)} is open in this program already.`)
  const why = damageBefore(path)
  const damage = why === undefined ? undefined : aside(path, why, options)
  const opened = (damaged: Damage | undefined) => {
    const connection = open(path, steps)
    OPEN.add(place)
    return new SqliteDatabase(connection, damaged, () => OPEN.delete(place))
  }
  try {
    return opened(damage)
  } catch (error) {
    if (damage || !(error instanceof DatabaseError) || error.problem !== 'damaged') throw error
    const { message } = error.cause instanceof Error ? error.cause : error
    return opened(aside(path, message, options))
  }
}

/** Those that this process has open. Opened anew, one would lose its lock: the kernel takes that with any file closed. */
const OPEN = new Set<string>()

function mustBeFolder(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UnusableFile(`There is no folder ${shown(folder)}.`)
}

/** Why the file can't be the one that was there. SQLite would take it for a new one, and delete the log beside it. */
function damageBefore(path: string): string | undefined {
  const [file, ...companions] = ['', ...COMPANIONS].map((suffix) =>
    mustBeFileIfThere(path + suffix, { nofollow: true }),
  )
  if (file === undefined && companions.some((companion) => companion))
    return 'only what was beside it is there'
  if (file?.size === 0) return 'it is empty'
  return file && !beginsAs(path, HEADER) ? 'it does not begin as a database does' : undefined
}

/** https://sqlite.org/fileformat2.html#magic_header_string */
const HEADER = 'SQLite format 3\0'

function beginsAs(path: string, text: string): boolean {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(text.length)
    return readSync(file, bytes, 0, bytes.length, 0) === bytes.length && bytes.toString('latin1') === text
  } finally {
    closeSync(file)
  }
}

function aside(path: string, why: string, { onDamaged }: DatabaseOptions): Damage {
  try {
    const damage = { path, aside: putAside(path, new Date()), why }
    rmSync(markOf(path), { force: true })
    onDamaged?.(damage)
    return damage
  } catch (error) {
    throw explained(path, error)
  }
}

/** Throws a DatabaseError. */
function open(path: string, steps: readonly string[]): Connection {
  try {
    const file = statSync(path, { throwIfNoEntry: false })
    if (!file) make(path, steps)
    const isUnclean = COMPANIONS.some((suffix) => statSync(path + suffix, { throwIfNoEntry: false }))
    const connection = connect(path)
    try {
      if (file) check(connection, file.size, isUnclean)
      migrate(connection, steps)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  } catch (error) {
    throw explained(path, error)
  }
}

/**
 * Makes a database under another name, and gives it its own once it is whole. Where another process was faster, its database
 * stays, and this process waits for it as for any that is in use.
 */
function make(path: string, steps: readonly string[]): void {
  const unfinished = `${path}.${process.pid}.new`
  removeAll(unfinished)
  try {
    closeSync(openSync(unfinished, 'wx', 0o600))
    const connection = connect(unfinished)
    try {
      migrate(connection, steps)
    } finally {
      connection.close()
    }
    sync(unfinished)
    linkSync(unfinished, path) // unlike a rename, it replaces nothing
    syncFolder(dirname(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw explained(path, error)
  } finally {
    removeAll(unfinished)
  }
}

/** A file, and what SQLite has beside it. */
function removeAll(path: string): void {
  for (const suffix of ['', ...COMPANIONS]) rmSync(path + suffix, { force: true })
}

function connect(path: string): Connection {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  chmodSync(path, 0o600)
  const connection = new Connection(path, new DatabaseSync(path, { timeout: BUSY_MS }), () =>
    markDamage(path),
  )
  try {
    connection.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${LOG_BYTES};
      PRAGMA cell_size_check = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cache_size = -${CACHE_BYTES / 1024};
    `)
  } catch (error) {
    connection.close()
    throw error
  }
  return connection
}

/** There while a damage was seen that is not looked at yet. */
const markOf = (path: string): string => `${path}.check`

function markDamage(path: string): void {
  try {
    writeFileSync(markOf(path), '', { mode: 0o600 })
  } catch {
    // The next start finds it where it reads that place, as this one did.
  }
}

/** Throws where the file is damaged. Its last process did not close it if what is beside it is still there. */
function check(connection: Connection, bytes: number, isUnclean: boolean): void {
  const mark = markOf(connection.path)
  const wasSeen = mustBeFileIfThere(mark, { nofollow: true }) !== undefined
  if (!wasSeen && bytes > (isUnclean ? CHECKED_BYTES : ALWAYS_CHECKED_BYTES)) return
  const said = whatIsWrong(connection, wasSeen ? 'integrity_check' : 'quick_check')
  if (said !== 'ok') throw damaged(connection.path, said.replace(/\s+/g, ' ').slice(0, 200))
  rmSync(mark, { force: true })
}

function whatIsWrong(connection: Connection, pragma: string): string {
  try {
    const rows = connection.all<Record<string, string>>(`PRAGMA ${pragma}(1)`)
    return rows.flatMap((row) => Object.values(row)).join(' ')
  } catch (error) {
    // There is no mistake in this SQL: what an index for texts says of itself, such as FTS5, comes as one.
    if (error instanceof DatabaseError || !(error instanceof Error)) throw error
    return error.message
  }
}

const damaged = (path: string, why: string): DatabaseError =>
  new DatabaseError('damaged', `${shown(path)} is damaged: ${why}`, { cause: new Error(why) })

/** Brings tables of an earlier version up to this one, or leaves them as they are. */
function migrate(connection: Connection, steps: readonly string[]): void {
  const version = versionOf(connection)
  if (version > steps.length)
    throw new DatabaseError(
      'later',
      `${shown(connection.path)} is of version ${version}, and this program knows up to ${steps.length}; update it.`,
    )
  if (version < 0) throw damaged(connection.path, `its version is ${version}`)
  if (version === steps.length) return
  connection.transaction(() => {
    for (const step of steps.slice(version)) connection.exec(step)
    connection.exec(`PRAGMA user_version = ${steps.length}`)
  })
}

const versionOf = (connection: Connection): number =>
  connection.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0

function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

class SqliteDatabase implements Database {
  readonly damage: Damage | undefined
  readonly #connection: Connection
  readonly #copies = new Set<Promise<unknown>>()
  readonly #onClose: () => void

  constructor(connection: Connection, damage: Damage | undefined, onClose: () => void) {
    this.#connection = connection
    this.damage = damage
    this.#onClose = onClose
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#connection.all(sql, ...values)
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#connection.get(sql, ...values)
  }

  async run(sql: string, ...values: Value[]): Promise<Written> {
    return this.#connection.run(sql, ...values)
  }

  async transaction<T>(work: (writer: Writer) => T): Promise<T> {
    return this.#connection.transaction(work)
  }

  async checkWritable(): Promise<void> {
    this.#connection.exec(`PRAGMA user_version = ${versionOf(this.#connection)}`)
  }

  async checkpoint(): Promise<void> {
    this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  copyTo(path: string): Promise<void> {
    const copy = this.#copyTo(path).finally(() => this.#copies.delete(copy))
    this.#copies.add(copy)
    return copy
  }

  damagedFiles(): string[] {
    return damagedFiles(this.#connection.path)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#copies)
    this.#connection.close()
    this.#onClose()
  }

  async #copyTo(path: string): Promise<void> {
    const unfinished = `${path}.${process.pid}.tmp`
    if (path === this.#connection.path) throw new Error('A database is not copied over itself.')
    removeAll(unfinished)
    try {
      mustBeFileIfThere(path, { nofollow: true })
      closeSync(openSync(unfinished, 'wx', 0o600))
      await process.getBuiltinModule('node:sqlite').backup(this.#connection.raw, unfinished)
      sync(unfinished)
      renameSync(unfinished, path)
      syncFolder(dirname(path))
    } catch (error) {
      removeAll(unfinished)
      throw explained(path, error)
    }
  }
}

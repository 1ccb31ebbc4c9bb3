/** The accounts of this server's user, in its database. Passwords are none of this: they are secrets, and only a digest of a refused one is kept. */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import type { Database } from '../../../protocol/database.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { Account } from './account.ts'
import { type Allowed, includes } from './allowed.ts'

interface Row {
  settings: string
  refusedPassword: string | null
  refusedWhy: string | null
}

/** More make no sense for a person, and each is looked at. */
export const MAX_ACCOUNTS = 50

export class AccountStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** In the order in which they were added. */
  all(): Account[] {
    return this.#database
      .all<Row>('SELECT settings FROM account ORDER BY addedAt, id')
      .map(({ settings }) => JSON.parse(settings) as Account)
  }

  /** The account that is meant: the only one where none is named. Throws a ToolError that names those there are. */
  named(id: string | undefined): Account {
    const all = this.all()
    const [only] = all
    if (!only)
      throw new ToolError('There is no account yet. Its owner adds one with "luca mail add ADDRESS".', {
        kind: 'not_found',
      })
    if (id === undefined && all.length === 1) return only
    const lower = id?.toLowerCase()
    const found = all.find((one) => one.id === lower || one.email.toLowerCase() === lower)
    if (found) return found
    const names = all.map((one) => one.id).join(', ')
    throw new ToolError(
      id === undefined
        ? `There are several accounts; say which one by "account": ${names}.`
        : `There is no account ${JSON.stringify(id)}. There is ${names}.`,
      { kind: id === undefined ? 'invalid' : 'not_found' },
    )
  }

  /** What its owner allows; to read, where nothing was said. */
  allowed(id: string): Allowed {
    const sql = 'SELECT allowed FROM account WHERE id = ?'
    return this.#database.get<{ allowed: Allowed }>(sql, id)?.allowed ?? 'read'
  }

  async allow(id: string, allowed: Allowed): Promise<void> {
    await this.#database.run('UPDATE account SET allowed = ? WHERE id = ?', allowed, id)
  }

  /** Throws a ToolError that says what the owner does, where an account's mail may only be read, or not be sent. */
  mustAllow({ id, email }: Pick<Account, 'id' | 'email'>, needed: 'write' | 'send'): void {
    if (includes(this.allowed(id), needed)) return
    const sentence =
      needed === 'send' ? `Nothing may be sent as ${email}.` : `The mail of ${email} may only be read.`
    throw new ToolError(`${sentence} Its owner allows it with "luca mail allow ${id} ${needed}".`, {
      kind: 'permission',
    })
  }

  /** Adds one, or changes the one of that name; what is allowed stays as it is. Rejects where there are too many. */
  async keep(account: Account, now: number): Promise<void> {
    await this.#database.transaction((writer) => {
      const count =
        writer.get<{ n: number }>('SELECT count(*) n FROM account WHERE id <> ?', account.id)?.n ?? 0
      if (count >= MAX_ACCOUNTS)
        throw new ToolError(`There are ${MAX_ACCOUNTS} accounts already, and no more are kept.`, {
          kind: 'invalid',
        })
      writer.run(
        `INSERT INTO account (id, settings, addedAt) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, refusedPassword = NULL, refusedWhy = NULL`,
        account.id,
        JSON.stringify(account),
        now,
      )
      if (account.oauth === undefined) writer.run('DELETE FROM token WHERE account = ?', account.id)
    })
  }

  /** With all that was kept of its mail. False where there is none of that name. */
  async forget(id: string): Promise<boolean> {
    return await this.#database.transaction((writer) => {
      writer.run('DELETE FROM token WHERE account = ?', id)
      return writer.run('DELETE FROM account WHERE id = ?', id).changes > 0
    })
  }

  /** What an account is renewed by where it is signed in to, as it was sealed; undefined where there is none. */
  token(id: string): string | undefined {
    return this.#database.get<{ sealed: string }>('SELECT sealed FROM token WHERE account = ?', id)?.sealed
  }

  async keepToken(id: string, sealed: string): Promise<void> {
    const sql =
      'INSERT INTO token (account, sealed) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed'
    await this.#database.run(sql, id, sealed)
  }

  /** What its server said where it refused this very password; undefined where it may be tried. */
  whyRefused(id: string, password: string): string | undefined {
    const row = this.#database.get<Row>('SELECT refusedPassword, refusedWhy FROM account WHERE id = ?', id)
    const { refusedPassword: kept, refusedWhy: why } = row ?? {}
    return kept && why && isDigestOf(kept, password) ? why : undefined
  }

  async noteRefused(id: string, password: string, why: string): Promise<void> {
    const sql = 'UPDATE account SET refusedPassword = ?, refusedWhy = ? WHERE id = ?'
    await this.#database.run(sql, digestOf(password), why, id)
  }

  async noteAccepted(id: string): Promise<void> {
    const sql =
      'UPDATE account SET refusedPassword = NULL, refusedWhy = NULL WHERE id = ? AND refusedPassword IS NOT NULL'
    await this.#database.run(sql, id)
  }
}

/** Slow to guess from: some passwords are short. */
const scrypt = (password: string, salt: Buffer): Buffer => scryptSync(password, salt, 32)

function digestOf(password: string): string {
  const salt = randomBytes(16)
  return `${salt.toString('base64')}:${scrypt(password, salt).toString('base64')}`
}

function isDigestOf(kept: string, password: string): boolean {
  const [salt = '', digest = ''] = kept.split(':')
  const expected = Buffer.from(digest, 'base64')
  const actual = scrypt(password, Buffer.from(salt, 'base64'))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

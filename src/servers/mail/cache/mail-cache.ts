/** What is known of the mail of all accounts without asking their servers. */
import type { Database, Value, Writer } from '../../../protocol/database.ts'
import type { Change, Mailbox, MailboxRole, MailboxState, MessageHeader } from '../imap/client.ts'
import { type Range, withoutRange, withRange } from './ranges.ts'
import { Texts } from './texts.ts'
import { attachmentsOf, insertWords } from './words.ts'

export { attachmentsOf } from './words.ts'

/** A folder, and how much of it is known. */
export interface CachedMailbox extends Mailbox {
  id: number
  account: string
  /** Undefined before it was looked at. */
  uidValidity: string | undefined
  changes: string | undefined
  /** How many messages it had when it was looked at. */
  messages: number
  /** The largest number that was there when it was looked at. */
  topUid: number
  /** Numbers whose headers are still to be fetched. */
  missing: readonly Range[]
  /** When it was last looked at, since the epoch in milliseconds; 0 for never. */
  lookedAt: number
}

export interface CachedMessage {
  id: number
  mailbox: number
  uid: number
  /** When it was sent, or else when it came. */
  time: number
  size: number
  isSeen: boolean
  isFlagged: boolean
  isAnswered: boolean
  header: MessageHeader
}

/** What is looked for; all of it must be so. */
export interface CacheQuery {
  mailboxes: readonly number[]
  /** Words of which each must be there, in the columns that are named; in any where it says `text`. */
  words?: Partial<Record<'text' | 'subject' | 'sender' | 'recipients' | 'attachments', string>>
  since?: number | undefined
  before?: number | undefined
  isSeen?: boolean | undefined
  isFlagged?: boolean | undefined
  hasAttachment?: boolean | undefined
  largerThan?: number | undefined
  /** Only those after this one, in the order in which they are given. */
  after?: { time: number; id: number } | undefined
  limit: number
}

/** What came into an inbox. */
export interface News {
  account: string
  mailbox: number
  path: string
  /** The largest number there is now. */
  upTo: number
  /** None where all of it is gone again. */
  count: number
}

interface MailboxRow {
  id: number
  account: string
  path: string
  role: MailboxRole | null
  canOpen: number
  uidValidity: string | null
  changes: string | null
  messages: number
  topUid: number
  toldUid: number | null
  missing: string
  lookedAt: number
}

interface MessageRow {
  id: number
  mailbox: number
  uid: number
  time: number
  size: number
  isSeen: number
  isFlagged: number
  isAnswered: number
  header: string
}

const COLUMNS = 'id, mailbox, uid, time, size, isSeen, isFlagged, isAnswered, header'

/** What the cache of a user takes where nothing else is set, in megabytes. */
export const CACHE_MEGABYTES = 200

export class MailCache {
  readonly texts: Texts
  readonly #database: Database

  /** `megabytes` is what all of it may take before the oldest texts go. */
  constructor(database: Database, megabytes: number = CACHE_MEGABYTES) {
    this.#database = database
    this.texts = new Texts(database, megabytes * 1_000_000)
  }

  mailboxes(account: string): CachedMailbox[] {
    return this.#database
      .all<MailboxRow>('SELECT * FROM mailbox WHERE account = ? ORDER BY path', account)
      .map(mailboxIn)
  }

  mailbox(id: number): CachedMailbox | undefined {
    const row = this.#database.get<MailboxRow>('SELECT * FROM mailbox WHERE id = ?', id)
    return row && mailboxIn(row)
  }

  /** When the folders of an account were last listed. */
  mailboxesAt(account: string): number {
    return (
      this.#database.get<{ at: number }>('SELECT mailboxesAt at FROM account WHERE id = ?', account)?.at ?? 0
    )
  }

  /** The folders there are now; what is kept of others goes. */
  async keepMailboxes(account: string, all: readonly Mailbox[], now: number): Promise<void> {
    await this.#database.transaction((writer) => {
      const kept = new Set(all.map(({ path }) => path))
      const rows = writer.all<{ id: number; path: string }>(
        'SELECT id, path FROM mailbox WHERE account = ?',
        account,
      )
      for (const { id, path } of rows) if (!kept.has(path)) writer.run('DELETE FROM mailbox WHERE id = ?', id)
      for (const { path, role, canOpen } of all)
        writer.run(
          `INSERT INTO mailbox (account, path, role, canOpen) VALUES (?, ?, ?, ?)
           ON CONFLICT (account, path) DO UPDATE SET role = excluded.role, canOpen = excluded.canOpen`,
          account,
          path,
          role ?? null,
          Number(canOpen),
        )
      writer.run('UPDATE account SET mailboxesAt = ? WHERE id = ?', now, account)
    })
  }

  /** A folder is as it was looked at: another one of its name loses what is kept, and what is new is missing until it is fetched. */
  async noteState(
    { id }: CachedMailbox,
    state: MailboxState,
    now: number,
  ): Promise<CachedMailbox | undefined> {
    return await this.#database.transaction((writer) => {
      const row = writer.get<MailboxRow>('SELECT * FROM mailbox WHERE id = ?', id)
      if (!row) return undefined
      const isSame = row.uidValidity === state.uidValidity
      if (!isSame) writer.run('DELETE FROM message WHERE mailbox = ?', id)
      // Headers come with the flags that they have then, so of a new one no earlier changes are of interest.
      const before = isSame ? mailboxIn(row) : { topUid: 0, missing: [], changes: state.changes }
      const top = state.uidNext - 1
      // What is there when a folder is first seen is no news.
      const told = isSame ? (row.toldUid ?? row.topUid) : top
      const missing = withRange(before.missing, [before.topUid + 1, top])
      writer.run(
        'UPDATE mailbox SET uidValidity = ?, changes = ?, messages = ?, topUid = ?, toldUid = ?, missing = ?, lookedAt = ? WHERE id = ?',
        state.uidValidity,
        before.changes ?? null,
        state.messages,
        Math.max(top, before.topUid),
        told,
        JSON.stringify(missing),
        now,
        id,
      )
      const noted = writer.get<MailboxRow>('SELECT * FROM mailbox WHERE id = ?', id)
      return noted && mailboxIn(noted)
    })
  }

  /** Headers of all there is in a range of numbers, so that nothing in it is missing any more. */
  async keepHeaders(mailbox: number, headers: readonly MessageHeader[], range: Range): Promise<void> {
    await this.#database.transaction((writer) => {
      const row = writer.get<{ missing: string }>('SELECT missing FROM mailbox WHERE id = ?', mailbox)
      // Gone while they were fetched.
      if (!row) return
      for (const header of headers) insert(writer, mailbox, header)
      const missing = withoutRange(JSON.parse(row.missing) as Range[], range)
      writer.run('UPDATE mailbox SET missing = ? WHERE id = ?', JSON.stringify(missing), mailbox)
    })
  }

  /** `upTo` says that these are the last of all that changed until then. */
  async keepChanges(
    mailbox: number,
    all: readonly Change[],
    upTo?: Pick<MailboxState, 'changes'>,
  ): Promise<void> {
    await this.#database.transaction((writer) => {
      for (const change of all)
        if ('gone' in change)
          writer.run('DELETE FROM message WHERE mailbox = ? AND uid BETWEEN ? AND ?', mailbox, ...change.gone)
        else
          writer.run(
            `UPDATE message SET isSeen = ?1, isFlagged = ?2, isAnswered = ?3
             WHERE mailbox = ?4 AND uid = ?5 AND (isSeen <> ?1 OR isFlagged <> ?2 OR isAnswered <> ?3)`,
            ...flagsOf(change.flags),
            mailbox,
            change.uid,
          )
      if (upTo) writer.run('UPDATE mailbox SET changes = ? WHERE id = ?', upTo.changes ?? null, mailbox)
    })
  }

  /**
   * Messages lie in another folder now, under other numbers there, and stay what tools know them by. Where that folder is kept as another
   * of its name, they are only gone.
   */
  async keepMoved(
    from: number,
    to: number,
    { uidValidity, uids }: { uidValidity: string; uids: ReadonlyMap<number, number> },
  ): Promise<void> {
    await this.#database.transaction((writer) => {
      const row = writer.get<{ uidValidity: string | null }>(
        'SELECT uidValidity FROM mailbox WHERE id = ?',
        to,
      )
      const isKnown = row && (row.uidValidity ?? uidValidity) === uidValidity
      if (isKnown) writer.run('UPDATE mailbox SET uidValidity = ? WHERE id = ?', uidValidity, to)
      for (const [before, now] of uids) {
        // It may have been seen there already.
        if (isKnown) writer.run('DELETE FROM message WHERE mailbox = ? AND uid = ?', to, now)
        if (isKnown)
          writer.run(
            'UPDATE message SET mailbox = ?, uid = ? WHERE mailbox = ? AND uid = ?',
            to,
            now,
            from,
            before,
          )
        else writer.run('DELETE FROM message WHERE mailbox = ? AND uid = ?', from, before)
      }
    })
  }

  /** Only these are there any more. */
  async keepOnly(mailbox: number, uids: readonly number[]): Promise<void> {
    const there = new Set(uids)
    const gone = this.#database
      .all<{ id: number; uid: number }>('SELECT id, uid FROM message WHERE mailbox = ?', mailbox)
      .filter(({ uid }) => !there.has(uid))
    for (let i = 0; i < gone.length; i += AT_A_TIME)
      await this.#database.transaction((writer) => {
        for (const { id } of gone.slice(i, i + AT_A_TIME)) writer.run('DELETE FROM message WHERE id = ?', id)
      })
  }

  /** Messages that came into inboxes and were not told yet. */
  news(): News[] {
    return this.#database.all<News>(
      `SELECT b.account, b.id mailbox, b.path, b.topUid upTo,
         (SELECT count(*) FROM message m WHERE m.mailbox = b.id AND m.uid > b.toldUid) count
       FROM mailbox b WHERE b.role = 'inbox' AND b.topUid > b.toldUid`,
    )
  }

  async noteTold({ mailbox, upTo }: Pick<News, 'mailbox' | 'upTo'>): Promise<void> {
    await this.#database.run('UPDATE mailbox SET toldUid = ? WHERE id = ?', upTo, mailbox)
  }

  /** How many messages of a folder are known. */
  count(mailbox: number): number {
    const sql = 'SELECT count(*) count FROM message WHERE mailbox = ?'
    return this.#database.get<{ count: number }>(sql, mailbox)?.count ?? 0
  }

  /** Gives back what was taken by what is deleted, so that nothing of it is left on the disk. */
  async shred(): Promise<void> {
    await this.#database.run("INSERT INTO word (word) VALUES ('optimize')")
    await this.#database.run('VACUUM')
    await this.#database.checkpoint()
  }

  message(id: number): CachedMessage | undefined {
    const row = this.#database.get<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE id = ?`, id)
    return row && messageIn(row)
  }

  byUid(mailbox: number, uids: readonly number[]): CachedMessage[] {
    const sql = `SELECT ${COLUMNS} FROM message WHERE mailbox = ? AND uid = ?`
    return uids.flatMap((uid) => this.#database.all<MessageRow>(sql, mailbox, uid).map(messageIn))
  }

  /** The messages of a conversation that are known here, in whichever folder of the account, the oldest first. */
  conversation(account: string, { header }: CachedMessage, limit: number): CachedMessage[] {
    const ids = [...new Set([threadOf(header), header.messageId, header.inReplyTo, ...header.references])]
      .filter((id) => id !== undefined)
      .slice(0, MAX_IDS)
    const marks = ids.map(() => '?').join(', ')
    const sql = `SELECT ${prefixed('m')} FROM message m JOIN mailbox b ON b.id = m.mailbox
      WHERE b.account = ? AND (m.thread IN (${marks}) OR m.messageId IN (${marks})) ORDER BY m.time, m.id LIMIT ?`
    return this.#database.all<MessageRow>(sql, account, ...ids, ...ids, limit).map(messageIn)
  }

  /** The newest first. */
  find(query: CacheQuery): CachedMessage[] {
    const { sql, values } = statementOf(query)
    return this.#database.all<MessageRow>(sql, ...values).map(messageIn)
  }
}

const AT_A_TIME = 500
/** Of the messages before one in its thread. */
const MAX_IDS = 50

/** The first message of the thread that this one is part of, as far as it knows itself. */
const threadOf = ({ references, inReplyTo, messageId }: MessageHeader): string | undefined =>
  references[0] ?? inReplyTo ?? messageId

const prefixed = (table: string): string =>
  COLUMNS.split(', ')
    .map((column) => `${table}.${column}`)
    .join(', ')

function insert(writer: Writer, mailbox: number, header: MessageHeader): void {
  const { uid, flags, sentAt, receivedAt, size, messageId } = header
  const { lastInsertRowid: id, changes } = writer.run(
    `INSERT INTO message (mailbox, uid, time, size, isSeen, isFlagged, isAnswered, attachments, messageId, thread, header)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (mailbox, uid) DO NOTHING`,
    mailbox,
    uid,
    sentAt ?? receivedAt,
    size,
    ...flagsOf(flags),
    attachmentsOf(header).length,
    messageId ?? null,
    threadOf(header) ?? null,
    JSON.stringify(header),
  )
  if (changes > 0) insertWords(writer, id, header, '')
}

const flagsOf = (flags: readonly string[]): [number, number, number] => [
  Number(flags.includes('\\Seen')),
  Number(flags.includes('\\Flagged')),
  Number(flags.includes('\\Answered')),
]

function statementOf({ mailboxes, words = {}, after, limit, ...query }: CacheQuery): {
  sql: string
  values: Value[]
} {
  const where: string[] = [`mailbox IN (${mailboxes.map(() => '?').join(', ')})`]
  const values: Value[] = [...mailboxes]
  const also = (condition: string, ...more: Value[]) => {
    where.push(condition)
    values.push(...more)
  }
  for (const [column, text] of Object.entries(words)) {
    const match = matchOf(column, text)
    if (match === undefined) also('0')
    else also('id IN (SELECT rowid FROM word WHERE word MATCH ?)', match)
  }
  if (query.since !== undefined) also('time >= ?', query.since)
  if (query.before !== undefined) also('time < ?', query.before)
  if (query.isSeen !== undefined) also('isSeen = ?', Number(query.isSeen))
  if (query.isFlagged !== undefined) also('isFlagged = ?', Number(query.isFlagged))
  if (query.hasAttachment !== undefined) also(query.hasAttachment ? 'attachments > 0' : 'attachments = 0')
  if (query.largerThan !== undefined) also('size > ?', query.largerThan)
  if (after) also('(time, id) < (?, ?)', after.time, after.id)
  // The index has all that messages are found and ordered by: of thousands that are found, only those that are given are read.
  const ids = `SELECT id FROM message WHERE ${where.join(' AND ')} ORDER BY time DESC, id DESC LIMIT ?`
  return {
    sql: `SELECT ${COLUMNS} FROM message WHERE id IN (${ids}) ORDER BY time DESC, id DESC`,
    values: [...values, limit],
  }
}

/**
 * https://sqlite.org/fts5.html#full_text_query_syntax: each word stands in quotes, so that none is an operator, and may go on. Undefined
 * for a text without words, which nothing has.
 */
function matchOf(column: string, text: string): string | undefined {
  const terms = [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].slice(0, MAX_WORDS).map(([word]) => `"${word}"*`)
  if (terms.length === 0) return undefined
  const all = terms.join(' AND ')
  return column === 'text' ? all : `${column} : (${all})`
}

const MAX_WORDS = 50

const mailboxIn = ({
  role,
  uidValidity,
  changes,
  missing,
  canOpen,
  toldUid: _,
  ...row
}: MailboxRow): CachedMailbox => ({
  ...row,
  role: role ?? undefined,
  canOpen: canOpen === 1,
  uidValidity: uidValidity ?? undefined,
  changes: changes ?? undefined,
  missing: JSON.parse(missing) as Range[],
})

const messageIn = ({ isSeen, isFlagged, isAnswered, header, ...row }: MessageRow): CachedMessage => ({
  ...row,
  isSeen: isSeen === 1,
  isFlagged: isFlagged === 1,
  isAnswered: isAnswered === 1,
  header: JSON.parse(header) as MessageHeader,
})

/** What was agreed to be sent, in this server's database: it is there whole before anyone is told that it will be. */
import type { Database } from '../../../protocol/database.ts'
import { ToolError } from '../../../protocol/define.ts'
import { sizeInWords } from '../size-in-words.ts'

export type OutboxState =
  /** For its time to come; until then it can be called back. */
  | 'waiting'
  /** A server is being given it, or was when this process ended. */
  | 'sending'
  | 'sent'
  /** It did not leave, and will not. */
  | 'failed'
  /** Nobody here can know whether it left. It is not sent again. */
  | 'unknown'
  | 'cancelled'

/** The email that one answers or passes on. */
export interface Origin {
  /** Its number here. */
  message: number
  /** Says so there, once the other has left; the second by https://www.iana.org/assignments/imap-jmap-keywords. */
  mark: '\\Answered' | '$Forwarded'
}

export interface OutboxMail {
  id: number
  account: string
  /** Without angle brackets. */
  messageId: string
  state: OutboxState
  sender: string
  recipients: string[]
  subject: string
  agreedAt: number
  /** When it is tried next; since the epoch in milliseconds. */
  due: number
  tries: number
  /** What went wrong, for people; it may quote servers. */
  problem: string | undefined
  /** Whether its copy lies where it belongs: in Sent, or in Drafts where it failed. */
  isFiled: boolean
  /** Whether others were told what became of it. */
  isTold: boolean
  origin: Origin | undefined
}

export type NewMail = Pick<
  OutboxMail,
  'account' | 'messageId' | 'sender' | 'recipients' | 'subject' | 'agreedAt' | 'due' | 'origin'
> & { bytes: Buffer }

interface Row extends Omit<OutboxMail, 'recipients' | 'problem' | 'isFiled' | 'isTold' | 'origin'> {
  recipients: string
  problem: string | null
  isFiled: number
  isTold: number
  origin: string | null
}

/** Of all accounts; more are no work of a person. */
const MAX_UNSENT = 100
/** What they take together, with what is attached to them. */
const MAX_UNSENT_BYTES = 512 * 1024 * 1024
/** How many are remembered that are done. */
const KEPT = 200

const UNSENT = `'waiting', 'sending'`
export const isUnsentState = (state: OutboxState): boolean => state === 'waiting' || state === 'sending'
const COLUMNS =
  'id, account, messageId, state, sender, recipients, subject, agreedAt, due, tries, problem, isFiled, isTold, origin'

export class OutboxStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** What has not left first, and of each the newest; those after another. */
  page(limit: number, after: Pick<OutboxMail, 'id' | 'state'> | undefined): OutboxMail[] {
    const isUnsent = `(state IN (${UNSENT}))`
    const from = after ? [isUnsentState(after.state) ? 1 : 0, after.id] : [2, 0]
    const sql = `SELECT ${COLUMNS} FROM outbox WHERE (${isUnsent}, id) < (?, ?) ORDER BY ${isUnsent} DESC, id DESC LIMIT ?`
    return this.#database.all<Row>(sql, ...from, limit).map(mailIn)
  }

  /** What is kept of an account and has not left; the oldest first. */
  unsentOf(account: string): OutboxMail[] {
    const sql = `SELECT ${COLUMNS} FROM outbox WHERE account = ? AND state IN (${UNSENT}) ORDER BY id`
    return this.#database.all<Row>(sql, account).map(mailIn)
  }

  byId(id: number): OutboxMail | undefined {
    const row = this.#database.get<Row>(`SELECT ${COLUMNS} FROM outbox WHERE id = ?`, id)
    return row && mailIn(row)
  }

  byMessageId(messageId: string): OutboxMail | undefined {
    const row = this.#database.get<Row>(`SELECT ${COLUMNS} FROM outbox WHERE messageId = ?`, messageId)
    return row && mailIn(row)
  }

  /** Undefined once its copy lies where it belongs. */
  bytes(id: number): Buffer | undefined {
    const row = this.#database.get<{ bytes: Uint8Array | null }>('SELECT bytes FROM outbox WHERE id = ?', id)
    return row?.bytes ? Buffer.from(row.bytes) : undefined
  }

  /** Rejects with a ToolError where too many wait. */
  async add(mail: NewMail): Promise<OutboxMail> {
    const { account, messageId, sender, recipients, subject, bytes, agreedAt, due, origin } = mail
    return await this.#database.transaction((writer) => {
      const unsent = `SELECT count(*) n, total(length(bytes)) size FROM outbox WHERE state IN (${UNSENT})`
      const { n, size } = writer.get<{ n: number; size: number }>(unsent) ?? { n: 0, size: 0 }
      if (n >= MAX_UNSENT || size + bytes.length > MAX_UNSENT_BYTES)
        throw new ToolError(
          (tool) =>
            `${n} emails wait to be sent already, which take ${sizeInWords(size)}, and this one would be more than wait here; ${tool('list_outbox')} shows them.`,
        )
      writer.run(
        `INSERT INTO outbox (account, messageId, state, sender, recipients, subject, bytes, agreedAt, due, origin)
         VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)`,
        account,
        messageId,
        sender,
        JSON.stringify(recipients),
        subject,
        bytes,
        agreedAt,
        due,
        origin ? JSON.stringify(origin) : null,
      )
      writer.run(
        `DELETE FROM outbox WHERE state NOT IN (${UNSENT})
           AND id <= (SELECT max(id) FROM outbox) - ?`,
        KEPT,
      )
      return mailIn(writer.get<Row>(`SELECT ${COLUMNS} FROM outbox WHERE messageId = ?`, messageId) as Row)
    })
  }

  /** From one state to another. False where it was in none of the first. */
  async move(
    id: number,
    from: readonly OutboxState[],
    to: Partial<Pick<OutboxMail, 'state' | 'due' | 'tries' | 'problem' | 'isFiled' | 'isTold'>>,
  ): Promise<boolean> {
    const columns = Object.keys(to)
    const values = Object.values(to).map((value) =>
      value === true ? 1 : value === false ? 0 : (value ?? null),
    )
    const { changes } = await this.#database.run(
      `UPDATE outbox SET ${columns.map((column) => `${column} = ?`).join(', ')}
       WHERE id = ? AND state IN (${from.map(() => '?').join(', ')})`,
      ...values,
      id,
      ...from,
    )
    return changes > 0
  }

  async dropBytes(id: number): Promise<void> {
    await this.#database.run('UPDATE outbox SET bytes = NULL, isFiled = 1 WHERE id = ?', id)
  }
}

const mailIn = ({ recipients, problem, isFiled, isTold, origin, ...row }: Row): OutboxMail => ({
  ...row,
  recipients: JSON.parse(recipients) as string[],
  problem: problem ?? undefined,
  isFiled: isFiled === 1,
  isTold: isTold === 1,
  origin: origin === null ? undefined : (JSON.parse(origin) as Origin),
})

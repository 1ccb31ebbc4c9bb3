/** The texts of messages that are kept, as far as there is room; headers are kept whatever they take. */
import type { Database } from '../../../protocol/database.ts'
import type { MessageHeader } from '../imap/client.ts'
import type { MessageText } from '../message/read-message.ts'
import { replaceWords } from './words.ts'

/** Texts that go at a time where there is no more room. */
const AT_A_TIME = 10
/** The share of the room up to which there is some to spare. */
const SPARE = 0.9
/** Pages of the index of words that are joined at a time: what words of texts took is free only then. */
const MERGED_PAGES = 2000

export class Texts {
  readonly #database: Database
  readonly #maxBytes: number

  constructor(database: Database, maxBytes: number) {
    this.#database = database
    this.#maxBytes = maxBytes
  }

  of(message: number): MessageText | undefined {
    const row = this.#database.get<{ content: string; remarks: string }>(
      'SELECT content, remarks FROM body WHERE message = ?',
      message,
    )
    return row && { text: row.content, remarks: JSON.parse(row.remarks) as string[] }
  }

  /** It is found by its words from now on. Where there is no room, the texts of the oldest messages go. */
  async keep(
    { id, header }: { id: number; header: MessageHeader },
    { text, remarks }: MessageText,
  ): Promise<void> {
    await this.#database.transaction((writer) => {
      if (!writer.get('SELECT 1 FROM message WHERE id = ?', id)) return
      const sql = 'INSERT OR REPLACE INTO body (message, content, remarks) VALUES (?, ?, ?)'
      writer.run(sql, id, text, JSON.stringify(remarks))
      replaceWords(writer, id, header, text)
    })
    await this.#makeRoom()
  }

  /** Messages of some folders since a time whose texts are not kept, the newest first, as many as are asked for. */
  missing(mailboxes: readonly number[], since: number, count: number): { id: number; mailbox: number }[] {
    const marks = mailboxes.map(() => '?').join(', ')
    return this.#database.all(
      `SELECT id, mailbox FROM message WHERE mailbox IN (${marks}) AND time >= ?
         AND NOT EXISTS (SELECT 1 FROM body WHERE message = id) ORDER BY time DESC, id DESC LIMIT ?`,
      ...mailboxes,
      since,
      count,
    )
  }

  /** Whether a text would stay: there is room to spare, or an older one that goes first. */
  hasRoomFor({ time }: { time: number }): boolean {
    return (
      this.#bytes() < SPARE * this.#maxBytes || time > (this.#oldest(1)[0]?.time ?? Number.POSITIVE_INFINITY)
    )
  }

  async #makeRoom(): Promise<void> {
    while (this.#bytes() > this.#maxBytes) {
      const oldest = this.#oldest(AT_A_TIME)
      if (oldest.length === 0) return
      await this.#database.transaction((writer) => {
        for (const { id, header } of oldest) {
          writer.run('DELETE FROM body WHERE message = ?', id)
          replaceWords(writer, id, JSON.parse(header) as MessageHeader, '')
        }
        writer.run("INSERT INTO word (word, rank) VALUES ('merge', ?)", MERGED_PAGES)
      })
    }
  }

  #oldest(count: number): { id: number; time: number; header: string }[] {
    const sql =
      'SELECT id, time, header FROM message JOIN body ON body.message = id ORDER BY time, id LIMIT ?'
    return this.#database.all(sql, count)
  }

  /** What the database takes, but for pages of it that are free. */
  #bytes(): number {
    const pragma = (name: string) =>
      Object.values(this.#database.get<Record<string, number>>(`PRAGMA ${name}`) ?? {})[0] ?? 0
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }
}

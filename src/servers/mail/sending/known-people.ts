/** Who has to do with the user's mail: a person is told where an address that is written to is none of theirs. */
import type { Database } from '../../../protocol/database.ts'
import type { MessageHeader } from '../imap/client.ts'

/** `new`: no email from them or to them is known here. `text`: their address stands in the text of an email, and nowhere else. */
export type Acquaintance = 'known' | 'new' | 'text'

/** Messages that are looked through for one address. */
const MAX_FOUND = 200

export class KnownPeople {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  acquaintance(address: string): Acquaintance {
    const lower = address.toLowerCase()
    if (this.#wasSentTo(lower) || this.#isInHeaders(lower)) return 'known'
    return this.#isInTexts(lower) ? 'text' : 'new'
  }

  #wasSentTo(address: string): boolean {
    const sql = `SELECT 1 FROM outbox, json_each(recipients)
      WHERE state = 'sent' AND lower(value) = ? LIMIT 1`
    return this.#database.get(sql, address) !== undefined
  }

  #isInHeaders(address: string): boolean {
    const sql = `SELECT header FROM message WHERE id IN
      (SELECT rowid FROM word WHERE word MATCH ?) ORDER BY time DESC LIMIT ${MAX_FOUND}`
    return this.#database
      .all<{ header: string }>(sql, `{sender recipients} : ${phrase(address)}`)
      .some(({ header }) => {
        const { from, to, cc, replyTo } = JSON.parse(header) as MessageHeader
        return [...from, ...to, ...cc, ...replyTo].some((one) => one.address.toLowerCase() === address)
      })
  }

  #isInTexts(address: string): boolean {
    const sql = `SELECT 1 FROM body WHERE message IN
      (SELECT rowid FROM word WHERE word MATCH ? LIMIT ${MAX_FOUND}) AND instr(lower(content), ?) > 0 LIMIT 1`
    return this.#database.get(sql, `body : ${phrase(address)}`, address) !== undefined
  }
}

/** https://sqlite.org/fts5.html#fts5_phrases: its words, one after another, as the index has them. */
const phrase = (address: string): string => `"${address.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim()}"`

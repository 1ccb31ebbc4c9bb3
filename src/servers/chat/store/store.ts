/** What was said, in this server's database. */
import { randomBytes } from 'node:crypto'
import type { Database, Writer } from '../../../protocol/database.ts'
import { ToolError } from '../../../protocol/define.ts'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import {
  CONVERSATION_COLUMNS,
  type ConversationRow,
  conversationIn,
  MESSAGE_COLUMNS,
  type MessageRow,
  messageIn,
} from './rows.ts'
import {
  type About,
  type Conversation,
  isOpen,
  type Message,
  type MessageState,
  type Options,
} from './shapes.ts'

/** The longest title, in characters. */
const TITLE_CHARS = 60
/** The fewest characters of an id that stand for all of it. */
const LEAST_ID = 6
const SELECT_CONVERSATION = `SELECT ${CONVERSATION_COLUMNS} FROM conversation c`
const SELECT_MESSAGE = `SELECT ${MESSAGE_COLUMNS} FROM message m`

export interface NewConversation {
  title: string
  options: Options
  read: readonly string[]
  /** What it was imported from, so that it is imported once. */
  origin?: string | undefined
}

export type NewMessage = Pick<Message, 'role' | 'content' | 'state'> & {
  about?: About
  created?: number
  why?: string
}

/** A question, and the answer to it that is to come. */
export interface Asked {
  conversation: Conversation
  question: Message
  answer: Message
}

/** What is known of an answer that has ended. */
export interface Ended {
  content: string
  about: About
  state: Exclude<MessageState, 'waiting' | 'running'>
  why?: string | undefined
  /** Names of tools that showed it what others wrote, besides those of its calls; and of those that it was shown. */
  read?: readonly string[] | undefined
  shown?: readonly string[] | undefined
}

export class Store {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Answers that a process was at when it ended have broken off. */
  async settleInterrupted(): Promise<void> {
    const rows = this.#database.all<MessageRow>(`${SELECT_MESSAGE} WHERE m.state = 'running'`)
    for (const { content, about, id } of rows.map(messageIn))
      await this.end(id, { content, about, state: 'broken_off', why: INTERRUPTED })
  }

  /** The newest first, of those that were changed before `before`. */
  list(limit: number, before?: { changed: number; number: number }): Conversation[] {
    const { changed, number } = before ?? { changed: Number.MAX_SAFE_INTEGER, number: 0 }
    const sql = `${SELECT_CONVERSATION} WHERE (c.changed, c.number) < (?, ?) ORDER BY c.changed DESC, c.number DESC LIMIT ?`
    return this.#database.all<ConversationRow>(sql, changed, number, limit).map(conversationIn)
  }

  /** By its id, or the beginning of it. Throws a ToolError where there is none. */
  conversation(id: string): Conversation {
    const [exact] = this.#conversations('c.id = ?', id)
    if (exact) return exact
    if (id.length >= LEAST_ID && /^[0-9a-f]+$/.test(id)) {
      const found = this.#conversations('c.id >= ? AND c.id < ? LIMIT 2', id, `${id}g`)
      if (found.length === 1 && found[0]) return found[0]
    }
    throw new ToolError(
      (tool) => `There is no such conversation; ${tool('list_conversations')} shows those that there are.`,
      {
        kind: 'not_found',
      },
    )
  }

  byNumber(number: number): Conversation | undefined {
    return this.#conversations('c.number = ?', number)[0]
  }

  byOrigin(origin: string): Conversation | undefined {
    return this.#conversations('c.origin = ?', origin)[0]
  }

  message(id: number): Message | undefined {
    const row = this.#database.get<MessageRow>(`${SELECT_MESSAGE} WHERE m.id = ?`, id)
    return row && messageIn(row)
  }

  /** A message and those before it, the oldest first: so many at most, and of them none before the one that was summarised. */
  upTo(id: number, limit: number, { fromSummary = false } = {}): Message[] {
    const rows = this.#database.all<MessageRow>(
      `WITH RECURSIVE line AS (
         SELECT m.id, m.parent, 0 isLast FROM message m WHERE m.id = ?
         UNION ALL
         SELECT m.id, m.parent, EXISTS (SELECT 1 FROM summary WHERE message = m.id) FROM line l
           JOIN message m ON m.id = l.parent WHERE NOT (? AND l.isLast)
         LIMIT ?
       ) ${SELECT_MESSAGE} WHERE m.id IN (SELECT id FROM line) ORDER BY m.depth`,
      id,
      fromSummary ? 1 : 0,
      limit,
    )
    return rows.map(messageIn)
  }

  /** The ids of a message and of all before it, the oldest first. */
  idsUpTo(id: number): number[] {
    const sql = `WITH RECURSIVE line AS (
        SELECT id, parent FROM message WHERE id = ?
        UNION ALL SELECT m.id, m.parent FROM line l JOIN message m ON m.id = l.parent
      ) SELECT id FROM line`
    return this.#database
      .all<{ id: number }>(sql, id)
      .map(({ id: one }) => one)
      .reverse()
  }

  /** A message of a conversation. Throws a ToolError for one of another, or none. */
  memberOf(conversation: Conversation, id: number): Message {
    const found = this.message(id)
    const isMember =
      found?.conversation === conversation.number ||
      (found !== undefined && conversation.tip !== undefined && this.idsUpTo(conversation.tip).includes(id))
    if (found && isMember) return found
    throw new ToolError(
      (tool) => `The conversation has no message ${id}; ${tool('get_conversation')} shows those that it has.`,
      { kind: 'not_found' },
    )
  }

  /** The answers of a conversation that are waited for, the oldest first. */
  open({ tip }: Conversation): Message[] {
    const open: Message[] = []
    for (let answer = this.#answerAt(tip); answer && isOpen(answer); answer = this.answerBefore(answer))
      open.unshift(answer)
    return open
  }

  /** The answer before the question that one is for. */
  answerBefore(answer: Message): Message | undefined {
    const question = answer.parent === undefined ? undefined : this.message(answer.parent)
    return this.#answerAt(question?.parent)
  }

  /** A question, and a place for its answer; both are kept, or nothing. Without a conversation there is a new one. */
  async ask(
    now: number,
    at: Conversation | NewConversation,
    question: { content: string; about: About },
    { options, read }: Pick<Conversation, 'options' | 'read'>,
  ): Promise<Asked> {
    const ids = await this.#database.transaction((writer) => {
      const number = 'number' in at ? at.number : begin(writer, now, at)
      // Another question may have come meanwhile.
      const tip = writer.get<{ tip: number | null }>(
        'SELECT tip FROM conversation WHERE number = ?',
        number,
      )?.tip
      const asked = insert(writer, now, number, tip ?? undefined, {
        role: 'user',
        state: 'whole',
        ...question,
      })
      const answer = insert(writer, now, number, asked, { role: 'assistant', content: '', state: 'waiting' })
      writer.run(
        'UPDATE conversation SET tip = ?, changed = ?, options = ?, read = ? WHERE number = ?',
        answer,
        now,
        JSON.stringify(options),
        JSON.stringify(read),
        number,
      )
      return { number, asked, answer }
    })
    const [asked, answer] = [this.message(ids.asked), this.message(ids.answer)]
    if (!asked || !answer) throw new Error('What was just written is not there.')
    return { conversation: this.#mustBe(ids.number), question: asked, answer }
  }

  /** Takes in a conversation whose messages are all there; all of it, or nothing. */
  async import(
    now: number,
    {
      messages,
      ...conversation
    }: NewConversation & { messages: readonly (NewMessage & { summary?: string })[] },
  ): Promise<Conversation> {
    const number = await this.#database.transaction((writer) => {
      const made = begin(writer, now, conversation)
      let last: number | undefined
      for (const message of messages) {
        last = insert(writer, message.created ?? now, made, last, message)
        if (message.summary !== undefined) summary(writer, last, message.summary, now)
      }
      writer.run('UPDATE conversation SET tip = ? WHERE number = ?', last ?? null, made)
      return made
    })
    return this.#mustBe(number)
  }

  /** Whether the answer waited, and runs now. */
  async begin(id: number): Promise<boolean> {
    const { changes } = await this.#database.run(
      `UPDATE message SET state = 'running' WHERE id = ? AND state = 'waiting'`,
      id,
    )
    return changes === 1
  }

  /** Keeps how far an answer is. */
  async keep(id: number, content: string, about: About): Promise<void> {
    await this.#database.run(
      `UPDATE message SET content = ?, about = ? WHERE id = ? AND state = 'running'`,
      content.toWellFormed(),
      JSON.stringify(about),
      id,
    )
  }

  /** Keeps an answer that has ended; nothing where it had before. */
  async end(
    id: number,
    { content, about, state, why, read = [], shown }: Ended,
    now?: number,
  ): Promise<void> {
    await this.#database.transaction((writer) => {
      const text = content.toWellFormed()
      const { changes } = writer.run(
        `UPDATE message SET content = ?, about = ?, state = ?, why = ? WHERE id = ? AND state IN ('waiting', 'running')`,
        text,
        JSON.stringify(about),
        state,
        why?.toWellFormed() ?? null,
        id,
      )
      if (changes === 0) return
      if (text !== '') writer.run('INSERT INTO word (rowid, content) VALUES (?, ?)', id, text)
      const of = writer.get<ConversationRow>(
        `${SELECT_CONVERSATION} WHERE c.number = (SELECT conversation FROM message WHERE id = ?)`,
        id,
      )
      if (!of) return
      const before = conversationIn(of)
      const untrusted = (about.calls ?? []).filter((call) => call.untrusted !== undefined)
      writer.run(
        'UPDATE conversation SET changed = ?, read = ?, shown = ? WHERE number = ?',
        Math.max(before.changed, now ?? 0),
        JSON.stringify([...new Set([...before.read, ...read, ...untrusted.map(({ name }) => name)])]),
        JSON.stringify(shown ?? before.shown),
        before.number,
      )
    })
  }

  async keepSummary(message: number, text: string, now: number): Promise<void> {
    await this.#database.transaction((writer) => summary(writer, message, text, now))
  }

  async change(
    { number }: Conversation,
    { title, options }: { title?: string | undefined; options?: Options },
  ): Promise<Conversation> {
    await this.#database.transaction((writer) => {
      if (options)
        writer.run('UPDATE conversation SET options = ? WHERE number = ?', JSON.stringify(options), number)
      if (title === undefined) return
      writer.run('UPDATE conversation SET title = ? WHERE number = ?', titleOf(title), number)
      writer.run('DELETE FROM titleWord WHERE rowid = ?', number)
      writer.run('INSERT INTO titleWord (rowid, title) VALUES (?, ?)', number, titleOf(title))
    })
    return this.#mustBe(number)
  }

  /** One more conversation that begins as another one did, up to a message of it. */
  async fork({ title, options, read }: Conversation, message: number, now: number): Promise<Conversation> {
    const number = await this.#database.transaction((writer) => {
      const fork = begin(writer, now, { title, options, read })
      writer.run('UPDATE conversation SET tip = ? WHERE number = ?', message, fork)
      return fork
    })
    return this.#mustBe(number)
  }

  /** What the user says of themselves; empty where that is nothing. */
  get personalContext(): string {
    return (
      this.#database.get<{ value: string }>(`SELECT value FROM personal WHERE name = 'context'`)?.value ?? ''
    )
  }

  async keepPersonalContext(text: string): Promise<void> {
    await this.#database.run(
      `INSERT OR REPLACE INTO personal (name, value) VALUES ('context', ?)`,
      text.toWellFormed(),
    )
  }

  #conversations(where: string, ...values: (string | number)[]): Conversation[] {
    return this.#database
      .all<ConversationRow>(`${SELECT_CONVERSATION} WHERE ${where}`, ...values)
      .map(conversationIn)
  }

  #mustBe(number: number): Conversation {
    const found = this.byNumber(number)
    if (!found) throw new ToolError('The conversation was deleted meanwhile.', { kind: 'not_found' })
    return found
  }

  #answerAt(id: number | undefined): Message | undefined {
    const found = id === undefined ? undefined : this.message(id)
    return found?.role === 'assistant' ? found : undefined
  }
}

const INTERRUPTED = 'The server ended while this was written. What it did until then took effect.'

/** The first words of a text, as a title. */
export function titleOf(text: string): string {
  const line = cleanLine(text)
  if (line.length <= TITLE_CHARS) return line === '' ? 'Untitled' : line
  const cut = line.slice(0, TITLE_CHARS).toWellFormed()
  const space = cut.lastIndexOf(' ')
  return `${space > TITLE_CHARS / 2 ? cut.slice(0, space) : cut}…`
}

function begin(writer: Writer, now: number, { title, options, read, origin }: NewConversation): number {
  const { lastInsertRowid } = writer.run(
    `INSERT INTO conversation (id, title, created, changed, options, read, shown, origin) VALUES (?, ?, ?, ?, ?, ?, '[]', ?)`,
    randomBytes(10).toString('hex'),
    titleOf(title),
    now,
    now,
    JSON.stringify(options),
    JSON.stringify(read),
    origin ?? null,
  )
  writer.run('INSERT INTO titleWord (rowid, title) VALUES (?, ?)', lastInsertRowid, titleOf(title))
  return lastInsertRowid
}

const summary = (writer: Writer, message: number, text: string, now: number) =>
  writer.run(
    'INSERT OR REPLACE INTO summary (message, text, created) VALUES (?, ?, ?)',
    message,
    text.toWellFormed(),
    now,
  )

function insert(
  writer: Writer,
  now: number,
  conversation: number,
  parent: number | undefined,
  message: NewMessage,
): number {
  const { role, state, about = {}, why } = message
  const content = message.content.toWellFormed()
  const { lastInsertRowid } = writer.run(
    `INSERT INTO message (conversation, parent, depth, role, content, state, why, created, about)
     VALUES (?, ?, 1 + coalesce((SELECT depth FROM message WHERE id = ?), 0), ?, ?, ?, ?, ?, ?)`,
    conversation,
    parent ?? null,
    parent ?? null,
    role,
    content,
    state,
    why ?? null,
    now,
    JSON.stringify(about),
  )
  if (content !== '') writer.run('INSERT INTO word (rowid, content) VALUES (?, ?)', lastInsertRowid, content)
  return lastInsertRowid
}

/** Finds conversations by words of their titles and of what was said. */
import type { Database } from '../../../protocol/database.ts'
import { CONVERSATION_COLUMNS, type ConversationRow, conversationIn } from './rows.ts'
import type { Conversation } from './shapes.ts'

export interface Hit {
  conversation: Conversation
  /** The newest message that has the words; undefined where the title has them. */
  message: number | undefined
  /** What is around the words. */
  text: string
}

/** How many words count, and how many messages that have them are looked at, the newest first. */
const MOST_WORDS = 16
const MOST_MESSAGES = 2000
/** How much is shown around a word, in characters. */
const AROUND = 80

/** The newest first. Nothing where the text has no word. */
export function search(database: Database, text: string, limit: number): Hit[] {
  const words = (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).slice(0, MOST_WORDS)
  if (words.length === 0) return []
  const query = `${words.map((word) => `"${word}"`).join(' ')}*`
  const said = database.all<ConversationRow & { message: number; content: string }>(
    `SELECT ${CONVERSATION_COLUMNS}, f.message, (SELECT content FROM message WHERE id = f.message) content
     FROM (SELECT m.conversation, max(m.id) message FROM message m
           WHERE m.id IN (SELECT rowid FROM word WHERE word MATCH ? ORDER BY rowid DESC LIMIT ${MOST_MESSAGES})
           GROUP BY m.conversation) f
     JOIN conversation c ON c.number = f.conversation ORDER BY c.changed DESC LIMIT ?`,
    query,
    limit,
  )
  const titled = database.all<ConversationRow>(
    `SELECT ${CONVERSATION_COLUMNS} FROM conversation c
     WHERE c.number IN (SELECT rowid FROM titleWord WHERE titleWord MATCH ? ORDER BY rowid DESC LIMIT ${MOST_MESSAGES})
     ORDER BY c.changed DESC LIMIT ?`,
    query,
    limit,
  )
  const hits = new Map<number, Hit>()
  for (const { message, content, ...row } of said)
    hits.set(row.number, { conversation: conversationIn(row), message, text: around(content, words) })
  for (const row of titled)
    if (!hits.has(row.number))
      hits.set(row.number, { conversation: conversationIn(row), message: undefined, text: row.title })
  return [...hits.values()]
    .sort((one, other) => other.conversation.changed - one.conversation.changed)
    .slice(0, limit)
}

function around(content: string, words: readonly string[]): string {
  const plain = folded(content)
  const found = words.map((word) => plain.indexOf(folded(word))).filter((at) => at >= 0)
  const at = found.length === 0 ? 0 : Math.min(...found)
  const from = Math.max(0, at - AROUND)
  const to = Math.min(content.length, at + 2 * AROUND)
  const text = content.slice(from, to).toWellFormed().replace(/\s+/g, ' ').trim()
  return `${from > 0 ? '…' : ''}${text}${to < content.length ? '…' : ''}`
}

/** As long as the text, so that places in both are the same. */
const folded = (text: string): string => {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text
}

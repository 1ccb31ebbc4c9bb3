/** Rows of the database as what they stand for. */
import type { About, Conversation, Message, Options } from './shapes.ts'

export interface ConversationRow {
  number: number
  id: string
  title: string
  created: number
  changed: number
  tip: number | null
  options: string
  read: string
  shown: string
  messages: number | null
  isAnswering: number | null
}

/** Of a query over `conversation c`. */
export const CONVERSATION_COLUMNS = `c.number, c.id, c.title, c.created, c.changed, c.tip, c.options, c.read, c.shown,
  (SELECT depth FROM message WHERE id = c.tip) messages,
  (SELECT state IN ('waiting', 'running') FROM message WHERE id = c.tip) isAnswering`

export interface MessageRow extends Omit<Message, 'parent' | 'why' | 'about' | 'summary'> {
  parent: number | null
  why: string | null
  about: string
  summary: string | null
}

/** Of a query over `message m`. */
export const MESSAGE_COLUMNS = `m.id, m.conversation, m.parent, m.depth, m.role, m.content, m.state, m.why, m.created, m.about,
  (SELECT text FROM summary WHERE message = m.id) summary`

export const conversationIn = ({
  tip,
  options,
  read,
  shown,
  messages,
  isAnswering,
  ...row
}: ConversationRow): Conversation => ({
  ...row,
  tip: tip ?? undefined,
  options: JSON.parse(options) as Options,
  read: JSON.parse(read) as string[],
  shown: JSON.parse(shown) as string[],
  messages: messages ?? 0,
  isAnswering: isAnswering === 1,
})

export const messageIn = ({ parent, why, about, summary, ...row }: MessageRow): Message => ({
  ...row,
  parent: parent ?? undefined,
  why: why ?? undefined,
  about: JSON.parse(about) as About,
  summary: summary ?? undefined,
})

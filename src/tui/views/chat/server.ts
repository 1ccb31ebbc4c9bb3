/** What is asked of the server of conversations, besides answers. */
import { conversationIn, conversationsIn, hitsIn, pageIn } from '../../../command/chat/conversations.ts'
import { type CallToolResult, METHOD } from '../../../protocol/mcp.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import { structureIn } from '../../model/answers.ts'
import type { ConsentBy, Outcome } from '../../model/effects.ts'
import type { ChatEffect, ChatMessage } from './state.ts'

/** How many conversations are listed, and found by words. */
const MOST_LISTED = 200
const MOST_FOUND = 100
/** How many messages are asked for at once. */
const PAGE = 20

function callOf(
  tool: string,
  given: Record<string, unknown>,
  reply: (outcome: Outcome<CallToolResult>) => ChatMessage,
  consent: ConsentBy = 'person',
): ChatEffect {
  return { type: 'tool', name: `chat_${tool}`, arguments: given, consent, reply }
}

const listed = (limit: number, type: 'found' | 'listed'): ChatEffect =>
  callOf('list_conversations', { limit }, (outcome) => {
    const page = structureIn(outcome, conversationsIn)
    return { type, outcome: page.ok ? { ok: true, value: page.value.conversations } : page }
  })

/** Finds the newest conversation, or lists them. */
export const findNewest = listed(1, 'found')
export const listAll = listed(MOST_LISTED, 'listed')

export const searchFor = (text: string): ChatEffect =>
  callOf('search_conversations', { text, limit: MOST_FOUND }, (outcome) => ({
    type: 'hits',
    outcome: structureIn(outcome, hitsIn),
  }))

/** Reads the last messages of a conversation. */
export const openConversation = (conversation: string): ChatEffect =>
  callOf('get_conversation', { conversation, limit: PAGE, results: true }, (outcome) => ({
    type: 'opened',
    conversation,
    outcome: structureIn(outcome, pageIn),
  }))

export const readOlder = (conversation: string, before: number): ChatEffect =>
  callOf('get_conversation', { conversation, before, limit: PAGE, results: true }, (outcome) => ({
    type: 'older',
    conversation,
    outcome: structureIn(outcome, pageIn),
  }))

/** Begins one that has the same messages, up to this one. */
export const fork = (conversation: string, message: number, asking: number): ChatEffect =>
  callOf('fork_conversation', { conversation, message }, (outcome) => ({
    type: 'forked',
    asking,
    outcome: structureIn(outcome, conversationIn),
  }))

/** Stops what is answered in it. */
export const stopAnswers = (conversation: string): ChatEffect =>
  callOf('stop', { conversation }, (outcome) => ({
    type: 'stopped',
    outcome: structureIn(outcome, (value) => value),
  }))

export const rename = (conversation: string, title: string): ChatEffect =>
  callOf('update_conversation', { conversation, title }, (outcome) => ({
    type: 'renamed',
    outcome: structureIn(outcome, conversationIn),
  }))

/** Whoever calls this has asked the person. */
export const remove = (conversation: string): ChatEffect =>
  callOf(
    'delete_conversation',
    { conversation },
    (outcome) => ({
      type: 'deleted',
      conversation,
      outcome: structureIn(outcome, (value) => (isRecord(value) ? textIn(value.title) : undefined)),
    }),
    'given',
  )

/** What a prompt of a server says. */
export const promptOf = (typed: string, name: string, given: Record<string, string>): ChatEffect => ({
  type: 'request',
  method: METHOD.getPrompt,
  params: { name, arguments: given },
  reply: (outcome) => ({ type: 'prompted', typed, outcome }),
})

import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { isOpen } from '../store/shapes.ts'
import {
  ConversationOutput,
  ConversationParameter,
  conversationShape,
  MessageOutput,
  type MessageShape,
  messageShape,
  Options,
  READ_ONLY,
  transcriptOf,
} from './shapes.ts'

const DEFAULT_MESSAGES = 20

export const getConversation = defineTool({
  name: 'get_conversation',
  title: 'Read Conversation',
  description: 'Gives the last messages of a conversation, or those before one.',
  capability: 'chat.read',
  input: Type.Object(
    {
      conversation: ConversationParameter,
      before: Type.Optional(
        Type.Integer({ minimum: 1, description: 'The id of a message; for older ones.' }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: DEFAULT_MESSAGES })),
      results: Type.Optional(Type.Boolean({ default: false, description: 'Also what tools gave.' })),
    },
    Options,
  ),
  output: Type.Object({
    conversation: ConversationOutput,
    messages: Type.Array(MessageOutput),
    older: Type.Optional(Type.Integer({ description: 'For older messages, give this as before.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'chat',
  async handler({ conversation: id, before, limit = DEFAULT_MESSAGES, results = false }, call, chat: Chat) {
    const { store, answers } = chat
    const conversation = store.conversation(id)
    const last = before === undefined ? conversation.tip : store.memberOf(conversation, before).parent
    const found = last === undefined ? [] : store.upTo(last, limit)
    const messages: MessageShape[] = []
    for (const message of found) {
      const live = await answers.follow(message, call)
      const { content, state } = live ?? (isOpen(message) ? store.message(message.id) : undefined) ?? message
      messages.push(messageShape({ ...message, content, state }, results))
    }
    const [oldest] = found
    const older = oldest?.parent === undefined ? undefined : oldest.id
    const more = older === undefined ? [] : [`There are older ones: call again with before ${older}.`]
    return {
      content: [
        {
          type: 'text' as const,
          text: [conversation.title, ...more, ...messages.map(transcriptOf)].join('\n\n'),
        },
      ],
      structured: {
        conversation: conversationShape(conversation),
        messages,
        ...(older !== undefined && { older }),
      },
    }
  },
})

import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { ConversationOutput, conversationShape, Options, READ_ONLY, told } from './shapes.ts'

const DEFAULT_HITS = 10

export const searchConversations = defineTool({
  name: 'search_conversations',
  title: 'Search Conversations',
  description: 'Finds conversations by words that were said in them.',
  capability: 'chat.read',
  input: Type.Object(
    {
      text: Type.String({ minLength: 1, maxLength: 1000 }),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: DEFAULT_HITS })),
    },
    Options,
  ),
  output: Type.Object({
    hits: Type.Array(
      Type.Object({
        conversation: ConversationOutput,
        message: Type.Optional(Type.Integer({ description: 'The newest message that has the words.' })),
        text: Type.String({ description: 'What is around them.' }),
      }),
    ),
  }),
  annotations: READ_ONLY,
  untrusted: 'chat',
  async handler({ text: asked, limit = DEFAULT_HITS }, _, chat: Chat) {
    const hits = chat.search(asked, limit).map(({ conversation, message, text }) => ({
      conversation: conversationShape(conversation),
      ...(message !== undefined && { message }),
      text,
    }))
    const lines = hits.map(({ conversation, text }) => `${told(conversation)}\n  ${text}`)
    return {
      content: [{ type: 'text' as const, text: lines.join('\n') || 'Nothing was found.' }],
      structured: { hits },
    }
  },
})

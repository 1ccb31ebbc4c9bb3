import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { exportPart } from '../exchange/export.ts'
import { ConversationParameter, Options, READ_ONLY } from './shapes.ts'

export const exportConversation = defineTool({
  name: 'export_conversation',
  title: 'Export Conversation',
  description: 'Gives all of a conversation as a document; a long one in parts, which follow each other.',
  capability: 'chat.read',
  input: Type.Object(
    {
      conversation: ConversationParameter,
      format: Type.Optional(Type.Enum(['markdown', 'json'], { default: 'markdown' })),
      from: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'next of the part before.' })),
    },
    Options,
  ),
  output: Type.Object({
    content: Type.String(),
    next: Type.Optional(Type.Integer({ description: 'For the next part, give this as from.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'chat',
  async handler({ conversation: id, format = 'markdown', from = 0 }, _, { store }: Chat) {
    const conversation = store.conversation(id)
    if (from > conversation.messages)
      throw new ToolError('It has fewer messages than that.', { kind: 'invalid' })
    const { content, next } = exportPart(store, conversation, format, from)
    return {
      content: [{ type: 'text' as const, text: content }],
      structured: { content, ...(next !== undefined && { next }) },
    }
  },
})

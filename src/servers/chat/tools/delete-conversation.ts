import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { ConversationParameter, Options } from './shapes.ts'

export const deleteConversation = defineTool({
  name: 'delete_conversation',
  title: 'Delete Conversation',
  description: 'Deletes a conversation for good. What forks of it share stays with them.',
  capability: 'chat.delete',
  input: Type.Object({ conversation: ConversationParameter }, Options),
  output: Type.Object({ id: Type.String(), title: Type.String() }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  asksItself: true,
  stake: ['conversation'],
  untrusted: 'chat',
  async handler({ conversation: named }, call, chat: Chat) {
    const conversation = chat.store.conversation(named)
    const { id, title, messages } = conversation
    call.consent(`delete the conversation ${JSON.stringify(title)} with ${messages} messages`, id)
    await chat.delete(conversation, call)
    return { structured: { id, title } }
  },
})

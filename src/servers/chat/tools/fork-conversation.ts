import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { isOpen } from '../store/shapes.ts'
import { CHANGES, ConversationOutput, ConversationParameter, conversationShape, Options } from './shapes.ts'

export const forkConversation = defineTool({
  name: 'fork_conversation',
  title: 'Fork Conversation',
  description: 'Begins a conversation that has the same messages, up to one of them.',
  capability: 'chat.use',
  input: Type.Object(
    {
      conversation: ConversationParameter,
      message: Type.Optional(
        Type.Integer({ minimum: 1, description: 'The id of the last one; all without.' }),
      ),
      title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    },
    Options,
  ),
  output: ConversationOutput,
  annotations: CHANGES,
  untrusted: 'chat',
  async handler({ conversation: id, message, title }, _, { store, clock }: Chat) {
    const conversation = store.conversation(id)
    const last = message ?? conversation.tip
    if (last === undefined) throw new ToolError('It has no messages yet.', { kind: 'invalid' })
    const found = store.memberOf(conversation, last)
    if (isOpen(found))
      throw new ToolError(
        (tool) => `Message ${last} is still being answered; ${tool('join')} waits for it.`,
        {
          kind: 'invalid',
        },
      )
    const from = title === undefined ? conversation : { ...conversation, title }
    return { structured: conversationShape(await store.fork(from, found.id, clock.wall())) }
  },
})

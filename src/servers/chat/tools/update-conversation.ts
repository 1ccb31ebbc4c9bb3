import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import type { Options as ChatOptions } from '../store/shapes.ts'
import {
  CHANGES,
  ConversationOutput,
  ConversationParameter,
  changed,
  conversationShape,
  ModelParameter,
  Options,
} from './shapes.ts'

export const updateConversation = defineTool({
  name: 'update_conversation',
  title: 'Change Conversation',
  description: 'Renames a conversation, or sets its model or whether the personal context is told in it.',
  capability: 'chat.use',
  input: Type.Object(
    {
      conversation: ConversationParameter,
      title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      model: ModelParameter,
      personalContext: Type.Optional(Type.Boolean()),
    },
    Options,
  ),
  output: ConversationOutput,
  annotations: { ...CHANGES, idempotentHint: true },
  untrusted: 'chat',
  async handler({ conversation: id, title, model, personalContext }, _, { store }: Chat) {
    const conversation = store.conversation(id)
    const { isImpersonal, ...others } = conversation.options
    const impersonal = personalContext === undefined ? isImpersonal : !personalContext
    const options: ChatOptions = {
      ...changed(others, { model }),
      ...(impersonal && { isImpersonal: true }),
    }
    return { structured: conversationShape(await store.change(conversation, { title, options })) }
  },
})

import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { readConversation } from '../exchange/import.ts'
import { MAX_IMPORT } from '../limits.ts'
import { CHANGES, ConversationOutput, conversationShape, Options } from './shapes.ts'

/** What a conversation counts as having read whose words come from a file. */
const IMPORTED = 'chat_import_conversation'

export const importConversation = defineTool({
  name: 'import_conversation',
  title: 'Import Conversation',
  description: 'Takes in a conversation that was exported as JSON.',
  capability: 'chat.use',
  input: Type.Object(
    {
      document: Type.String({ minLength: 2, maxLength: MAX_IMPORT }),
      origin: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, description: 'Names it: it is taken in once.' }),
      ),
    },
    Options,
  ),
  output: Type.Object({ conversation: ConversationOutput, isNew: Type.Boolean() }),
  annotations: { ...CHANGES },
  untrusted: 'chat',
  async handler({ document, origin }, _, { store, clock }: Chat) {
    const known = origin === undefined ? undefined : store.byOrigin(origin)
    if (known) return { structured: { conversation: conversationShape(known), isNew: false } }
    const { title, model, messages } = readConversation(document)
    const conversation = await store.import(clock.wall(), {
      title: title ?? messages[0]?.content ?? '',
      options: model === undefined ? {} : { model },
      read: [IMPORTED],
      origin,
      messages,
    })
    return { structured: { conversation: conversationShape(conversation), isNew: true } }
  },
})

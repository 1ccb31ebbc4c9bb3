import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { CHANGES, ConversationParameter, Options } from './shapes.ts'

export const stop = defineTool({
  name: 'stop',
  title: 'Stop Answer',
  description:
    'Stops the answer of a conversation, with the tools that it uses. What it said until then stays.',
  capability: 'chat.use',
  input: Type.Object({ conversation: ConversationParameter }, Options),
  output: Type.Object({ stopped: Type.Integer({ description: 'How many answers were waited for.' }) }),
  annotations: { ...CHANGES, idempotentHint: true },
  async handler({ conversation: id }, call, { store, answers }: Chat) {
    return { structured: { stopped: await answers.stop(store.conversation(id), call) } }
  },
})

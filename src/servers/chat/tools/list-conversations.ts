import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { wholeIn } from '../../../protocol/values.ts'
import type { Chat } from '../chat.ts'
import { ConversationOutput, conversationShape, Options, READ_ONLY, told } from './shapes.ts'

const DEFAULT_LIST = 20

export const listConversations = defineTool({
  name: 'list_conversations',
  title: 'List Conversations',
  description: 'Lists conversations, the newest first.',
  capability: 'chat.read',
  input: Type.Object(
    {
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: DEFAULT_LIST })),
      cursor: Type.Optional(Type.String({ maxLength: 100, description: 'nextCursor, for more.' })),
    },
    Options,
  ),
  output: Type.Object({
    conversations: Type.Array(ConversationOutput),
    nextCursor: Type.Optional(Type.String()),
  }),
  annotations: READ_ONLY,
  untrusted: 'chat',
  async handler({ limit = DEFAULT_LIST, cursor }, _, { store }: Chat) {
    const found = store.list(limit + 1, cursor === undefined ? undefined : placeIn(cursor))
    const page = found.slice(0, limit)
    const last = page.at(-1)
    const nextCursor = found.length > limit && last ? `${last.changed}-${last.number}` : undefined
    const conversations = page.map(conversationShape)
    const text = conversations.map(told).join('\n') || 'There are none.'
    const more = nextCursor === undefined ? '' : `\n\nThere are more: call again with cursor "${nextCursor}".`
    return {
      content: [{ type: 'text' as const, text: text + more }],
      structured: { conversations, ...(nextCursor !== undefined && { nextCursor }) },
    }
  },
})

function placeIn(cursor: string): { changed: number; number: number } {
  const [first, second] = cursor.split('-')
  const [changed, number] = [wholeIn(first), wholeIn(second, 1)]
  if (changed === undefined || number === undefined)
    throw new ToolError('This cursor is none that a list gave. Ask again without one.', { kind: 'invalid' })
  return { changed, number }
}

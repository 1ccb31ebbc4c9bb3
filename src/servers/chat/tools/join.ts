import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Chat } from '../chat.ts'
import { answerReply, waitFor } from './answer.ts'
import { AnswerOutput, ConversationParameter, Options, READ_ONLY } from './shapes.ts'

export const join = defineTool({
  name: 'join',
  title: 'Wait for Answer',
  description: 'Waits for the last answer of a conversation, and gives it.',
  capability: 'chat.read',
  input: Type.Object({ conversation: ConversationParameter }, Options),
  output: AnswerOutput,
  annotations: READ_ONLY,
  untrusted: 'chat',
  async handler({ conversation: id }, call, chat: Chat) {
    const { store, answers } = chat
    const conversation = store.conversation(id)
    const last = conversation.tip === undefined ? undefined : store.message(conversation.tip)
    if (last?.role !== 'assistant') throw new ToolError('Nothing was asked in it.', { kind: 'not_found' })
    const live = await answers.follow(last, call)
    if (live) return waitFor(live, conversation, call, chat)
    return answerReply(conversation, store.message(last.id) ?? last, call)
  },
})

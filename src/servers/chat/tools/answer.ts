/** An answer that is waited for, as the result of a call. */

import type { ToolContext, ToolReply } from '../../../protocol/define.ts'
import type { Static } from '../../../protocol/schema.ts'
import { follow } from '../answering/following.ts'
import type { LiveAnswer } from '../answering/live-answer.ts'
import type { Chat } from '../chat.ts'
import { type Conversation, isOpen, type Message } from '../store/shapes.ts'
import type { AnswerOutput } from './shapes.ts'

type AnswerShape = Static<typeof AnswerOutput>
/** An answer, waited for or kept. */
type Given = Pick<Message, 'id' | 'content' | 'state' | 'why' | 'about'>

/** Rejects with the reason of the call's signal; the answer goes on. */
export async function waitFor(
  live: LiveAnswer,
  conversation: Conversation,
  call: ToolContext,
  { clock }: Chat,
): Promise<ToolReply<AnswerShape>> {
  await follow(live, call, clock)
  return answerReply(conversation, live, call)
}

export function answerReply(
  { id: conversation }: Conversation,
  { id: message, content: text, state, why, about: { ended, model } }: Given,
  { nameOf }: Pick<ToolContext, 'nameOf'>,
): ToolReply<AnswerShape> {
  const answer = {
    conversation,
    message,
    text,
    state,
    ...(why !== undefined && { why }),
    ...(ended !== undefined && { ended }),
    ...(model !== undefined && { model }),
  }
  const note = isOpen({ state })
    ? `It is still being answered; ${nameOf('join')} waits for it.`
    : state === 'broken_off'
      ? `The answer broke off. ${why ?? ''}`.trim()
      : state === 'stopped'
        ? 'The answer was stopped.'
        : undefined
  const parts = [text, note ?? '', `(conversation ${conversation})`].filter((part) => part !== '')
  const content = parts.map((part) => ({ type: 'text' as const, text: part }))
  return { content, structured: answer, ...(state === 'broken_off' && text === '' && { isError: true }) }
}

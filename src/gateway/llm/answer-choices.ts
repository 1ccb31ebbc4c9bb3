/** The choices of a whole answer: what a server of models says of them is unknown until it is looked at here. */
import { type ChatDelta, isChatDelta } from '../../protocol/model-delta.ts'
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'
import { ModelFailure } from './failure.ts'
import type { JsonObject } from './request.ts'

/** One choice, as the one delta that it comes to. */
export interface AnswerChoice {
  index: number
  delta: ChatDelta
  /** Why it ended; undefined where that is not said. */
  finishReason: string | undefined
  /** What else is said of it, such as `logprobs`. */
  more: JsonObject
}

/** The choices of a conversation's answer, or of a text's. Throws a ModelFailure for what is none. */
export function readChoices({ choices }: JsonObject): AnswerChoice[] {
  if (!Array.isArray(choices)) throw brokenAnswer()
  return choices.map((choice) => {
    if (!isRecord(choice)) throw brokenAnswer()
    const { index = 0, message, text, finish_reason: reason, ...more } = choice
    const delta = isRecord(message) ? numbered(message) : { content: text ?? '' }
    if (!isWhole(index, 0) || !isChatDelta(delta)) throw brokenAnswer()
    return { index, delta, finishReason: textIn(reason), more }
  })
}

/** The text of a delta, whatever it is for: what is counted. */
export function textOf({
  content,
  reasoning_content: reasoning,
  refusal,
  tool_calls: calls,
}: ChatDelta): string {
  let text = (content ?? '') + (reasoning ?? '') + (refusal ?? '')
  for (const call of calls ?? []) text += (call.function?.name ?? '') + (call.function?.arguments ?? '')
  return text
}

/** The text of all of them. */
export const answerText = (choices: readonly AnswerChoice[]): string =>
  choices.map(({ delta }) => textOf(delta)).join('')

export const brokenAnswer = (): ModelFailure =>
  new ModelFailure('broken_answer', 'The language model gave an answer that is none.')

/** In a delta each call of a tool says which it is. */
function numbered(message: JsonObject): JsonObject {
  if (!Array.isArray(message.tool_calls)) return message
  return {
    ...message,
    tool_calls: message.tool_calls.map((call, index) => (isRecord(call) ? { index, ...call } : call)),
  }
}

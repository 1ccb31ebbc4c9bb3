/** What happens to a conversation that is too long for the model's context. */
import { type ChatMessage, type ChatRequest, EngineError } from '../../../models/engine.ts'

/** What is left for the answer at least, in tokens, unless less is asked for: the least that is of use. */
const LEAST_ANSWER = 64
/** What is kept free for a long answer where the oldest turns may go, as a part of the context. */
const ANSWERS_PART = 1 / 4

/** The most tokens that the answer may have, as far as the request says. */
export const askedTokens = (request: { max_tokens?: number; max_completion_tokens?: number }) =>
  request.max_completion_tokens ?? request.max_tokens

export interface Fitted<T> {
  tokens: T[]
  dropped: number
}

/**
 * The tokens of a conversation that leaves room for its answer. Where it doesn't, it is refused with the numbers, or,
 * if the request says `drop_oldest`, its oldest turns are left out: never the system's words, never the last turn, and
 * never a tool's result without its call.
 */
export function fit<T>(
  { messages, context_overflow: policy = 'error', ...request }: ChatRequest,
  context: number,
  tokenize: (messages: readonly ChatMessage[]) => T[],
): Fitted<T> {
  // A longer answer than there is room for ends where the context does.
  const most = policy === 'drop_oldest' ? Math.max(LEAST_ANSWER, context * ANSWERS_PART) : LEAST_ANSWER
  const reserve = Math.max(Math.min(askedTokens(request) ?? LEAST_ANSWER, most), 1)
  let kept = messages
  for (;;) {
    const tokens = tokenize(kept)
    if (tokens.length + reserve <= context) return { tokens, dropped: messages.length - kept.length }
    const shorter = policy === 'drop_oldest' ? withoutOldestTurn(kept) : undefined
    if (shorter === undefined) throw overflow(tokens.length, context)
    kept = shorter
  }
}

/** Throws an EngineError with the numbers where a prompt leaves no room for any answer. */
export function checkRoom(promptTokens: number, context: number): void {
  if (promptTokens >= context) throw overflow(promptTokens, context)
}

function overflow(promptTokens: number, context: number): EngineError {
  return new EngineError(
    'context_length_exceeded',
    `The prompt has ${promptTokens} tokens, and the model's context has ${context} for it and the answer. Shorten the conversation, or send "context_overflow": "drop_oldest".`,
    { details: { prompt_tokens: promptTokens, context } },
  )
}

/** A turn begins with a message of the user. */
function withoutOldestTurn(messages: readonly ChatMessage[]): ChatMessage[] | undefined {
  const isSystem = ({ role }: ChatMessage) => role === 'system' || role === 'developer'
  const first = messages.findIndex((message) => !isSystem(message))
  const next = messages.findIndex((message, i) => i > first && message.role === 'user')
  if (first < 0 || next < 0) return undefined
  return [...messages.slice(0, first), ...messages.slice(next)]
}

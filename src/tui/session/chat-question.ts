/** A question to a language model: what is sent, and the answer. */
import type { GatewayLink } from '../../command/link.ts'
import { troubleWithModel } from '../../command/llm/troubles.ts'
import type { ChatDelta, ChatRequest, ChatTurn, ToolOffer } from '../model/chat.ts'
import { streamChat } from './chat-stream.ts'
import { type Counter, chooseTools, counter } from './tool-choice.ts'

/** What is kept free for the answer: a part of the context, and at most so many tokens. */
const ANSWER_SHARE = 1 / 8
const MOST_ANSWER = 1024
/** What tools gave is cut no shorter than this, in characters. */
const LEAST_RESULT = 200

export interface Asking {
  socket: string
  link: GatewayLink
  signal: AbortSignal
  onOffer(offer: ToolOffer): void
  onDelta(delta: ChatDelta): void
}

/** Settles once the answer is whole. Rejects with an Error for people. */
export async function askModel(
  request: ChatRequest,
  { socket, link, signal, onOffer, onDelta }: Asking,
): Promise<void> {
  try {
    const count = counter(link, request.model, signal)
    const { tools, offer, context } = await chooseTools(request, link, count, signal)
    const messages =
      context === undefined ? request.messages : await fitting({ ...request, tools }, context, count)
    onOffer({ ...offer, ...(messages === request.messages ? {} : { isCut: true }) })
    await streamChat(socket, { ...request, messages, tools }, onDelta, signal)
  } catch (cause) {
    signal.throwIfAborted()
    const told = troubleWithModel(cause, 'view')
    throw told === undefined ? cause : new Error(told, { cause })
  }
}

/**
 * Older turns can be left out by the model's server. What tools gave in this one can't, so it is cut until it fits
 * for an answer.
 */
async function fitting(
  { messages, tools }: ChatRequest,
  context: number,
  count: Counter,
): Promise<readonly ChatTurn[]> {
  const from = messages.findLastIndex(({ role }) => role === 'user')
  const results = messages.slice(from).filter(({ role }) => role === 'tool')
  let most = Math.max(0, ...results.map(({ content }) => content?.length ?? 0))
  const budget = context - Math.min(MOST_ANSWER, Math.floor(context * ANSWER_SHARE))
  let shorter = messages
  while (most > LEAST_RESULT) {
    const counted = await count(shorter.slice(from), tools)
    if (counted === undefined || counted.tokens <= budget) break
    most = Math.max(LEAST_RESULT, Math.floor(most / 2))
    shorter = messages.map((turn, i) => (i > from && turn.role === 'tool' ? cut(turn, most) : turn))
  }
  return shorter
}

const cut = <T extends { content: string }>(turn: T, most: number): T =>
  turn.content.length <= most
    ? turn
    : {
        ...turn,
        content: `${turn.content.slice(0, most)}\n[The rest does not fit into the model’s context.]`,
      }

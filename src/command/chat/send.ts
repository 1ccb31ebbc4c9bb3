/** A question in a conversation, and the parts of its answer as they come. */
import { CHAT_LOGGER, type ChatPart } from '../../contracts/chat.ts'
import { ERRORS } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type CallToolResult, META, METHOD, NOTIFICATION } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import { textOf } from '../catalogue.ts'
import { CliError } from '../cli-error.ts'
import type { GatewayLink } from '../link.ts'
import { type AnswerInfo, answerIn, partIn } from './conversations.ts'

export interface Question {
  text: string
  /** Its id; a new one begins without. */
  conversation?: string
  files?: readonly string[]
  /** From now on; the gateway's default where it is empty. */
  model?: string
  level?: number
  /** The tools that may be used from now on: none where it is empty, any with `auto`. */
  tools?: readonly string[] | 'auto'
}

export interface Following {
  /** Aborting it stops the answer, and the tools that it uses; unless that goes on. */
  signal: AbortSignal
  goesOn?: boolean
  onPart(part: ChatPart): void
}

/** The answer, once it has ended. Throws a CliError, or the reason of the signal. */
export const sendMessage = (
  link: GatewayLink,
  question: Question,
  following: Following,
): Promise<AnswerInfo> => followed(link, 'chat_send', { ...question }, following)

/** The last answer of a conversation. As `sendMessage`; parts come from its beginning. */
export const joinAnswer = (
  link: GatewayLink,
  conversation: string,
  following: Following,
): Promise<AnswerInfo> => followed(link, 'chat_join', { conversation }, following)

async function followed(
  link: GatewayLink,
  name: string,
  args: Record<string, unknown>,
  { signal, onPart, goesOn = false }: Following,
): Promise<AnswerInfo> {
  const parts = new Parts(onPart)
  try {
    let answer = await once(link, name, args, signal, parts)
    while (!answer || answer.state === 'running' || answer.state === 'waiting') {
      const conversation = answer?.conversation ?? parts.conversation
      if (conversation === undefined)
        throw new CliError('failed', 'It is not known what became of the question.')
      answer = await once(link, 'chat_join', { conversation }, signal, parts)
    }
    return answer
  } catch (error) {
    if (signal.aborted && !goesOn && parts.conversation !== undefined)
      await stopAnswer(link, parts.conversation)
    throw error
  }
}

/** Where it can't be stopped, whoever left need not hear of it. */
async function stopAnswer(link: GatewayLink, conversation: string): Promise<void> {
  try {
    await link.request(METHOD.callTool, { name: 'chat_stop', arguments: { conversation } })
  } catch (error) {
    if (!(error instanceof CliError)) throw error
  }
}

/** One call; undefined where it took as long as calls may. */
async function once(
  link: GatewayLink,
  name: string,
  args: Record<string, unknown>,
  signal: AbortSignal,
  parts: Parts,
): Promise<AnswerInfo | undefined> {
  parts.begin()
  try {
    const result = (await link.request(
      METHOD.callTool,
      { name, arguments: args, _meta: { [META.logLevel]: 'debug' } },
      {
        signal,
        onNotification(method, { logger, data }) {
          const part = method === NOTIFICATION.message && logger === CHAT_LOGGER ? partIn(data) : undefined
          if (part) parts.take(part)
        },
      },
    )) as CallToolResult
    const answer = answerIn(result.structuredContent)
    if (answer) return answer
    throw new CliError(
      'failed',
      result.isError
        ? textOf(result)
        : `What ${name} gave can't be understood; the gateway may be of another version.`,
    )
  } catch (error) {
    if (parts.conversation !== undefined && tookTooLong(error)) return undefined
    throw error
  }
}

function tookTooLong(error: unknown): boolean {
  const cause = error instanceof CliError ? error.cause : undefined
  return (
    cause instanceof RpcError &&
    cause.code === ERRORS.INTERNAL.code &&
    isRecord(cause.data) &&
    cause.data.limit === 'calls.timeoutSeconds'
  )
}

/** Each call tells the parts from the answer's beginning: what was told before is left out. */
class Parts {
  conversation: string | undefined
  readonly #onPart: (part: ChatPart) => void
  #toldChars = 0
  #toldOthers = 0
  #chars = 0
  #others = 0

  constructor(onPart: (part: ChatPart) => void) {
    this.#onPart = onPart
  }

  begin(): void {
    this.#chars = 0
    this.#others = 0
  }

  take(part: ChatPart): void {
    if ('conversation' in part) this.conversation = part.conversation
    if (!('text' in part)) {
      if (++this.#others <= this.#toldOthers) return
      this.#toldOthers = this.#others
      this.#onPart(part)
      return
    }
    const known = Math.max(0, this.#toldChars - this.#chars)
    this.#chars += part.text.length
    this.#toldChars = Math.max(this.#toldChars, this.#chars)
    if (known < part.text.length) this.#onPart({ text: part.text.slice(known) })
  }
}

/** One question to a language model: its answer as it comes, or as a whole. */
import type { ChatPart } from '../../contracts/chat.ts'
import type { LoopReport } from '../../contracts/tool-loop.ts'
import { isRecord } from '../../protocol/values.ts'
import { partIn } from '../chat/conversations.ts'
import type { Context } from '../command.ts'
import { patiently } from '../output.ts'

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface Completion {
  model?: string
  choices?: { message?: { content?: string | null }; finish_reason?: string }[]
  llmbasedos?: { loop?: Pick<LoopReport, 'read'> }
}

export interface Question {
  messages: readonly Message[]
  options: Record<string, unknown>
  /** Called with each piece of the answer's text, and with what the model does meanwhile. */
  onPart(part: ChatPart): void
}

const METHOD = 'mcp.llm.chat'

/** The whole answer. Throws a CliError, or the reason of the context's signal. */
export async function ask({ messages, options, onPart }: Question, context: Context): Promise<Completion> {
  const { signal } = context
  const link = await context.gateway()
  const heard = Promise.withResolvers<void>()
  let place: number | undefined
  const work = link.request(
    METHOD,
    { arguments: [messages, options] },
    {
      signal,
      onNotification: (_, { chunk, queued }) => {
        if (isRecord(queued) && typeof queued.position === 'number') place = queued.position
        const part = partOf(chunk)
        if (!part) return
        // The line that says how long it takes must go before the answer begins.
        heard.resolve()
        queueMicrotask(() => onPart(part))
      },
    },
  )
  const label = () => (place === undefined ? 'the model is thinking' : `waiting, ${place} before it`)
  await patiently(context, label, Promise.race([heard.promise, work]))
  return (await work).value as Completion
}

function partOf(chunk: unknown): ChatPart | undefined {
  if (!isRecord(chunk)) return undefined
  const own = isRecord(chunk.llmbasedos) ? partIn({ step: chunk.llmbasedos.step }) : undefined
  const [choice] = Array.isArray(chunk.choices) ? chunk.choices.filter(isRecord) : []
  const text = isRecord(choice?.delta) ? choice.delta.content : undefined
  return typeof text === 'string' && text !== '' ? { text } : own
}

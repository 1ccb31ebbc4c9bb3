/** One question to a language model: its answer as it comes, or as a whole. */
import { isRecord } from '../../protocol/values.ts'
import type { Context } from '../command.ts'
import { patiently } from '../output.ts'

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface Completion {
  model?: string
  choices?: { message?: { content?: string | null }; finish_reason?: string }[]
}

export interface Question {
  messages: readonly Message[]
  options: Record<string, unknown>
  /** Called with each piece of the answer's text. */
  onText(text: string): void
}

const METHOD = 'mcp.llm.chat'

/** The whole answer. Throws a CliError, or the reason of the context's signal. */
export async function ask({ messages, options, onText }: Question, context: Context): Promise<Completion> {
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
        const text = textOf(chunk)
        if (text === '') return
        // The line that says how long it takes must go before the answer begins.
        heard.resolve()
        queueMicrotask(() => onText(text))
      },
    },
  )
  const label = () => (place === undefined ? 'the model is thinking' : `waiting, ${place} before it`)
  await patiently(context, label, Promise.race([heard.promise, work]))
  return (await work).value as Completion
}

function textOf(chunk: unknown): string {
  const choices = isRecord(chunk) && Array.isArray(chunk.choices) ? chunk.choices : []
  const [choice] = choices.filter(isRecord)
  const content = isRecord(choice?.delta) ? choice.delta.content : undefined
  return typeof content === 'string' ? content : ''
}

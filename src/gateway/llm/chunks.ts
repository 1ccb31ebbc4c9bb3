/** The deltas of a streamed answer, in the shape of OpenAI's chunks. */
import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import type { ChatDelta, Delta } from '../../protocol/model-delta.ts'
import type { AnswerChoice } from './answer-choices.ts'
import type { JsonObject, Task } from './request.ts'

/** OpenAI's chunks, but for what providers may fill with words of their own. What they add to them is there as it came. */
type ChatChoice = Pick<OpenAI.ChatCompletionChunk.Choice, 'index'> & {
  delta: ChatDelta
  finish_reason: string | null
  logprobs?: unknown
}
type TextChoice = Pick<OpenAI.CompletionChoice, 'index' | 'text'> & {
  finish_reason: string | null
  logprobs?: unknown
}
export type ChatChunk = Pick<OpenAI.ChatCompletionChunk, 'id' | 'object' | 'created' | 'model'> & {
  choices: ChatChoice[]
  usage?: Usage
  llmbasedos?: JsonObject
}
export type TextChunk = Pick<OpenAI.Completion, 'id' | 'object' | 'created' | 'model'> & {
  choices: TextChoice[]
  usage?: Usage
  llmbasedos?: JsonObject
}
export type Chunk = ChatChunk | TextChunk

/** What an answer took; one that is not written, such as vectors, has no tokens of its own. */
export type Usage = Pick<OpenAI.CompletionUsage, 'prompt_tokens' | 'total_tokens'> & {
  completion_tokens?: number
}

/** The delta of a chunk's first choice; undefined where it has none. */
export function deltaIn({ choices: [choice] }: Chunk): ChatDelta | undefined {
  if (!choice) return undefined
  return 'delta' in choice ? choice.delta : { content: choice.text }
}

/** Makes the chunks of one answer, which share their head. */
export function chunkMaker(task: Task, model: string, now: () => number = Date.now) {
  const isChat = task === 'chat'
  const shared = { created: Math.floor(now() / 1000), model }
  const chatHead = { id: `chatcmpl-${randomUUID()}`, object: 'chat.completion.chunk', ...shared } as const
  const textHead = { id: `cmpl-${randomUUID()}`, object: 'text_completion', ...shared } as const
  const begun = new Set<number>()
  const ended = new Set<number>()

  return {
    of({ index = 0, delta, finish_reason: reason, more, around }: Delta): Chunk {
      const first = !begun.has(index)
      begun.add(index)
      if (reason !== undefined) ended.add(index)
      const finish_reason = reason ?? null
      if (!isChat) {
        const text = delta.content ?? ''
        return { ...around, ...textHead, choices: [{ logprobs: null, ...more, index, text, finish_reason }] }
      }
      const spoken = first ? { role: 'assistant', content: '', ...delta } : delta
      return {
        ...around,
        ...chatHead,
        choices: [{ logprobs: null, ...more, index, delta: spoken, finish_reason }],
      }
    },
    /** What of a whole answer was not sent yet: all of it, or why it ended. `own` is said beside the last of each choice. */
    rest(choices: readonly AnswerChoice[], own: JsonObject): Chunk[] {
      return choices.flatMap(({ index, delta, finishReason, more }) => {
        if (ended.has(index)) return []
        const unsent = begun.has(index) ? { delta: {} } : { delta, more }
        return [{ ...this.of({ index, ...unsent, finish_reason: finishReason ?? 'stop' }), ...own }]
      })
    },
    usage: (usage: Usage): Chunk => ({ ...(isChat ? chatHead : textHead), choices: [], usage }),
    /** What is no part of the answer. */
    beside: (own: JsonObject): Chunk => ({
      ...(isChat ? chatHead : textHead),
      choices: [],
      llmbasedos: own,
    }),
  }
}

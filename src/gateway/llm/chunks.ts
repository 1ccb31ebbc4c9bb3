/** The pieces of a streamed answer, in the shape of OpenAI's chunks. */
import { randomUUID } from 'node:crypto'
import { isRecord, textIn } from '../../protocol/values.ts'
import type { JsonObject, Task } from './request.ts'

/** What a server tells of one choice: its part of the answer, and why it ended if it has. */
export interface Piece {
  index?: number
  delta: JsonObject
  finish_reason?: string
  /** What else a provider says of the choice, such as `logprobs`, and in the chunk around it. */
  more?: JsonObject
  around?: JsonObject
}

export const asPiece = (told: JsonObject): Piece | undefined =>
  isRecord(told.delta) ? (told as unknown as Piece) : undefined

/** The text of a piece, whatever it is for: what is counted. */
export function textOf({ delta }: Piece): string {
  const { content, reasoning_content: reasoning, refusal, tool_calls: calls } = delta
  const texts = [content, reasoning, refusal].filter((text) => typeof text === 'string')
  const named = (Array.isArray(calls) ? calls : []).map((call) =>
    isRecord(call?.function)
      ? (textIn(call.function.name) ?? '') + (textIn(call.function.arguments) ?? '')
      : '',
  )
  return [...texts, ...named].join('')
}

/** The text of a whole answer, of all its choices. */
export const answerText = ({ choices }: JsonObject): string =>
  (Array.isArray(choices) ? choices.filter(isRecord) : [])
    .map(({ message, text }) => textOf({ delta: isRecord(message) ? message : { content: text } }))
    .join('')

/** Makes the chunks of one answer, which share their head. */
export function chunkMaker(task: Task, model: string, now: () => number = Date.now) {
  const isChat = task === 'chat'
  const head = {
    id: `${isChat ? 'chatcmpl' : 'cmpl'}-${randomUUID()}`,
    object: isChat ? 'chat.completion.chunk' : 'text_completion',
    created: Math.floor(now() / 1000),
    model,
  }
  const begun = new Set<number>()
  const ended = new Set<number>()
  const one = (
    index: number,
    rest: JsonObject,
    { more, around }: Pick<Piece, 'more' | 'around'>,
  ): JsonObject => ({
    ...around,
    ...head,
    choices: [{ ...{ logprobs: null }, ...more, index, ...rest }],
  })

  return {
    of({ index = 0, delta, finish_reason: reason, ...others }: Piece): JsonObject {
      const first = !begun.has(index)
      begun.add(index)
      if (reason !== undefined) ended.add(index)
      if (!isChat) return one(index, { text: delta.content ?? '', finish_reason: reason ?? null }, others)
      const spoken = first ? { role: 'assistant', content: '', ...delta } : delta
      return one(index, { delta: spoken, finish_reason: reason ?? null }, others)
    },
    /** What of a whole answer was not told yet: all of it, or why it ended. */
    rest(answer: JsonObject): JsonObject[] {
      const choices = Array.isArray(answer.choices) ? answer.choices.filter(isRecord) : []
      return choices.flatMap((choice) => {
        const index = typeof choice.index === 'number' ? choice.index : 0
        if (ended.has(index)) return []
        const { index: _, message, text, finish_reason: reason, ...more } = choice
        const whole = isRecord(message) ? message : { content: text ?? '' }
        const untold = begun.has(index) ? { delta: {} } : { delta: numbered(whole), more }
        const last = this.of({ index, ...untold, finish_reason: textIn(reason) ?? 'stop' })
        return [answer.llmbasedos === undefined ? last : { ...last, llmbasedos: answer.llmbasedos }]
      })
    },
    usage: (usage: JsonObject): JsonObject => ({ ...head, choices: [], usage }),
  }
}

/** In a stream each call of a tool says which it is. */
function numbered(message: JsonObject): JsonObject {
  if (!Array.isArray(message.tool_calls)) return message
  return { ...message, tool_calls: message.tool_calls.map((call, index) => ({ index, ...call })) }
}

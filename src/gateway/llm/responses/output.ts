/** The output of a response: its items as they grow, and the event that tells each step. */
import { randomUUID } from 'node:crypto'
import type OpenAI from 'openai'
import type { ChatDelta, ToolCallDelta } from '../../../protocol/model-delta.ts'

const idOf = (kind: string): string => `${kind}_${randomUUID().replaceAll('-', '')}`

type MessageItem = OpenAI.Responses.ResponseOutputMessage
type CallItem = OpenAI.Responses.ResponseFunctionToolCall & { id: string }
type Item = MessageItem | CallItem

type Unnumbered<T> = T extends { sequence_number: number } ? Omit<T, 'sequence_number'> : never
/** An event about a part of a response, before it has its number. */
export type OutputEvent = Unnumbered<
  Exclude<OpenAI.Responses.ResponseStreamEvent, { response: OpenAI.Responses.Response }>
>

/** Puts an answer together from the deltas of a conversation. `emit` is given the events, without their numbers. */
export function outputOf(emit: (event: OutputEvent) => void) {
  const items: Item[] = []
  /** The items of calls, by their index in the conversation's deltas. */
  const calls = new Map<number, CallItem>()
  let message: { item: MessageItem; part: OpenAI.Responses.ResponseOutputText } | undefined
  const placeOf = (item: Item) => ({ item_id: item.id, output_index: items.indexOf(item) })

  function add<T extends Item>(item: T): T {
    items.push(item)
    emit({ type: 'response.output_item.added', output_index: items.length - 1, item: structuredClone(item) })
    return item
  }

  function say(text: string): void {
    message ??= beginMessage()
    const { item, part } = message
    part.text += text
    const place = { ...placeOf(item), content_index: 0 }
    emit({ type: 'response.output_text.delta', ...place, delta: text, logprobs: [] })
  }

  function beginMessage(): NonNullable<typeof message> {
    const item = add<MessageItem>({
      type: 'message',
      id: idOf('msg'),
      role: 'assistant',
      status: 'in_progress',
      content: [],
    })
    const part: OpenAI.Responses.ResponseOutputText = { type: 'output_text', text: '', annotations: [] }
    item.content.push(part)
    emit({ type: 'response.content_part.added', ...placeOf(item), content_index: 0, part: { ...part } })
    return { item, part }
  }

  function call({ index, id, function: { name = '', arguments: args = '' } = {} }: ToolCallDelta): void {
    let item = calls.get(index)
    if (item) item.name += name
    else {
      item = add<CallItem>({
        type: 'function_call',
        id: idOf('fc'),
        call_id: id ?? idOf('call'),
        name,
        arguments: '',
        status: 'in_progress',
      })
      calls.set(index, item)
    }
    if (args === '') return
    item.arguments += args
    emit({ type: 'response.function_call_arguments.delta', ...placeOf(item), delta: args })
  }

  return {
    items,
    /** Takes in the next part of the answer. */
    add({ content, tool_calls: made }: ChatDelta): void {
      if (content) say(content)
      for (const part of made ?? []) call(part)
    },
    /** No more will come. */
    end(status: 'completed' | 'incomplete'): void {
      for (const item of items) {
        item.status = status
        const place = placeOf(item)
        if (item.type === 'message') endText(place)
        else {
          const done = { ...place, name: item.name, arguments: item.arguments }
          emit({ type: 'response.function_call_arguments.done', ...done })
        }
        emit({ type: 'response.output_item.done', output_index: place.output_index, item })
      }
    },
  }

  function endText(place: ReturnType<typeof placeOf>): void {
    if (!message) return
    const { part } = message
    emit({ type: 'response.output_text.done', ...place, content_index: 0, text: part.text, logprobs: [] })
    emit({ type: 'response.content_part.done', ...place, content_index: 0, part })
  }
}

export const responseId = (): string => idOf('resp')

/** The output of a response: its items as they grow, and the event that tells each step. */
import { randomUUID } from 'node:crypto'
import { isRecord, textIn } from '../../../protocol/values.ts'
import type { JsonObject } from '../request.ts'

const idOf = (kind: string): string => `${kind}_${randomUUID().replaceAll('-', '')}`

interface MessageItem {
  type: 'message'
  id: string
  role: 'assistant'
  status: 'in_progress' | 'completed' | 'incomplete'
  content: { type: 'output_text'; text: string; annotations: [] }[]
}
interface CallItem {
  type: 'function_call'
  id: string
  call_id: string
  name: string
  arguments: string
  status: MessageItem['status']
}
type Item = MessageItem | CallItem

/** Puts an answer together from the pieces of a conversation. `emit` is given the events, without their numbers. */
export function outputOf(emit: (event: JsonObject) => void) {
  const items: Item[] = []
  /** The items of calls, by their index in the conversation's pieces. */
  const calls = new Map<number, CallItem>()
  let message: MessageItem | undefined
  const placeOf = (item: Item) => ({ item_id: item.id, output_index: items.indexOf(item) })

  function add<T extends Item>(item: T): T {
    items.push(item)
    emit({ type: 'response.output_item.added', output_index: items.length - 1, item: structuredClone(item) })
    return item
  }

  function say(text: string): void {
    if (!message) {
      message = add({
        ...{ type: 'message', id: idOf('msg'), role: 'assistant', status: 'in_progress' },
        content: [],
      } satisfies MessageItem as MessageItem)
      message.content.push({ type: 'output_text', text: '', annotations: [] })
      const part = { type: 'output_text', text: '', annotations: [] }
      emit({ type: 'response.content_part.added', ...placeOf(message), content_index: 0, part })
    }
    const [part] = message.content
    if (part) part.text += text
    const place = { ...placeOf(message), content_index: 0 }
    emit({ type: 'response.output_text.delta', ...place, delta: text, logprobs: [] })
  }

  function call(part: JsonObject): void {
    const index = typeof part.index === 'number' ? part.index : calls.size
    const named = isRecord(part.function) ? part.function : {}
    let item = calls.get(index)
    if (!item) {
      item = add({
        ...{ type: 'function_call', id: idOf('fc'), call_id: textIn(part.id) ?? idOf('call') },
        ...{ name: '', arguments: '', status: 'in_progress' },
        ...(typeof named.name === 'string' ? { name: named.name } : {}),
      } as CallItem)
      calls.set(index, item)
    } else if (typeof named.name === 'string') item.name += named.name
    if (typeof named.arguments !== 'string' || named.arguments === '') return
    item.arguments += named.arguments
    const delta = { ...placeOf(item), delta: named.arguments }
    emit({ type: 'response.function_call_arguments.delta', ...delta })
  }

  return {
    items,
    /** Takes in a piece of the answer. */
    add(delta: JsonObject): void {
      if (typeof delta.content === 'string' && delta.content !== '') say(delta.content)
      if (Array.isArray(delta.tool_calls)) for (const part of delta.tool_calls.filter(isRecord)) call(part)
    },
    /** No more will come. */
    end(status: 'completed' | 'incomplete'): void {
      for (const item of items) {
        item.status = status
        const place = placeOf(item)
        if (item.type === 'message') {
          const [part] = item.content
          const text = { ...place, content_index: 0, text: part?.text, logprobs: [] }
          emit({ type: 'response.output_text.done', ...text })
          emit({ type: 'response.content_part.done', ...place, content_index: 0, part })
        } else {
          const done = { ...place, name: item.name, arguments: item.arguments }
          emit({ type: 'response.function_call_arguments.done', ...done })
        }
        emit({ type: 'response.output_item.done', output_index: place.output_index, item })
      }
    },
  }
}

export const responseId = (): string => idOf('resp')

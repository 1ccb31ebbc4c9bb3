/** The whole answer out of the pieces of a stream, of a conversation (`delta`) or of a plain text (`text`). */
import { isRecord } from '../../protocol/values.ts'
import type { Chunk } from './providers.ts'

type Fields = Record<string, unknown>

/** What is told of one choice: its part of the answer, and why it ended if it has. */
export interface Piece {
  /** Only where there are several. */
  index?: number
  delta: Fields
  finish_reason?: string
}

interface Choice {
  message: Fields
  text: string
  finishReason: string | null
}

export function assemble() {
  const choices = new Map<number, Choice>()
  let head: Fields = {}
  let usage: unknown
  let isText = false

  return {
    /** Takes a chunk in, and gives what is new in it. */
    add(chunk: Chunk): Piece[] {
      const { choices: given, usage: counted, ...rest } = chunk
      head = { ...head, ...rest }
      usage = counted ?? usage
      isText ||= rest.object === 'text_completion'
      return (Array.isArray(given) ? given : []).filter(isRecord).flatMap((one) => {
        const index = Number.isSafeInteger(one.index) ? (one.index as number) : 0
        const choice = choices.get(index) ?? { message: {}, text: '', finishReason: null }
        choices.set(index, choice)
        const delta = isRecord(one.delta) ? one.delta : {}
        const text = typeof one.text === 'string' ? one.text : ''
        merge(choice.message, delta)
        choice.text += text
        const reason = typeof one.finish_reason === 'string' ? one.finish_reason : undefined
        choice.finishReason = reason ?? choice.finishReason
        const told = isText ? { content: text } : delta
        return [
          {
            ...(index === 0 ? {} : { index }),
            delta: told,
            ...(reason === undefined ? {} : { finish_reason: reason }),
          },
        ]
      })
    },
    result: (): Fields => ({
      ...head,
      object: isText ? 'text_completion' : 'chat.completion',
      choices: [...choices].map(([index, { message, text, finishReason }]) => ({
        index,
        ...(isText ? { text } : { message: { role: 'assistant', content: null, ...message } }),
        finish_reason: finishReason,
      })),
      ...(usage === undefined ? {} : { usage }),
    }),
  }
}

/** Texts are joined, and calls of tools by their index; all else is what was said last. */
function merge(message: Fields, delta: Fields): void {
  for (const [key, value] of Object.entries(delta)) {
    const before = message[key]
    if (key === 'tool_calls' && Array.isArray(value)) message[key] = mergeCalls(before, value)
    else if (key !== 'role' && typeof value === 'string' && typeof before === 'string')
      message[key] = before + value
    else if (value !== null || before === undefined) message[key] = value
  }
}

function mergeCalls(before: unknown, given: unknown[]): Fields[] {
  const calls = Array.isArray(before) ? (before as Fields[]) : []
  for (const part of given.filter(isRecord)) {
    const index = Number.isSafeInteger(part.index) ? (part.index as number) : calls.length
    // Anything else would make room for what never comes.
    if (index < 0 || index > calls.length) continue
    const { index: _, function: named, ...rest } = part
    const call = calls[index] ?? { function: { name: '', arguments: '' } }
    const made = call.function as Fields
    if (isRecord(named)) {
      if (typeof named.name === 'string') made.name = `${made.name}${named.name}`
      if (typeof named.arguments === 'string') made.arguments = `${made.arguments}${named.arguments}`
    }
    calls[index] = { ...call, ...rest, function: made }
  }
  return calls
}

/** Choices of an answer, or of a chunk of one, as OpenAI's reference has them, whatever the provider wrote. */
import { randomUUID } from 'node:crypto'
import type { ChatDelta, ToolCallDelta } from '../../protocol/model-delta.ts'
import { inWords, isRecord, isWhole, textIn } from '../../protocol/values.ts'

type JsonObject = Record<string, unknown>

/** Words of others for why an answer ended. */
const REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  completed: 'stop',
  max_tokens: 'length',
  model_length: 'length',
  max_output_tokens: 'length',
  tool_use: 'tool_calls',
  tool_call: 'tool_calls',
  safety: 'content_filter',
  refusal: 'content_filter',
  recitation: 'content_filter',
}

/** Why a choice ended, if it has: the provider's own word is kept beside, where it is another. Empty where nothing is said. */
export function readReason({ finish_reason: said, native_finish_reason: native }: JsonObject): JsonObject {
  if (typeof said !== 'string' || said === '') return {}
  const word = said.toLowerCase()
  const reason = Object.hasOwn(REASONS, word)
    ? (REASONS[word] as string)
    : said === said.toUpperCase()
      ? word
      : said
  return {
    finish_reason: reason,
    ...(reason === said || typeof native === 'string' ? {} : { native_finish_reason: said }),
  }
}

/**
 * What a choice, or a part of one, says, as OpenAI's reference has it: what must be a text there and is none is given as its
 * JSON. What the reference does not know stays as it came. `calls` are those that the choice has made so far.
 */
export function readDelta(given: JsonObject, calls: Calls): ChatDelta {
  const { role, tool_calls: made, ...rest } = readContent(given)
  for (const name of ['content', 'refusal', 'reasoning_content'])
    if (rest[name] !== undefined && rest[name] !== null) rest[name] = inWords(rest[name])
  return {
    ...(typeof role === 'string' ? { role } : {}),
    ...rest,
    ...(Array.isArray(made) ? { tool_calls: calls.read(made) } : {}),
  }
}

/** What is said, where some give parts: text is content, and what the model thinks is beside it. */
function readContent(delta: JsonObject): JsonObject {
  const { content, ...rest } = delta
  if (!Array.isArray(content)) return delta
  const parts = content.filter(isRecord)
  if (!parts.every(({ type }) => type === 'text' || type === 'thinking')) return delta
  const textOf = (part: unknown): string => {
    if (typeof part === 'string') return part
    if (Array.isArray(part)) return part.map(textOf).join('')
    return isRecord(part) ? textOf(part.text ?? part.thinking) : ''
  }
  const of = (kind: string) => textOf(parts.filter(({ type }) => type === kind))
  const thought = of('thinking')
  return { ...rest, content: of('text'), ...(thought === '' ? {} : { reasoning_content: thought }) }
}

/** The calls of tools of one choice, piece by piece: which each piece is of, and what it has to say of it. */
export class Calls {
  /** Their ids. */
  readonly #ids: string[] = []
  /** By the index that the provider gives. */
  readonly #places = new Map<number, number>()

  /**
   * Some give no index, or the same for all, or begin at another than 0; some give no id, or take it back with an empty one; some
   * give arguments that are not in a text.
   */
  read(parts: readonly unknown[]): ToolCallDelta[] {
    return parts.filter(isRecord).map((part) => {
      const { index: given, id: givenId, type, function: called, ...rest } = part
      const { name: givenName, arguments: args, ...more } = isRecord(called) ? called : {}
      const [id, name] = [textIn(givenId) ?? '', textIn(givenName) ?? '']
      const key = isWhole(given) ? given : undefined
      let index = key === undefined ? this.#ids.length - 1 : this.#places.get(key)
      const isOther = index !== undefined && id !== '' && this.#ids[index] !== id
      const isFirst = index === undefined || index < 0 || (name !== '' && (isOther || key === undefined))
      if (isFirst) index = this.#ids.push(id === '' ? `call_${randomUUID()}` : id) - 1
      if (key !== undefined) this.#places.set(key, index as number)
      return {
        ...rest,
        index: index as number,
        ...(isFirst ? { id: this.#ids[index as number], type: textIn(type) || 'function' } : {}),
        function: {
          ...more,
          ...(name === '' ? {} : { name }),
          ...(args === undefined || args === null
            ? {}
            : { arguments: typeof args === 'string' ? args : JSON.stringify(args) }),
        },
      }
    })
  }
}

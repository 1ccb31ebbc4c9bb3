/** The whole answer out of the chunks of a stream, of a conversation (`delta`) or of a plain text (`text`). */
import type { ChatDelta, Delta } from '../../protocol/model-delta.ts'
import { isRecord, isWhole, put, textIn } from '../../protocol/values.ts'
import { Calls, readDelta, readReason } from './choices.ts'
import type { Chunk } from './exchange.ts'

type JsonObject = Record<string, unknown>

interface Choice {
  message: ChatDelta
  calls: Calls
  more: JsonObject
  text: string
  finishReason: string | null
}

/** `path` is below the provider's address: what is asked for. */
export function assemble(path = '/chat/completions') {
  const choices = new Map<number, Choice>()
  let head: JsonObject = {}
  let usage: unknown
  /** What came around no choice, and is sent with the next one. */
  let untold: JsonObject = {}
  const isText = path === '/completions'

  return {
    /** Takes a chunk in, and gives what is new in it. */
    add(chunk: Chunk): Delta[] {
      const { choices: given, usage: counted, ...rest } = chunk
      head = { ...head, ...rest }
      usage = counted ?? usage
      const { id: _, object: __, created: ___, model: ____, ...others } = rest
      const around = { ...untold, ...others }
      untold = Array.isArray(given) && given.length > 0 ? {} : around
      return (Array.isArray(given) ? given : []).filter(isRecord).flatMap((one) => {
        const index = isWhole(one.index, 0) ? one.index : 0
        const { index: _, delta: said, message, text: spoken, finish_reason: __, ...unknown } = one
        const { finish_reason: ended, ...native } = readReason(one)
        const others = { ...unknown, ...native }
        const choice = choices.get(index) ?? {
          message: {},
          more: {},
          text: '',
          finishReason: null,
          calls: new Calls(),
        }
        choices.set(index, choice)
        // Some stream one piece that is a message; at the end it repeats what was said.
        const isAll = isRecord(message) && Object.keys(choice.message).length === 0
        const delta = readDelta(isRecord(said) ? said : isAll ? message : {}, choice.calls)
        const text = typeof spoken === 'string' ? spoken : ''
        const more = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null))
        merge(choice.message, delta)
        merge(choice.more, more)
        choice.text += text
        const reason = typeof ended === 'string' ? ended : undefined
        choice.finishReason = reason ?? choice.finishReason
        const told = isText ? { content: text || (delta.content ?? '') } : delta
        return [
          {
            ...(index === 0 ? {} : { index }),
            delta: told,
            ...(reason === undefined ? {} : { finish_reason: reason }),
            ...(Object.keys(more).length > 0 ? { more } : {}),
            ...(Object.keys(around).length > 0 ? { around } : {}),
          },
        ]
      })
    },
    result: (): JsonObject => ({
      ...head,
      object: isText ? 'text_completion' : 'chat.completion',
      choices: [...choices].map(([index, { message, more, text, finishReason }]) => ({
        index,
        logprobs: null,
        ...more,
        ...(isText
          ? { text: text || (message.content ?? '') }
          : { message: { role: 'assistant', content: null, ...message } }),
        // Who ends without a reason has said all.
        finish_reason: finishReason ?? (message.tool_calls ? 'tool_calls' : 'stop'),
      })),
      ...(usage === undefined ? {} : { usage }),
    }),
  }
}

/** What is said once, and may be repeated. */
const ONCE: ReadonlySet<string> = new Set(['role', 'id', 'type', 'index', 'stop_reason'])

/** Texts and lists are joined, and calls of tools by their index; all else is what was said last. */
function merge(message: JsonObject, delta: JsonObject): void {
  for (const [key, value] of Object.entries(delta)) {
    const before = Object.hasOwn(message, key) ? message[key] : undefined
    if (key === 'tool_calls' && Array.isArray(value)) put(message, key, mergeCalls(before, value))
    else if (!ONCE.has(key) && typeof value === 'string' && typeof before === 'string')
      put(message, key, before + value)
    else if (Array.isArray(value)) {
      const all = Array.isArray(before) ? before : []
      for (const one of value) all.push(one)
      put(message, key, all)
    } else if (isRecord(value)) {
      const all = isRecord(before) ? before : {}
      merge(all, value)
      put(message, key, all)
    } else if (value !== null || before === undefined) put(message, key, value)
  }
}

function mergeCalls(before: unknown, given: unknown[]): JsonObject[] {
  const calls = Array.isArray(before) ? (before as JsonObject[]) : []
  for (const part of given.filter(isRecord)) {
    const { index: place, function: named, ...rest } = part
    const index = place as number
    const call = calls[index] ?? { function: { name: '', arguments: '' } }
    const made = call.function as JsonObject
    if (isRecord(named)) {
      if (typeof named.name === 'string') made.name = (textIn(made.name) ?? '') + named.name
      if (typeof named.arguments === 'string')
        made.arguments = (textIn(made.arguments) ?? '') + named.arguments
    }
    calls[index] = { ...call, ...rest, function: made }
  }
  return calls
}

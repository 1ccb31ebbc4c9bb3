/** Ollama's shapes → those of OpenAI, and back. Source: https://docs.ollama.com/api */
import { parseExactly } from '../../../../protocol/exact-json.ts'
import { RpcError } from '../../../../protocol/jsonrpc.ts'
import { isRecord, present } from '../../../../protocol/values.ts'

export type JsonObject = Record<string, unknown>

/** Names of its options, and what OpenAI calls them; others are its own, for how it runs models. */
const OPTIONS: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_p: 'top_p',
  seed: 'seed',
  stop: 'stop',
  num_predict: 'max_tokens',
  frequency_penalty: 'frequency_penalty',
  presence_penalty: 'presence_penalty',
}
const LATEST = /:latest$/
const NANOSECONDS = 1e6

/** The name of a model; with a version, where it says the latest, it means the same. Throws INVALID_PARAMS. */
export function modelOf({ model, name }: JsonObject): string {
  const given = model ?? name
  if (typeof given === 'string' && given !== '') return given.replace(LATEST, '')
  throw invalid('model', '"model" must be the name of a model')
}

/** What both kinds of requests for words have. */
function commonOf(body: JsonObject): JsonObject {
  const { options, format, stream } = body
  const chosen = Object.entries(present(isRecord(options) ? options : {})).flatMap(([name, value]) => {
    const theirs = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
    // Less than none is as long as it likes.
    const isEndless = name === 'num_predict' && typeof value === 'number' && value < 1
    return theirs === undefined || isEndless ? [] : [[theirs, value]]
  })
  return {
    model: modelOf(body),
    stream: stream !== false,
    context_overflow: 'drop_oldest',
    ...Object.fromEntries(chosen),
    ...(format === 'json' ? { response_format: { type: 'json_object' } } : {}),
    ...(isRecord(format)
      ? { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: format } } }
      : {}),
  }
}

/** A body of `/api/chat` as one of a conversation. Throws INVALID_PARAMS. */
export function chatOf(given: JsonObject): JsonObject {
  const { messages = [], tools, ...body } = present(given)
  if (!Array.isArray(messages) || !messages.every(isRecord))
    throw invalid('messages', '"messages" must be a list of messages')
  return {
    ...commonOf(body),
    messages: messagesOf(messages),
    ...(Array.isArray(tools) && tools.length > 0 ? { tools } : {}),
  }
}

/** Its calls of tools have no ids: a result belongs to the first call that has none yet, of its tool if it names one. */
function messagesOf(messages: readonly JsonObject[]): JsonObject[] {
  const open: { id: string; name: unknown }[] = []
  let calls = 0
  return messages.map((message) => {
    const { role, content, images, tool_calls: made, tool_name: tool } = present(message)
    if (role === 'tool') {
      const at = Math.max(
        0,
        open.findIndex(({ name }) => name === tool),
      )
      const [call] = open.splice(at, 1)
      return { role, content: content ?? '', tool_call_id: call?.id ?? `call_${calls}` }
    }
    const toolCalls = (Array.isArray(made) ? made.filter(isRecord) : []).map((call) => {
      const { name, arguments: args } = isRecord(call.function) ? call.function : {}
      const id = `call_${++calls}`
      open.push({ id, name })
      return { id, type: 'function', function: { name, arguments: JSON.stringify(args ?? {}) } }
    })
    return {
      role,
      content: contentOf(content ?? '', images),
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    }
  })
}

function contentOf(text: unknown, images: unknown): unknown {
  if (!Array.isArray(images) || images.length === 0) return text
  return [
    { type: 'text', text },
    ...images.map((image: unknown) => {
      if (typeof image !== 'string') throw invalid('images', 'each of "images" must be base64, a text')
      return { type: 'image_url', image_url: { url: `data:image/${kindOf(image)};base64,${image}` } }
    }),
  ]
}

const kindOf = (base64: string): string => (base64.startsWith('iVBOR') ? 'png' : 'jpeg')

/** A body of `/api/generate` as a conversation of one turn; as a text to go on with where it is `raw`. Throws INVALID_PARAMS. */
export function generationOf(given: JsonObject): { isRaw: boolean; body: JsonObject } {
  const { prompt = '', system, suffix, images, raw, ...body } = present(given)
  if (typeof prompt !== 'string') throw invalid('prompt', '"prompt" must be a text')
  const rest = { ...commonOf(body), ...(suffix === undefined || suffix === '' ? {} : { suffix }) }
  if (raw === true || 'suffix' in rest) return { isRaw: true, body: { ...rest, prompt } }
  const asked = { role: 'user', content: contentOf(prompt, images) }
  const told = typeof system === 'string' && system !== '' ? [{ role: 'system', content: system }] : []
  return { isRaw: false, body: { ...rest, messages: [...told, asked] } }
}

/** What its answers say of themselves. */
export const headOf = (model: unknown): JsonObject => ({ model, created_at: new Date().toISOString() })

/** The end of an answer: why it ended, and what it took. Times are in nanoseconds. */
export function endOf(whole: JsonObject, ms: number): JsonObject {
  const [choice] = (Array.isArray(whole.choices) ? whole.choices : []) as JsonObject[]
  const usage = isRecord(whole.usage) ? whole.usage : {}
  const took = Math.round(ms * NANOSECONDS)
  return {
    done: true,
    done_reason: choice?.finish_reason === 'length' ? 'length' : 'stop',
    total_duration: took,
    load_duration: 0,
    prompt_eval_duration: 0,
    eval_duration: took,
    prompt_eval_count: usage.prompt_tokens ?? 0,
    eval_count: usage.completion_tokens ?? 0,
  }
}

/** What a message of a whole answer, or a piece of one, says in Ollama's words. */
export function spokenIn({ content, reasoning_content: thought, tool_calls: calls }: JsonObject): JsonObject {
  const made = (Array.isArray(calls) ? calls.filter(isRecord) : []).map((call) => {
    const { name, arguments: args } = isRecord(call.function) ? call.function : {}
    return { function: { name, arguments: objectOf(args) } }
  })
  return {
    content: typeof content === 'string' ? content : '',
    ...(typeof thought === 'string' ? { thinking: thought } : {}),
    ...(made.length > 0 ? { tool_calls: made } : {}),
  }
}

/** Arguments are an object there; numbers in them stay as the model wrote them. */
function objectOf(text: unknown): JsonObject {
  try {
    const value = typeof text === 'string' ? parseExactly(text) : undefined
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

/** A model of the list. */
export const listed = ({ id, bytes, kind }: JsonObject): JsonObject => ({
  name: id,
  model: id,
  modified_at: new Date(0).toISOString(),
  size: bytes ?? 0,
  digest: '',
  details: {
    parent_model: '',
    format: 'gguf',
    family: kind ?? '',
    families: null,
    parameter_size: '',
    quantization_level: '',
  },
})

export const invalid = (param: string, what: string): RpcError =>
  new RpcError('INVALID_PARAMS', `${what}.`, { data: { code: 'invalid_request', param } })

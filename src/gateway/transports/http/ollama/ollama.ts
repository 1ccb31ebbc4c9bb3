/**
 * `/api/…`: the same language models in Ollama's shape, for what knows no other. Requests go the way of every other call.
 * Source: https://docs.ollama.com/api
 */
import { RpcError, toRpcError } from '../../../../protocol/jsonrpc.ts'
import { isRecord } from '../../../../protocol/values.ts'
import type { Drained } from '../../../call/call.ts'
import { sendJson } from '../answer.ts'
import { askModels } from '../ask-models.ts'
import { readJson } from '../body.ts'
import { type ErrorFormat, HttpError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { LateStream } from '../late-stream.ts'
import { modelsErrorOf } from '../openai.ts'
import type { Handler } from '../routes.ts'
import { LineStream } from '../streams.ts'
import {
  chatOf,
  endOf,
  generationOf,
  headOf,
  invalid,
  type JsonObject,
  listed,
  modelOf,
  spokenIn,
} from './shapes.ts'

/** The version of Ollama whose shapes these are: clients look for what theirs must have at least. */
const SHAPES_OF = '0.12.0'

/** POST: what is answered to a body, at once or, where it is streamed, by itself. */
const answering =
  (answer: (body: JsonObject, exchange: Exchange) => Promise<unknown>): Handler<Exchange> =>
  async (exchange) => {
    const body = await readJson(exchange.gate.memory, exchange)
    if (!isRecord(body)) throw invalid('body', 'the body must be a JSON object')
    const value = await answer(body, exchange)
    if (value !== undefined) sendJson(exchange.res, 200, value)
  }

export const ollama = {
  version: ({ res }: Exchange): void => sendJson(res, 200, { version: SHAPES_OF }),
  tags: async (exchange: Exchange): Promise<void> =>
    sendJson(exchange.res, 200, { models: (await modelsOf(exchange)).map(listed) }),
  /** None is ever loaded, as far as is known here. */
  ps: ({ res }: Exchange): void => sendJson(res, 200, { models: [] }),
  show: answering(show),
  chat: answering(chat),
  generate: answering(generate),
  embed: answering(embed),
  embeddings: answering(embedOne),
}

/** Refuses in Ollama's shape. */
export const sendOllamaError: ErrorFormat = (res, thrown) => {
  const { status, message, headers } = modelsErrorOf(thrown)
  sendJson(res, status, { error: message }, headers)
}

async function modelsOf(exchange: Exchange): Promise<JsonObject[]> {
  const { data } = (await askModels('mcp.llm.models', undefined, exchange)) as { data?: JsonObject[] }
  return data ?? []
}

/** The model that a body names. Throws HttpError for one that is not there. */
async function foundModel(body: JsonObject, exchange: Exchange): Promise<JsonObject> {
  const wanted = modelOf(body)
  const found = (await modelsOf(exchange)).find(({ id }) => id === wanted)
  if (!found)
    throw new HttpError(404, new RpcError('INVALID_PARAMS', `model '${wanted.slice(0, 100)}' not found`))
  return found
}

async function show(body: JsonObject, exchange: Exchange): Promise<unknown> {
  const found = await foundModel(body, exchange)
  const { kind, context } = found
  return {
    license: '',
    modelfile: '',
    parameters: '',
    template: '',
    details: listed(found).details,
    model_info: { 'general.architecture': 'llama', ...(context ? { 'llama.context_length': context } : {}) },
    capabilities: kind === 'embedding' ? ['embedding'] : ['completion', 'tools'],
  }
}

async function chat(body: JsonObject, exchange: Exchange): Promise<unknown> {
  const asked = chatOf(body)
  const model = body.model ?? body.name
  // To load a model is asked for so; it is loaded when it is needed.
  if ((asked.messages as unknown[]).length === 0) {
    await foundModel(body, exchange)
    return { ...headOf(model), message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' }
  }
  return told('mcp.llm.chat', asked, model, exchange, (spoken) => ({
    message: { role: 'assistant', ...spoken },
  }))
}

async function generate(body: JsonObject, exchange: Exchange): Promise<unknown> {
  const { isRaw, body: asked } = generationOf(body)
  const model = body.model ?? body.name
  if (body.prompt === undefined || body.prompt === null || body.prompt === '') {
    await foundModel(body, exchange)
    return { ...headOf(model), response: '', done: true, done_reason: 'load' }
  }
  const method = isRaw ? 'mcp.llm.complete' : 'mcp.llm.chat'
  return told(method, asked, model, exchange, ({ content, ...more }) => ({ response: content, ...more }))
}

/** The answer, or undefined where it was streamed, a line of JSON for each piece. */
async function told(
  method: string,
  asked: JsonObject,
  model: unknown,
  exchange: Exchange,
  inShape: (spoken: JsonObject) => JsonObject,
): Promise<unknown> {
  const started = performance.now()
  if (asked.stream !== true) {
    const whole = (await askModels(method, asked, exchange)) as JsonObject
    return {
      ...headOf(model),
      ...inShape(spokenIn(choiceOf(whole))),
      ...endOf(whole, performance.now() - started),
    }
  }
  const { res, gate } = exchange
  const stream = new LateStream(() => new LineStream(res, gate.stalledMs), undefined)
  const say = (line: JsonObject): Drained => stream.get().send(line)
  try {
    const whole = (await askModels(method, asked, exchange, (chunk) => {
      // Calls of tools come whole, with the end.
      const { tool_calls: _, ...spoken } = choiceOf(chunk)
      if (!spoken.content && !spoken.reasoning_content) return undefined
      return say({ ...headOf(model), ...inShape(spokenIn(spoken)), done: false })
    })) as JsonObject
    const { tool_calls } = choiceOf(whole)
    if (tool_calls) say({ ...headOf(model), ...inShape(spokenIn({ tool_calls })), done: false })
    say({ ...headOf(model), ...inShape({ content: '' }), ...endOf(whole, performance.now() - started) })
  } catch (thrown) {
    if (!stream.opened) throw thrown
    say({ error: toRpcError(thrown).message })
  } finally {
    stream.end()
  }
  return undefined
}

/** What the first choice of an answer, or of a piece of one, says. */
function choiceOf({ choices }: JsonObject): JsonObject {
  const [first] = (Array.isArray(choices) ? choices : []) as JsonObject[]
  const said = first?.message ?? first?.delta
  return isRecord(said) ? said : { content: first?.text }
}

async function embed({ input, dimensions, ...body }: JsonObject, exchange: Exchange): Promise<unknown> {
  const started = performance.now()
  const asked = { model: modelOf(body), input, ...(dimensions ? { dimensions } : {}) }
  const { data, usage } = (await askModels('mcp.llm.embed', asked, exchange)) as {
    data: { embedding: number[] }[]
    usage?: JsonObject
  }
  const { total_duration, load_duration } = endOf({}, performance.now() - started)
  return {
    model: body.model ?? body.name,
    embeddings: data.map(({ embedding }) => embedding),
    total_duration,
    load_duration,
    prompt_eval_count: usage?.prompt_tokens ?? 0,
  }
}

/** The older way, for one text. */
async function embedOne({ prompt, ...body }: JsonObject, exchange: Exchange): Promise<unknown> {
  const { embeddings } = (await embed({ ...body, input: prompt }, exchange)) as { embeddings: number[][] }
  return { embedding: embeddings[0] ?? [] }
}

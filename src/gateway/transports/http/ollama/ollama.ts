/**
 * `/api/…`: the same language models in Ollama's shape, for what knows no other. Requests go the way of every other call.
 * Source: https://docs.ollama.com/api
 */
import { RpcError, toRpcError } from '../../../../protocol/jsonrpc.ts'
import { isRecord } from '../../../../protocol/values.ts'
import type { Taken } from '../../../call/call.ts'
import { drained } from '../../drained.ts'
import { sendJson } from '../answer.ts'
import { askModels, type ModelExchange } from '../ask-models.ts'
import { HttpRefusal, readJson } from '../body.ts'
import type { HttpResponse } from '../exchange.ts'
import { refusalOf } from '../openai.ts'
import {
  chatOf,
  endOf,
  type Fields,
  generationOf,
  headOf,
  invalid,
  listed,
  modelOf,
  spokenIn,
} from './shapes.ts'

const ROOT = '/api/'
/** The version of Ollama whose shapes these are: clients look for what theirs must have at least. */
const SHAPES_OF = '0.12.0'
/** What a client may leave unread, in bytes, before its stream is ended: it would be held for it in memory. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

type Answer = (body: Fields, exchange: ModelExchange) => Promise<unknown>
const ENDPOINTS: Readonly<Record<string, { verb: 'GET' | 'POST'; answer: Answer }>> = {
  version: { verb: 'GET', answer: async () => ({ version: SHAPES_OF }) },
  tags: { verb: 'GET', answer: async (_, exchange) => ({ models: (await modelsOf(exchange)).map(listed) }) },
  ps: { verb: 'GET', answer: async () => ({ models: [] }) },
  show: { verb: 'POST', answer: show },
  chat: { verb: 'POST', answer: chat },
  generate: { verb: 'POST', answer: generate },
  embed: { verb: 'POST', answer: embed },
  embeddings: { verb: 'POST', answer: embedOne },
}

export const isOllamaPath = (path: string): boolean => path.startsWith(ROOT)

/** Answers a request. Throws RpcError or HttpRefusal, which `sendOllamaError` answers. */
export async function answerOllama(path: string, exchange: ModelExchange): Promise<void> {
  const { req, res } = exchange
  const name = path.slice(ROOT.length)
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined
  if (!endpoint)
    throw new HttpRefusal(
      404,
      new RpcError('METHOD_NOT_FOUND', `Of Ollama's API there is ${Object.keys(ENDPOINTS).join(', ')} here.`),
    )
  if (req.method !== endpoint.verb) {
    res.setHeader('allow', endpoint.verb)
    throw new HttpRefusal(405, new RpcError('INVALID_REQUEST', `Use ${endpoint.verb} here.`))
  }
  const body = endpoint.verb === 'GET' ? {} : await readJson(exchange.gate.memory, exchange)
  if (!isRecord(body)) throw invalid('body', 'the body must be a JSON object')
  const value = await endpoint.answer(body, exchange)
  if (value !== undefined) sendJson(res, 200, value)
}

/** Refuses in Ollama's shape. */
export function sendOllamaError(res: HttpResponse, thrown: unknown): void {
  const { status, message, headers } = refusalOf(thrown)
  sendJson(res, status, { error: message }, headers)
}

async function modelsOf(exchange: ModelExchange): Promise<Fields[]> {
  const { data } = (await askModels('mcp.llm.models', undefined, exchange)) as { data?: Fields[] }
  return data ?? []
}

async function show(body: Fields, exchange: ModelExchange): Promise<unknown> {
  const wanted = modelOf(body)
  const found = (await modelsOf(exchange)).find(({ id }) => id === wanted)
  if (!found)
    throw new HttpRefusal(404, new RpcError('INVALID_PARAMS', `model '${wanted.slice(0, 100)}' not found`))
  const { kind, context } = found
  return {
    ...{ license: '', modelfile: '', parameters: '', template: '', details: listed(found).details },
    model_info: { 'general.architecture': 'llama', ...(context ? { 'llama.context_length': context } : {}) },
    capabilities: kind === 'embedding' ? ['embedding'] : ['completion', 'tools'],
  }
}

async function chat(body: Fields, exchange: ModelExchange): Promise<unknown> {
  const asked = chatOf(body)
  const model = body.model ?? body.name
  // To load a model is asked for so; it is loaded when it is needed.
  if ((asked.messages as unknown[]).length === 0)
    return { ...headOf(model), message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' }
  return told('mcp.llm.chat', asked, model, exchange, (spoken) => ({
    message: { role: 'assistant', ...spoken },
  }))
}

async function generate(body: Fields, exchange: ModelExchange): Promise<unknown> {
  const { isRaw, body: asked } = generationOf(body)
  const model = body.model ?? body.name
  if (body.prompt === undefined || body.prompt === '')
    return { ...headOf(model), response: '', done: true, done_reason: 'load' }
  const method = isRaw ? 'mcp.llm.complete' : 'mcp.llm.chat'
  return told(method, asked, model, exchange, ({ content, ...more }) => ({ response: content, ...more }))
}

/** The answer, or undefined where it was told as it came, a line of JSON for each piece. */
async function told(
  method: string,
  asked: Fields,
  model: unknown,
  exchange: ModelExchange,
  inShape: (spoken: Fields) => Fields,
): Promise<unknown> {
  const started = performance.now()
  if (asked.stream !== true) {
    const whole = (await askModels(method, asked, exchange)) as Fields
    return {
      ...headOf(model),
      ...inShape(spokenIn(choiceOf(whole))),
      ...endOf(whole, performance.now() - started),
    }
  }
  const { res, gate } = exchange
  let begun = false
  const say = (line: Fields): Taken => {
    if (!begun) res.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    begun = true
    if (res.destroyed) return undefined
    const text = `${JSON.stringify(line)}\n`
    res.write(text)
    res.unread?.wrote(text.length)
    if (res.writableLength > MAX_UNREAD_BYTES) res.destroy()
    return res.socket ? drained(res.socket, gate.stalledMs) : undefined
  }
  try {
    const whole = (await askModels(method, asked, exchange, (chunk) => {
      // Calls of tools come whole, with the end.
      const { tool_calls: _, ...spoken } = choiceOf(chunk)
      if (!spoken.content && !spoken.reasoning_content) return undefined
      return say({ ...headOf(model), ...inShape(spokenIn(spoken)), done: false })
    })) as Fields
    const { tool_calls } = choiceOf(whole)
    if (tool_calls) say({ ...headOf(model), ...inShape(spokenIn({ tool_calls })), done: false })
    say({ ...headOf(model), ...inShape({ content: '' }), ...endOf(whole, performance.now() - started) })
  } catch (thrown) {
    if (!begun) throw thrown
    say({ error: toRpcError(thrown).message })
  }
  res.end()
  return undefined
}

/** What the first choice of an answer, or of a piece of one, says. */
function choiceOf({ choices }: Fields): Fields {
  const [first] = (Array.isArray(choices) ? choices : []) as Fields[]
  const said = first?.message ?? first?.delta
  return isRecord(said) ? said : { content: first?.text }
}

async function embed({ input, dimensions, ...body }: Fields, exchange: ModelExchange): Promise<unknown> {
  const started = performance.now()
  const asked = { model: modelOf(body), input, ...(dimensions ? { dimensions } : {}) }
  const { data, usage } = (await askModels('mcp.llm.embed', asked, exchange)) as {
    data: { embedding: number[] }[]
    usage?: Fields
  }
  const { total_duration, load_duration } = endOf({}, performance.now() - started)
  return {
    ...{ model: body.model ?? body.name, embeddings: data.map(({ embedding }) => embedding) },
    ...{ total_duration, load_duration, prompt_eval_count: usage?.prompt_tokens ?? 0 },
  }
}

/** The older way, for one text. */
async function embedOne({ prompt, ...body }: Fields, exchange: ModelExchange): Promise<unknown> {
  const { embeddings } = (await embed({ ...body, input: prompt }, exchange)) as { embeddings: number[][] }
  return { embedding: embeddings[0] ?? [] }
}

/**
 * `/v1/…`: language models in OpenAI's shape, so that what takes a base URL works with this gateway. Requests go the way of
 * every other call. Source: https://platform.openai.com/docs/api-reference
 */
import { ERRORS, httpStatus } from '../../../protocol/errors.ts'
import { RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { entryOf, isRecord, textIn } from '../../../protocol/values.ts'
import { sendJson } from './answer.ts'
import { askModels, type ModelExchange } from './ask-models.ts'
import { HttpRefusal, readJson } from './body.ts'
import type { HttpResponse } from './exchange.ts'
import { EventSink } from './sse.ts'

const ROOT = '/v1'
const MODEL_PATH = /^\/v1\/models\/(.+)$/
/** After how long without an answer a stream is opened, in milliseconds, so that nobody on the way gives up. */
const OPEN_STREAM_AFTER_MS = 10_000
interface Endpoint {
  verb: 'GET' | 'POST'
  method: string
  /** How its answer comes where `stream` asks for it: as data, or as events with names. */
  pieces?: 'data' | 'events'
  /** The one of a list that is wanted. */
  id?: string
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': { verb: 'POST', method: 'mcp.llm.chat', pieces: 'data' },
  '/v1/completions': { verb: 'POST', method: 'mcp.llm.complete', pieces: 'data' },
  '/v1/embeddings': { verb: 'POST', method: 'mcp.llm.embed' },
  '/v1/responses': { verb: 'POST', method: 'mcp.llm.respond', pieces: 'events' },
  '/v1/models': { verb: 'GET', method: 'mcp.llm.models' },
}

/** Whether answers to this path, refusals too, have OpenAI's shape. */
export const isOpenAiPath = (path: string): boolean => path === ROOT || path.startsWith(`${ROOT}/`)

/** Answers a request. Throws RpcError or HttpRefusal, which `sendOpenAiError` answers. */
export async function answerOpenAi(path: string, exchange: ModelExchange): Promise<void> {
  const { req, res } = exchange
  const endpoint = endpointOf(path)
  if (req.method !== endpoint.verb) {
    res.setHeader('allow', endpoint.verb)
    throw new HttpRefusal(405, new RpcError('INVALID_REQUEST', `Use ${endpoint.verb} here.`))
  }
  const body = endpoint.verb === 'GET' ? undefined : await readJson(exchange.gate.memory, exchange)
  if (body !== undefined && !isRecord(body))
    throw new HttpRefusal(400, new RpcError('INVALID_PARAMS', 'The body must be a JSON object.'))
  if (body?.stream === true && endpoint.pieces) return answerInPieces(endpoint, body, exchange)
  const value = await askModels(endpoint.method, body, exchange)
  sendJson(res, 200, endpoint.id === undefined ? value : oneOf(value, endpoint.id))
}

function endpointOf(path: string): Endpoint {
  const found = Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path] : undefined
  if (found) return found
  const id = MODEL_PATH.exec(path)?.[1]
  if (id !== undefined) return { verb: 'GET', method: 'mcp.llm.models', id: decoded(id) }
  throw new HttpRefusal(
    404,
    new RpcError('METHOD_NOT_FOUND', `There is nothing here; under ${ROOT} there are ${PATHS}.`),
  )
}
const PATHS = Object.keys(ENDPOINTS)
  .map((path) => path.slice(ROOT.length))
  .join(', ')

async function answerInPieces(
  endpoint: Endpoint,
  body: Record<string, unknown>,
  exchange: ModelExchange,
): Promise<void> {
  const { res } = exchange
  const named = endpoint.pieces === 'events'
  // What fails before the first piece has a status of its own.
  let sink: EventSink | undefined
  const open = () => {
    sink ??= new EventSink(res, exchange.gate.stalledMs)
    return sink
  }
  const timer = setTimeout(open, OPEN_STREAM_AFTER_MS)
  try {
    await askModels(endpoint.method, body, exchange, (chunk) =>
      open().sendData(JSON.stringify(chunk), named ? textIn(chunk.type) : undefined),
    )
    if (!named) open().sendData('[DONE]')
  } catch (thrown) {
    if (!sink) throw thrown
    const { body: told } = asOpenAi(toRpcError(thrown), undefined)
    if (named) sink.sendData(JSON.stringify({ ...told.error, type: 'error' }), 'error')
    else sink.sendData(JSON.stringify(told))
  } finally {
    clearTimeout(timer)
    sink?.end()
  }
}

function oneOf(list: unknown, id: string): unknown {
  const { data = [] } = list as { data?: { id: string }[] }
  const found = data.find((model) => model.id === id)
  if (found) return found
  throw new HttpRefusal(
    404,
    new RpcError(
      'INVALID_PARAMS',
      `There is no model "${id.slice(0, 100)}"; GET ${ROOT}/models names those there are.`,
      {
        data: { code: 'unknown_model' },
      },
    ),
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new RpcError('INVALID_PARAMS', 'The name in the path is not well encoded.', { cause })
  }
}

interface OpenAiError {
  error: { message: string; type: string; param: string | null; code: string | null }
}

/** By the code of a failure, where the error's own status says too little. */
const STATUS: Readonly<Record<string, number>> = {
  no_model: 503,
  unknown_model: 404,
  out_of_memory: 503,
  unavailable: 503,
  unauthorized: 502,
  broken_answer: 502,
  timeout: 504,
  payment_required: 402,
}
/** What a provider makes of the request itself is its client's business, with the status that it gave. */
const PROVIDERS_OWN: ReadonlySet<string> = new Set([
  'invalid_request',
  'context_length_exceeded',
  'payment_required',
])
/** Names that OpenAI's clients know. */
const CODE: Readonly<Record<string, string>> = {
  unknown_model: 'model_not_found',
  rate_limited: 'rate_limit_exceeded',
}

/** Refuses in OpenAI's shape, with the status that its clients act on. */
export function sendOpenAiError(res: HttpResponse, thrown: unknown): void {
  const { status, body, headers } = refusalOf(thrown)
  sendJson(res, status, body, headers)
}

/** How something thrown is told to clients of language models. */
export function refusalOf(thrown: unknown): {
  status: number
  message: string
  body: OpenAiError
  headers: Record<string, string>
} {
  const refusal = thrown instanceof HttpRefusal ? thrown : undefined
  const error = refusal?.error ?? toRpcError(thrown)
  const { status, body } = asOpenAi(error, refusal?.status)
  const { retryAfterMs } = dataOf(error)
  const headers = {
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(typeof retryAfterMs === 'number' ? { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) } : {}),
    // What a provider was tried for several times, and a quota that lasts for a day, are not worth the client's own tries.
    ...(error.code === ERRORS.RATE_LIMITED.code ? {} : { 'x-should-retry': 'false' }),
  }
  return { status, message: error.message, body, headers }
}

function asOpenAi(error: RpcError, given: number | undefined): { status: number; body: OpenAiError } {
  const { code, ...data } = dataOf(error)
  const named = typeof code === 'string' ? code : undefined
  const told = isRecord(data.provider) ? data.provider : {}
  const own = named !== undefined && PROVIDERS_OWN.has(named) ? told : {}
  const status =
    given ??
    (typeof own.status === 'number' ? own.status : undefined) ??
    (named === undefined ? undefined : entryOf(STATUS, named)) ??
    plainStatus(error.code)
  const type =
    text(own.type) ?? TYPES[error.code] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return {
    status,
    body: {
      error: {
        message: error.message,
        type,
        param: text(data.param) ?? text(own.param) ?? null,
        code: text(told.code) ?? (named && (entryOf(CODE, named) ?? named)) ?? CODES[error.code] ?? null,
      },
    },
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const TYPES: Readonly<Record<number, string>> = {
  [ERRORS.UNAUTHENTICATED.code]: 'authentication_error',
  [ERRORS.FORBIDDEN.code]: 'permission_error',
  [ERRORS.MODEL_NOT_ALLOWED.code]: 'permission_error',
  [ERRORS.RATE_LIMITED.code]: 'rate_limit_error',
  [ERRORS.LLM_QUOTA.code]: 'insufficient_quota',
}
const CODES: Readonly<Record<number, string>> = {
  [ERRORS.UNAUTHENTICATED.code]: 'invalid_api_key',
  [ERRORS.MODEL_NOT_ALLOWED.code]: 'model_not_allowed',
  [ERRORS.RATE_LIMITED.code]: 'rate_limit_exceeded',
  [ERRORS.LLM_QUOTA.code]: 'insufficient_quota',
}

function plainStatus(code: number): number {
  const status = httpStatus(code)
  if (status !== 200) return status
  return code === ERRORS.INVALID_PARAMS.code ? 400 : 500
}

const dataOf = ({ data }: RpcError): Record<string, unknown> => (isRecord(data) ? data : {})

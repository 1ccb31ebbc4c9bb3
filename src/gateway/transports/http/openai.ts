/**
 * `/v1/…`: language models in OpenAI's shape, so that what takes a base URL works with this gateway. Requests go the way of
 * every other call. Source: https://platform.openai.com/docs/api-reference
 */
import { ERRORS } from '../../../protocol/errors.ts'
import { RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { entryOf, isRecord, textIn } from '../../../protocol/values.ts'
import { sendJson } from './answer.ts'
import { askModels } from './ask-models.ts'
import { readJson } from './body.ts'
import { type ErrorFormat, errorHeaders, errorOf, HttpError, plainStatus } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { LateStream } from './late-stream.ts'
import type { Handler } from './routes.ts'
import { EventSink } from './streams.ts'

/** After how long without an answer a stream is opened, in milliseconds. */
const OPEN_STREAM_AFTER_MS = 10_000
/** How an answer comes where `stream` asks for it: as data alone, or as events with names. */
type Pieces = 'data' | 'events'

/** POST: what a method of language models answers to the body. */
export const askOpenAi =
  (method: string, pieces?: Pieces): Handler<Exchange> =>
  async (exchange) => {
    const body = await readJson(exchange.gate.memory, exchange)
    if (body !== undefined && !isRecord(body))
      throw new HttpError(400, new RpcError('INVALID_PARAMS', 'The body must be a JSON object.'))
    if (body?.stream === true && pieces) return answerInPieces(method, pieces, body, exchange)
    sendJson(exchange.res, 200, await askModels(method, body, exchange))
  }

/** GET: the list of models. */
export async function listModels(exchange: Exchange): Promise<void> {
  sendJson(exchange.res, 200, await askModels('mcp.llm.models', undefined, exchange))
}

/** GET: one of them, by its id. */
export async function showModel(exchange: Exchange): Promise<void> {
  const id = exchange.name
  const { data = [] } = (await askModels('mcp.llm.models', undefined, exchange)) as {
    data?: { id: string }[]
  }
  const found = data.find((model) => model.id === id)
  if (!found)
    throw new HttpError(
      404,
      new RpcError('INVALID_PARAMS', `There is no model "${id.slice(0, 100)}"; GET /v1/models lists them.`, {
        data: { code: 'unknown_model' },
      }),
    )
  sendJson(exchange.res, 200, found)
}

async function answerInPieces(
  method: string,
  pieces: Pieces,
  body: Record<string, unknown>,
  exchange: Exchange,
): Promise<void> {
  const { res, gate } = exchange
  const named = pieces === 'events'
  // What fails before the first piece has a status of its own.
  const stream = new LateStream(() => new EventSink(res, gate.stalledMs), OPEN_STREAM_AFTER_MS)
  try {
    await askModels(method, body, exchange, (chunk) =>
      stream.get().sendData(JSON.stringify(chunk), named ? textIn(chunk.type) : undefined),
    )
    if (!named) stream.get().sendData('[DONE]')
  } catch (thrown) {
    if (!stream.opened) throw thrown
    const { body: told } = asOpenAi(toRpcError(thrown), undefined)
    if (named) stream.opened.sendData(JSON.stringify({ ...told.error, type: 'error' }), 'error')
    else stream.opened.sendData(JSON.stringify(told))
  } finally {
    stream.end()
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
export const sendOpenAiError: ErrorFormat = (res, thrown) => {
  const { status, body, headers } = modelsErrorOf(thrown)
  sendJson(res, status, body, headers)
}

/** The error for clients of language models. */
export function modelsErrorOf(thrown: unknown): {
  status: number
  message: string
  body: OpenAiError
  headers: Record<string, string>
} {
  const { error, status: given } = errorOf(thrown)
  const { status, body } = asOpenAi(error, given)
  const headers = {
    ...errorHeaders(error, status),
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
    plainStatus(error)
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

const dataOf = ({ data }: RpcError): Record<string, unknown> => (isRecord(data) ? data : {})

/**
 * Tools without MCP, for programs that only know HTTP and JSON: `GET /mcp/tools` and `POST /mcp/tools/{name}`, and in the
 * shape of chat services `GET /tools` and `POST /execute`. They take the same way as every other call.
 */
import { ERRORS, httpStatus } from '../../../protocol/errors.ts'
import { RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { type CallToolResult, META, METHOD, type Result, type Tool } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import type { ClientFacts, Gate, Principal } from '../../call/call.ts'
import { sendJson } from './answer.ts'
import { HttpRefusal, readJson } from './body.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { takenBy } from './sse.ts'

/** Nobody can be asked anything on the way. */
const CLIENT: ClientFacts = { capabilities: {}, info: undefined, logLevel: undefined }
const TOOL_PATH = /^\/mcp\/tools\/([^/]+)$/

interface Endpoint {
  verb: 'GET' | 'POST'
  answer(exchange: RestExchange): Promise<unknown>
}

interface RestExchange {
  gate: Gate
  req: HttpRequest
  res: HttpResponse
  principal: Principal
}

/** What a path leads to; undefined for any other path. */
export function restEndpoint(path: string): Endpoint | undefined {
  if (path === '/mcp/tools' || path === '/tools') return { verb: 'GET', answer: list }
  if (path === '/execute') return { verb: 'POST', answer: execute }
  const name = TOOL_PATH.exec(path)?.[1]
  return name === undefined ? undefined : { verb: 'POST', answer: (exchange) => callNamed(name, exchange) }
}

/** Answers in plain JSON, errors too. Throws HttpRefusal for another verb. */
export async function answerRest({ verb, answer }: Endpoint, exchange: RestExchange): Promise<void> {
  const { req, res } = exchange
  if (req.method !== verb) {
    res.setHeader('allow', verb)
    throw new HttpRefusal(405, new RpcError('INVALID_REQUEST', `Use ${verb} here.`))
  }
  try {
    sendJson(res, 200, await answer(exchange))
  } catch (thrown) {
    const refusal = thrown instanceof HttpRefusal ? thrown : undefined
    const error = refusal?.error ?? toRpcError(thrown)
    // A name or parameters that don't fit are the request's fault, which plain HTTP calls 4xx, and the rest ours.
    const status = refusal?.status ?? plainStatus(error.code)
    const retryAfterMs = (error.data as { retryAfterMs?: number } | undefined)?.retryAfterMs
    sendJson(
      res,
      status,
      { status: 'error', error: error.toObject() },
      retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
    )
  }
}

function plainStatus(code: number): number {
  const status = httpStatus(code)
  if (status !== 200) return status
  return code === ERRORS.INVALID_PARAMS.code ? 400 : 500
}

async function list(exchange: RestExchange): Promise<object> {
  const { tools } = (await run(exchange, METHOD.listTools, {})) as unknown as { tools: Tool[] }
  return { tools }
}

async function execute(exchange: RestExchange): Promise<object> {
  const body = await readJson(exchange.gate.memory, exchange)
  if (!isRecord(body) || typeof body.name !== 'string')
    throw new RpcError('INVALID_PARAMS', 'The body must be {"name": "…", "parameters": {…}}.')
  return call(exchange, body.name, body.parameters ?? {})
}

async function callNamed(encoded: string, exchange: RestExchange): Promise<object> {
  const body = await readJson(exchange.gate.memory, exchange)
  return call(exchange, decoded(encoded), body ?? {})
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new RpcError('INVALID_PARAMS', 'The name in the path is not well encoded.', { cause })
  }
}

/** The structured result of a tool, else its text, else what it gave; `status` says whether it worked. */
async function call(exchange: RestExchange, name: string, args: unknown): Promise<object> {
  if (!isRecord(args)) throw new RpcError('INVALID_PARAMS', 'The arguments must be a JSON object.')
  const result = await run(exchange, METHOD.callTool, { name, arguments: args })
  if (result.resultType !== 'complete')
    throw new RpcError('MISSING_CAPABILITY', `"${name}" has a question for its caller; call it over MCP.`)
  const { content = [], structuredContent, isError, _meta } = result as CallToolResult
  const isText = content.every((block) => block.type === 'text')
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
  const ticket = _meta?.[META.ticket]
  const untrusted = _meta?.[META.untrusted]
  return {
    status: isError ? 'error' : 'success',
    result: structuredContent ?? (isText ? text : content),
    ...(ticket === undefined ? {} : { ticket }),
    // Who wrote it, if it is not this system: for a model it is data, never instructions.
    ...(untrusted === undefined ? {} : { untrusted }),
  }
}

function run(
  { gate, principal, res }: RestExchange,
  method: string,
  params: Record<string, unknown>,
): Promise<Result> {
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort(new Error('The caller has gone.'))
  })
  return gate.run({
    principal,
    transport: 'http',
    server: undefined,
    toolset: 'all',
    method,
    params,
    client: CLIENT,
    signal: controller.signal,
    taken: () => takenBy(res, gate.stalledMs),
    notify: () => undefined,
  })
}

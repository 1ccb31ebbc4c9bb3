/** The endpoints of MCP, of both eras: `/mcp` for all servers, `/mcp/{server}` for one. */
import type { Cancellation } from '../../../protocol/cancellation.ts'
import { type Carrier, eraOf } from '../../../protocol/era.ts'
import { type Request, RpcError } from '../../../protocol/jsonrpc.ts'
import type { Gate, Toolset } from '../../call/call.ts'
import { accepts } from './accepts.ts'
import { readMessage } from './body.ts'
import { answerCurrent } from './current.ts'
import { HttpError, sendError, sendRpcError } from './errors.ts'
import type { Exchange, HttpRequest, McpExchange } from './exchange.ts'
import { endSession, openStream, postLegacy } from './legacy.ts'
import type { Handler } from './routes.ts'
import type { Sessions } from './sessions.ts'

export class McpEndpoint {
  readonly #gate: Gate
  readonly #sessions: Sessions
  readonly #subscriptions = new Set<Cancellation>()
  /** What answers each method. */
  readonly methods: Readonly<Record<'POST' | 'GET' | 'DELETE', Handler<Exchange>>>

  constructor(gate: Gate, sessions: Sessions) {
    this.#gate = gate
    this.#sessions = sessions
    this.methods = {
      POST: (exchange) => this.#post(this.#read(exchange)),
      GET: (exchange) => openStream(sessions, this.#read(exchange)),
      DELETE: (exchange) => endSession(sessions, this.#read(exchange)),
    }
  }

  /** Ends subscriptions with their result; requests go on. */
  endSubscriptions(): void {
    for (const subscription of this.#subscriptions) subscription.abort()
  }

  /** Throws HttpError where there is no such server, or no such choice of tools. */
  #read(exchange: Exchange): McpExchange {
    const server = exchange.name === '' ? undefined : exchange.name
    if (server !== undefined && !this.#gate.hasServer(server))
      throw new HttpError(
        404,
        new RpcError('METHOD_NOT_FOUND', `There is no server "${server.slice(0, 100)}" here.`),
      )
    return { ...exchange, server, toolset: toolsetOf(exchange.query, server) }
  }

  async #post(exchange: McpExchange): Promise<void> {
    const { gate, req, res } = exchange
    if (!accepts(req.headers.accept, 'application/json') && !accepts(req.headers.accept, 'text/event-stream'))
      throw new HttpError(
        406,
        new RpcError('INVALID_REQUEST', 'Accept application/json and text/event-stream.'),
      )
    const read = readMessage(gate.memory, exchange)
    const parsed = read instanceof Promise ? await read : read
    if (parsed.kind === 'batch')
      throw new HttpError(
        400,
        new RpcError('INVALID_REQUEST', 'Send one message a POST; batches are not taken.'),
      )
    if (parsed.kind === 'refused')
      return sendError(res, parsed.id, new RpcError(parsed.error.code, parsed.error.message), 400)
    try {
      if (eraOf(parsed.message as Partial<Request>, carrierOf(req)) === 'legacy')
        return await postLegacy(this.#sessions, exchange, parsed)
      if (parsed.kind === 'request') return await answerCurrent(exchange, parsed.message, this.#subscriptions)
      if (parsed.kind === 'notification') return void res.writeHead(202).end()
      throw new HttpError(
        400,
        new RpcError('INVALID_REQUEST', 'Send a request or a notification; answers are not taken here.'),
      )
    } catch (thrown) {
      sendRpcError(res, thrown, parsed.kind === 'request' ? parsed.message.id : null)
    }
  }
}

const carrierOf = ({ headers }: HttpRequest): Carrier => ({
  inSession: headers['mcp-session-id'] !== undefined,
  headers: { version: headers['mcp-protocol-version'], method: headers['mcp-method'] },
})

/** `?tools=search` is a choice at `/mcp`, where tools are many. Throws HttpError for any other one. */
function toolsetOf(query: string, server: string | undefined): Toolset {
  const wanted = query === '' ? null : new URLSearchParams(query).get('tools')
  if (wanted === null) return 'all'
  if (wanted === 'search' && server === undefined) return 'search'
  throw new HttpError(
    400,
    new RpcError('INVALID_REQUEST', 'The one choice of tools is /mcp?tools=search; leave it out for all.'),
  )
}

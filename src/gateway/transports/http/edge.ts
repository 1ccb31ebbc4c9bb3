/** The HTTP endpoints. The first checks are the cheapest, and no body is read from anyone unknown. */
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { type Notification, type Request, RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { METHOD, SESSION_VERSIONS } from '../../../protocol/mcp.ts'
import type { Gate, Principal, Toolset } from '../../call.ts'
import { addressedHeaders } from '../addressed.ts'
import { bearerCredential, refuseTokenIn } from '../credential.ts'
import { claimedVersion } from '../envelope.ts'
import { WEBSOCKET_PATH } from '../paths.ts'
import { readTarget } from '../target.ts'
import { sendError, sendJson } from './answer.ts'
import { HttpRefusal, readMessage } from './body.ts'
import type { Exchange, HttpRequest, HttpResponse } from './exchange.ts'
import { answerModern } from './modern.ts'
import { answerOpenAi, isOpenAiPath, sendOpenAiError } from './openai.ts'
import { serveQuickly } from './quick/connection.ts'
import { answerRest, restEndpoint } from './rest.ts'
import { accepts, SessionEdge } from './session-edge.ts'
import { type SessionLimits, Sessions } from './sessions.ts'

export interface HttpEdgeOptions {
  gate: Gate
  /** Why the Host or Origin headers are refused, or undefined. */
  hostProblem(rawHeaders: readonly string[]): string | undefined
  /** Whether the gateway can do its work. The details are for callers who are known. */
  readiness(): { ready: boolean; details: object }
  metrics(): Promise<{ type: string; text: string }>
  /** The certificate that devices have to trust, as PEM; undefined where this machine has no authority of its own. */
  authority(): string | undefined
  sessions: SessionLimits
}

/** An upload must end within this, in milliseconds: a body that trickles in holds a connection. */
const REQUEST_TIMEOUT_MS = 120_000
const HEADERS_TIMEOUT_MS = 15_000
/** Longer than the usual idle time of clients' pools, so that the client closes first and no request is lost. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000
const SERVER_OPTIONS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  noDelay: true,
}
const QUICK_OPTIONS = {
  firstMs: HEADERS_TIMEOUT_MS,
  idleMs: KEEP_ALIVE_TIMEOUT_MS,
  bodyMs: REQUEST_TIMEOUT_MS,
}
const ALLOWED_HEADERS =
  'authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name'
/** Open to all: who does not trust this machine yet asks for it, and compares its fingerprint with the console's. */
const AUTHORITY_PATH = '/ca.crt'
/** What the clients of OpenAI's maker send besides, which nobody reads here, and arguments that are repeated as headers. */
const HARMLESS = /^(?:(?:x-stainless|openai)-[a-z-]+|mcp-param-[!#$%&'*+.^_`|~0-9a-z-]+)$/i
const ENDPOINT = /^\/mcp(?:\/([a-z][a-z0-9-]*))?$/

export class HttpEdge {
  readonly #options: HttpEdgeOptions
  readonly #sessions: Sessions
  readonly #sessionEdge: SessionEdge
  readonly #subscriptions = new Set<AbortController>()
  /** Answers by who asked, from the head of the request on, so that they end when the token does. */
  readonly #open = new Map<HttpResponse, string>()

  constructor(options: HttpEdgeOptions) {
    this.#options = options
    this.#sessions = new Sessions(options.gate, options.sessions)
    this.#sessionEdge = new SessionEdge(options.gate, this.#sessions)
  }

  get sessionCount(): number {
    return this.#sessions.count
  }

  /** A server of these endpoints. */
  createServer(): Server {
    const server = createServer(SERVER_OPTIONS, this.#handler)
    serveQuickly(server, 'connection', this.#handler, QUICK_OPTIONS)
    return server
  }

  /** The same over TLS; both are PEM. */
  createSecureServer({ cert, key }: { cert: string; key: string }): SecureServer {
    const server = createSecureServer({ ...SERVER_OPTIONS, cert, key }, this.#handler)
    serveQuickly(server, 'secureConnection', this.#handler, QUICK_OPTIONS)
    return server
  }

  /** Ends the sessions and streams of a caller who may not call any longer. */
  endOf(principalId: string): void {
    this.#sessions.endOf(principalId)
    for (const [res, owner] of this.#open) if (owner === principalId) res.destroy()
  }

  /** Ends subscriptions with their result and sessions with their streams; requests go on. */
  endSubscriptions(): void {
    this.#sessions.close()
    for (const controller of this.#subscriptions) controller.abort()
  }

  readonly #handler = (req: HttpRequest, res: HttpResponse): void => {
    this.#handle(req, res).catch((thrown: unknown) => {
      if (isOpenAiPath(readTarget(req.url ?? '/').path)) sendOpenAiError(res, thrown)
      else if (thrown instanceof HttpRefusal) sendError(res, null, thrown.error, thrown.status)
      else sendError(res, null, toRpcError(thrown))
    })
  }

  async #handle(req: HttpRequest, res: HttpResponse): Promise<void> {
    const target = readTarget(req.url ?? '/')
    const problem = this.#options.hostProblem(addressedHeaders(req, target))
    if (problem) throw new HttpRefusal(403, new RpcError('FORBIDDEN', problem))
    const { path, query } = target
    if (req.headers.origin !== undefined)
      allowOrigin(res, req.headers.origin, String(req.headers['access-control-request-headers'] ?? ''))
    if (req.method === 'OPTIONS') return void res.writeHead(204).end()
    if (path === '/health') return sendText(res, 200, 'ok')
    if (path === '/ready') return this.#ready(req, res)
    if (path === AUTHORITY_PATH) return this.#authority(res)

    const rest = restEndpoint(path)
    const isOpenAi = isOpenAiPath(path)
    const endpoint = rest ? null : ENDPOINT.exec(path)
    if (path === WEBSOCKET_PATH)
      throw new HttpRefusal(
        426,
        new RpcError('INVALID_REQUEST', 'This is a WebSocket; ask for it with "Upgrade: websocket".'),
      )
    if (!rest && !isOpenAi && !endpoint && path !== '/metrics')
      throw new HttpRefusal(
        404,
        new RpcError('METHOD_NOT_FOUND', 'There is nothing here; the endpoint is /mcp.'),
      )
    refuseTokenIn(query)
    const principal = this.#options.gate.identify(bearerCredential(req.headers.authorization))
    this.#keepOpenFor(principal, res)
    if (rest) return answerRest(rest, { gate: this.#options.gate, req, res, principal })
    if (isOpenAi) return answerOpenAi(path, { gate: this.#options.gate, req, res, principal })
    if (!endpoint) {
      const { type, text } = await this.#options.metrics()
      return sendText(res, 200, text, type)
    }
    const server = endpoint[1]
    if (server !== undefined && !this.#options.gate.hasServer(server))
      throw new HttpRefusal(404, new RpcError('METHOD_NOT_FOUND', `There is no server "${server}" here.`))
    const toolset = toolsetOf(query, server)
    return this.#mcp({ req, res, principal, server, toolset })
  }

  /** Until it is answered, or its caller's token ends. */
  #keepOpenFor({ id }: Principal, res: HttpResponse): void {
    this.#open.set(res, id)
    res.once('close', () => this.#open.delete(res))
  }

  async #mcp(exchange: Exchange): Promise<void> {
    const { req, res } = exchange
    switch (req.method) {
      case 'POST':
        return this.#post(exchange)
      case 'GET':
        return this.#sessionEdge.get(exchange)
      case 'DELETE':
        return this.#sessionEdge.delete(exchange)
      default:
        res.setHeader('allow', 'POST, GET, DELETE')
        throw new HttpRefusal(405, new RpcError('INVALID_REQUEST', 'Send messages by POST.'))
    }
  }

  async #post(exchange: Exchange): Promise<void> {
    const { req, res } = exchange
    if (!accepts(req.headers.accept, 'application/json') && !accepts(req.headers.accept, 'text/event-stream'))
      throw new HttpRefusal(
        406,
        new RpcError('INVALID_REQUEST', 'Accept application/json and text/event-stream.'),
      )
    const read = readMessage(req)
    const parsed = read instanceof Promise ? await read : read
    if (parsed.kind === 'batch')
      throw new HttpRefusal(
        400,
        new RpcError('INVALID_REQUEST', 'Send one message a POST; batches are not taken.'),
      )
    if (parsed.kind === 'refused')
      return sendError(res, parsed.id, new RpcError(parsed.error.code, parsed.error.message), 400)
    try {
      if (!isModern(req, parsed.message)) return await this.#sessionEdge.post(exchange, parsed)
      if (parsed.kind === 'request')
        return await answerModern(this.#options.gate, exchange, parsed.message, this.#subscriptions)
      if (parsed.kind === 'notification') return void res.writeHead(202).end()
      throw new HttpRefusal(
        400,
        new RpcError('INVALID_REQUEST', 'Send a request or a notification; answers are not taken here.'),
      )
    } catch (thrown) {
      const id = parsed.kind === 'request' ? parsed.message.id : null
      if (thrown instanceof HttpRefusal) sendError(res, id, thrown.error, thrown.status)
      else sendError(res, id, toRpcError(thrown))
    }
  }

  #authority(res: HttpResponse): void {
    const pem = this.#options.authority()
    if (pem === undefined)
      throw new HttpRefusal(
        404,
        new RpcError('METHOD_NOT_FOUND', 'This gateway has no authority of its own; it serves no HTTPS.'),
      )
    sendText(res, 200, `${pem}\n`, 'application/x-pem-file')
  }

  #ready(req: HttpRequest, res: HttpResponse): void {
    const { ready, details } = this.#options.readiness()
    let known = true
    try {
      this.#options.gate.identify(bearerCredential(req.headers.authorization))
    } catch {
      known = false
    }
    sendJson(res, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', ...(known ? details : {}) })
  }
}

/** Whether a message is of the current revision; what leaves room for doubt is taken for it, as it explains itself. */
function isModern(req: HttpRequest, message: Request | Notification | object): boolean {
  const { method, params } = message as Partial<Request>
  if (claimedVersion(params) !== undefined) return true
  if (req.headers['mcp-session-id'] !== undefined || method === 'initialize') return false
  const version = req.headers['mcp-protocol-version']
  if (version !== undefined) return !SESSION_VERSIONS.some((known) => known === version)
  return req.headers['mcp-method'] !== undefined || method === METHOD.discover
}

/** `?tools=search` is a choice at `/mcp`, where tools are many. Throws HttpRefusal for any other one. */
function toolsetOf(query: string, server: string | undefined): Toolset {
  const wanted = query === '' ? null : new URLSearchParams(query).get('tools')
  if (wanted === null) return 'all'
  if (wanted === 'search' && server === undefined) return 'search'
  throw new HttpRefusal(
    400,
    new RpcError('INVALID_REQUEST', 'The one choice of tools is /mcp?tools=search; leave it out for all.'),
  )
}

/** The origin was found to be allowed before. */
function allowOrigin(res: HttpResponse, origin: string, wanted: string): void {
  const harmless = wanted.split(',').filter((name) => HARMLESS.test(name.trim()))
  res.setHeader('access-control-allow-origin', origin)
  res.setHeader('vary', 'origin')
  res.setHeader('access-control-allow-methods', 'POST, GET, DELETE')
  res.setHeader('access-control-allow-headers', [ALLOWED_HEADERS, ...harmless].join(', '))
  res.setHeader('access-control-expose-headers', 'mcp-session-id')
}

function sendText(res: HttpResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}

/** The HTTP endpoints. The first checks are the cheapest, and no body is read from anyone unknown. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Principal } from '../../call/call.ts'
import { addressedHeaders } from '../addressed.ts'
import type { ClientConnection, Connections } from '../connections.ts'
import { refuseTokenIn } from '../credential.ts'
import { readTarget } from '../target.ts'
import { Unread } from '../unread.ts'
import { ALWAYS, endUnread } from './always.ts'
import { endWith } from './ending.ts'
import { endpointsOf } from './endpoints.ts'
import { HttpError, sendRpcError } from './errors.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { FastPathResponse } from './fast-path/response.ts'
import { HttpWithSse } from './http-with-sse.ts'
import { McpEndpoint } from './mcp.ts'
import { allowed, decodedName, type Found, handlerOf, Routes } from './routes.ts'
import { createPlainServer, createTlsServer, type Handler } from './servers.ts'
import { type SessionLimits, Sessions } from './sessions.ts'
import { refuseRepeated } from './singletons.ts'
import { type StatusOptions, statusOf } from './status.ts'

export interface HttpEdgeOptions extends StatusOptions {
  /** Counts connections. */
  connections: Connections
  /** Why the Host or Origin headers are refused, or undefined. */
  hostProblem(rawHeaders: readonly string[]): string | undefined
  sessions: SessionLimits
  /** Throws where a user may not open another WebSocket now. */
  checkWebSockets(user: string): void
}

/** For how long pages need not ask again whether they may call, in seconds. */
const PREFLIGHT_SECONDS = '600'
const ALLOWED_HEADERS =
  'authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name'
/** Where there is nothing, so that a page can read that. */
const ANY_METHOD = 'GET, HEAD, POST, DELETE, OPTIONS'
/** What the clients of OpenAI's maker send besides, which are not read here, and arguments that are repeated as headers. */
const HARMLESS = /^(?:(?:x-stainless|openai)-[a-z-]+|mcp-param-[!#$%&'*+.^_`|~0-9a-z-]+)$/i

/** What a request is for. */
interface Entered {
  readonly found: Found | undefined
  readonly query: string
}

export class HttpEdge {
  readonly #options: HttpEdgeOptions
  readonly #sessions: Sessions
  readonly #mcp: McpEndpoint
  readonly #httpWithSse: HttpWithSse
  readonly #routes: Routes

  constructor(options: HttpEdgeOptions) {
    const { gate, sessions, checkWebSockets } = options
    this.#options = options
    this.#sessions = new Sessions(gate, sessions)
    this.#mcp = new McpEndpoint(gate, this.#sessions)
    this.#httpWithSse = new HttpWithSse(gate, sessions)
    this.#routes = new Routes(
      endpointsOf({
        mcp: this.#mcp,
        httpWithSse: this.#httpWithSse,
        status: statusOf(options),
        checkWebSockets,
      }),
    )
  }

  get sessionCount(): number {
    return this.#sessions.count
  }

  /** A server of these endpoints. */
  createServer(): Server {
    return createPlainServer(this.#options.connections, this.#fastPath)
  }

  /** The same over TLS; both are PEM. */
  createSecureServer(pair: { cert: string; key: string }): SecureServer {
    return createTlsServer(this.#options.connections, this.#fastPath, pair)
  }

  /** Ends the sessions and streams of a caller who may not call any longer. */
  endOf(principalId: string): void {
    this.#sessions.endOf(principalId)
    for (const res of this.#options.connections.answers()) if (res.owner === principalId) res.destroy()
  }

  /** Ends subscriptions with their result and sessions with their streams; requests go on. */
  endSubscriptions(): void {
    this.#sessions.close()
    this.#httpWithSse.close()
    this.#mcp.endSubscriptions()
  }

  readonly #handler = (req: HttpRequest, res: HttpResponse): void => {
    const connection = this.#options.connections.of(req.socket)
    if (connection.isClosing) return
    if (!('body' in req)) {
      for (const name in ALWAYS) res.setHeader(name, ALWAYS[name as keyof typeof ALWAYS])
      // What node:http was given in the same piece after an upgrade that was not made, it drops.
      if (req.headers.upgrade !== undefined) endWith(connection, res)
    }
    const refuse = (thrown: unknown) => this.#refuse(req, res, connection, thrown)
    try {
      this.#handle(req, res, connection)?.catch(refuse)
    } catch (thrown) {
      refuse(thrown)
    }
  }

  get #fastPath(): Handler {
    return {
      handle: this.#handler,
      admit: this.#admit,
      holds: (socket, bytes) => this.#options.connections.of(socket).holds(bytes),
    }
  }

  /** Whether the body of a request may be read: its caller is known. Answers where not. */
  readonly #admit = (req: HttpRequest, res: HttpResponse): boolean => {
    const connection = this.#options.connections.of(req.socket)
    try {
      const { query } = this.#enter(req, res)
      this.#identify(req, query, connection)
      return true
    } catch (thrown) {
      endWith(connection, res)
      this.#answerError(req, res, thrown)
      return false
    }
  }

  /** An unidentified caller, whose body is not read, gets the last answer of the connection. */
  #refuse(req: HttpRequest, res: HttpResponse, connection: ClientConnection, thrown: unknown): void {
    if (connection.isIdentified || res.headersSent) return void this.#answerError(req, res, thrown)
    const last = !('body' in req) && hasBody(req) ? answerUnread(req, res as ServerResponse) : res
    if (!connection.isClosing) endWith(connection, last)
    this.#answerError(req, last, thrown)
  }

  /** In the shape of the API that was meant. */
  #answerError(req: HttpRequest, res: HttpResponse, thrown: unknown): void {
    const found = this.#routes.find(readTarget(req.url ?? '/').path)
    const send = found?.endpoint.errors ?? sendRpcError
    send(res, thrown)
  }

  /** What is checked of every request before anything else. Throws HttpError. */
  #enter(req: HttpRequest, res: HttpResponse): Entered {
    if (!('body' in req)) refuseRepeated(req.rawHeaders)
    const target = readTarget(req.url ?? '/')
    const headers = addressedHeaders(req, target)
    if (req.headers.host === undefined && headers === req.rawHeaders)
      throw new HttpError(400, new RpcError('INVALID_REQUEST', 'A Host header is needed.'))
    const problem = this.#options.hostProblem(headers)
    if (problem) throw new HttpError(403, new RpcError('FORBIDDEN', problem))
    const found = this.#routes.find(target.path)
    if (req.headers.origin !== undefined) allowOrigin(req, res, req.headers.origin, found)
    return { found, query: target.query }
  }

  #identify(req: HttpRequest, query: string, connection: ClientConnection): Principal {
    refuseTokenIn(query)
    const principal = this.#options.gate.identify(connection.credential(req.headers.authorization))
    connection.identifiedAs(principal.user)
    return principal
  }

  /** Throws at once for a refused caller, so that what follows on the connection finds the refusal. */
  #handle(req: HttpRequest, res: HttpResponse, connection: ClientConnection): Promise<void> | void {
    const { found, query } = this.#enter(req, res)
    const { method = '' } = req
    if (method === 'OPTIONS') return this.#answerOptions(res, connection, found)
    if (!found)
      throw new HttpError(
        404,
        new RpcError('METHOD_NOT_FOUND', 'There is nothing here; the endpoint is /mcp.'),
      )
    const { endpoint, name } = found
    if (endpoint.who === 'anyone') {
      const handle = handlerOf(endpoint, method, res)
      if (!connection.isIdentified) endWith(connection, res)
      return handle({ req, res })
    }
    const principal = this.#identify(req, query, connection)
    this.#keepOpenFor(principal, res, connection)
    // Only now, so that no body is asked of anyone unknown.
    if (!('body' in req) && waitsForWord(req)) res.writeContinue()
    const handle = handlerOf(endpoint, method, res)
    const { gate } = this.#options
    return handle({ gate, req, res, principal, query, name: name === undefined ? '' : decodedName(name) })
  }

  /** What may be done somewhere; that needs no authentication. */
  #answerOptions(res: HttpResponse, connection: ClientConnection, found: Found | undefined): void {
    if (!connection.isIdentified) endWith(connection, res)
    const methods = found && allowed(found.endpoint)
    if (methods !== undefined) res.setHeader('allow', methods)
    res.writeHead(204).end()
  }

  /** Until it is answered, or its caller's token ends. */
  #keepOpenFor({ id, user }: Principal, res: HttpResponse, connection: ClientConnection): void {
    res.owner = id
    res.unread = new Unread(this.#options.gate.memory, user, res)
    connection.begin(res)
    res.once('close', () => connection.end(res))
  }
}

/** The origin was found to be allowed before. */
function allowOrigin(req: HttpRequest, res: HttpResponse, origin: string, found: Found | undefined): void {
  const wanted = String(req.headers['access-control-request-headers'] ?? '')
  const harmless = wanted.split(',').filter((name) => HARMLESS.test(name.trim()))
  res.setHeader('access-control-allow-origin', origin)
  res.setHeader('vary', 'origin')
  res.setHeader('access-control-allow-methods', (found && allowed(found.endpoint)) ?? ANY_METHOD)
  res.setHeader('access-control-allow-headers', [ALLOWED_HEADERS, ...harmless].join(', '))
  res.setHeader('access-control-expose-headers', 'mcp-session-id')
  if (wanted !== '') res.setHeader('access-control-max-age', PREFLIGHT_SECONDS)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Whether the body comes only once it is asked for: RFC 9110, section 10.1.1. */
const waitsForWord = ({ headers, httpVersionMinor }: IncomingMessage): boolean =>
  httpVersionMinor === 1 && /^100-continue$/i.test(headers.expect ?? '')

/** An answer past node:http, which would read the rest of the body before it ended the connection. */
function answerUnread({ socket, method }: IncomingMessage, made: ServerResponse): HttpResponse {
  const res = new FastPathResponse(socket, () => endUnread(socket), method === 'HEAD')
  for (const name in ALWAYS) made.removeHeader(name)
  for (const [name, value] of Object.entries(made.getHeaders())) res.setHeader(name, String(value))
  return res
}

/** The HTTP endpoints. The first checks are the cheapest, and no body is read from anyone unknown. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { type Carrier, eraOf } from '../../../protocol/era.ts'
import { type Request, RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import type { Gate, Principal, Toolset } from '../../call/call.ts'
import { addressedHeaders } from '../addressed.ts'
import { bearerCredential, refuseTokenIn } from '../credential.ts'
import type { Doors, Visitor } from '../doors.ts'
import { WEBSOCKET_PATH } from '../paths.ts'
import { readTarget, type Target } from '../target.ts'
import { Unread } from '../unread.ts'
import { ALWAYS, endUnread } from './always.ts'
import { sendError, sendJson } from './answer.ts'
import { HttpRefusal, readMessage } from './body.ts'
import type { Exchange, HttpRequest, HttpResponse } from './exchange.ts'
import { answerModern } from './modern.ts'
import { isOlderSsePath, OlderSse } from './older-sse.ts'
import { answerOllama, isOllamaPath } from './ollama/ollama.ts'
import { answerOpenAi, isOpenAiPath } from './openai.ts'
import { QuickResponse } from './quick/response.ts'
import { answerRefusal, endWith } from './refusal.ts'
import { answerRest, restEndpoint } from './rest.ts'
import { createPlainServer, createTlsServer } from './servers.ts'
import { accepts, SessionEdge } from './session-edge.ts'
import { type SessionLimits, Sessions } from './sessions.ts'
import { refuseRepeated } from './singletons.ts'

export interface HttpEdgeOptions {
  gate: Gate
  /** Counts connections. */
  doors: Doors
  /** Why the Host or Origin headers are refused, or undefined. */
  hostProblem(rawHeaders: readonly string[]): string | undefined
  /** Whether the gateway can do its work. The details are for callers who are known. */
  readiness(): { ready: boolean; details: object }
  metrics(): Promise<{ type: string; text: string }>
  /** The certificate that devices have to trust, as PEM; undefined where this machine has no authority of its own. */
  authority(): string | undefined
  sessions: SessionLimits
  /** Throws where a user may not open another WebSocket now. */
  checkWebSockets(user: string): void
}

/** For how long pages need not ask again whether they may call, in seconds. */
const PREFLIGHT_SECONDS = '600'
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
  readonly #olderSse: OlderSse
  readonly #subscriptions = new Set<AbortController>()
  /** Answers by who asked, from the head of the request on, so that they end when the token does. */
  readonly #open = new Map<HttpResponse, string>()

  constructor(options: HttpEdgeOptions) {
    this.#options = options
    this.#sessions = new Sessions(options.gate, options.sessions)
    this.#sessionEdge = new SessionEdge(options.gate, this.#sessions)
    this.#olderSse = new OlderSse(options.gate, options.sessions)
  }

  get sessionCount(): number {
    return this.#sessions.count
  }

  /** A server of these endpoints. */
  createServer(): Server {
    return createPlainServer(this.#options.doors, { handle: this.#handler, admit: this.#admit })
  }

  /** The same over TLS; both are PEM. */
  createSecureServer(pair: { cert: string; key: string }): SecureServer {
    return createTlsServer(this.#options.doors, { handle: this.#handler, admit: this.#admit }, pair)
  }

  /** Ends the sessions and streams of a caller who may not call any longer. */
  endOf(principalId: string): void {
    this.#sessions.endOf(principalId)
    for (const [res, owner] of this.#open) if (owner === principalId) res.destroy()
  }

  /** Ends subscriptions with their result and sessions with their streams; requests go on. */
  endSubscriptions(): void {
    this.#sessions.close()
    this.#olderSse.close()
    for (const controller of this.#subscriptions) controller.abort()
  }

  readonly #handler = (req: HttpRequest, res: HttpResponse): void => {
    const visitor = this.#options.doors.of(req.socket)
    if (visitor.isLeaving) return
    if (!('body' in req)) {
      for (const name in ALWAYS) res.setHeader(name, ALWAYS[name as keyof typeof ALWAYS])
      // What node:http was given in the same piece after an upgrade that was not made, it drops.
      if (req.headers.upgrade !== undefined) endWith(visitor, res)
    }
    const refuse = (thrown: unknown) => this.#refuse(req, res, visitor, thrown)
    try {
      this.#handle(req, res, visitor)?.catch(refuse)
    } catch (thrown) {
      refuse(thrown)
    }
  }

  /** Whether the body of a request may be read: its caller is known. Answers where not. */
  readonly #admit = (req: HttpRequest, res: HttpResponse): boolean => {
    const visitor = this.#options.doors.of(req.socket)
    try {
      const { query } = this.#enter(req, res)
      this.#identify(req, query, visitor)
      return true
    } catch (thrown) {
      endWith(visitor, res)
      answerRefusal(req, res, thrown)
      return false
    }
  }

  /** Who is unknown, and whose body is not read, gets the last answer of his connection. */
  #refuse(req: HttpRequest, res: HttpResponse, visitor: Visitor, thrown: unknown): void {
    if (visitor.isKnown || res.headersSent) return void answerRefusal(req, res, thrown)
    const last = !('body' in req) && hasBody(req) ? answerUnread(req, res as ServerResponse) : res
    endWith(visitor, last)
    answerRefusal(req, last, thrown)
  }

  /** What is checked of every request before anything else. Throws HttpRefusal. */
  #enter(req: HttpRequest, res: HttpResponse): Target {
    if (!('body' in req)) refuseRepeated(req.rawHeaders)
    const target = readTarget(req.url ?? '/')
    const headers = addressedHeaders(req, target)
    if (req.headers.host === undefined && headers === req.rawHeaders)
      throw new HttpRefusal(400, new RpcError('INVALID_REQUEST', 'A Host header is needed.'))
    const problem = this.#options.hostProblem(headers)
    if (problem) throw new HttpRefusal(403, new RpcError('FORBIDDEN', problem))
    if (req.headers.origin !== undefined)
      allowOrigin(res, req.headers.origin, String(req.headers['access-control-request-headers'] ?? ''))
    return target
  }

  #identify(req: HttpRequest, query: string, visitor: Visitor): Principal {
    refuseTokenIn(query)
    const principal = this.#options.gate.identify(bearerCredential(req.headers.authorization))
    visitor.isOf(principal.user)
    return principal
  }

  /** Throws at once for who is not let in: what comes behind him on the connection must find him so. */
  #handle(req: HttpRequest, res: HttpResponse, visitor: Visitor): Promise<void> | undefined {
    const { path, query } = this.#enter(req, res)
    if (isForAll(req, path)) {
      if (!visitor.isKnown) endWith(visitor, res)
      this.#answerAll(req, res, path)
      return undefined
    }

    const rest = restEndpoint(path)
    const isOpenAi = isOpenAiPath(path)
    const isOllama = isOllamaPath(path)
    const isOlderSse = isOlderSsePath(path)
    const endpoint = rest ? null : ENDPOINT.exec(path)
    if (
      !rest &&
      !isOpenAi &&
      !isOllama &&
      !isOlderSse &&
      !endpoint &&
      path !== '/metrics' &&
      path !== WEBSOCKET_PATH
    )
      throw new HttpRefusal(
        404,
        new RpcError('METHOD_NOT_FOUND', 'There is nothing here; the endpoint is /mcp.'),
      )
    const principal = this.#identify(req, query, visitor)
    if (path === WEBSOCKET_PATH) return this.#askForUpgrade(principal, res)
    this.#keepOpenFor(principal, res, visitor)
    // Only now, so that no body is asked of anyone unknown.
    if (!('body' in req) && waitsForWord(req)) res.writeContinue()
    if (rest) return answerRest(rest, { gate: this.#options.gate, req, res, principal })
    if (isOlderSse) return this.#olderSse.answer(path, query, { req, res, principal })
    if (isOllama) return answerOllama(path, { gate: this.#options.gate, req, res, principal })
    if (isOpenAi) return answerOpenAi(path, { gate: this.#options.gate, req, res, principal })
    if (!endpoint) return this.#metrics(res)
    const server = endpoint[1]
    if (server !== undefined && !this.#options.gate.hasServer(server))
      throw new HttpRefusal(404, new RpcError('METHOD_NOT_FOUND', `There is no server "${server}" here.`))
    const toolset = toolsetOf(query, server)
    return this.#mcp({ req, res, principal, server, toolset })
  }

  /** Until it is answered, or its caller's token ends. */
  #keepOpenFor({ id, user }: Principal, res: HttpResponse, visitor: Visitor): void {
    this.#open.set(res, id)
    res.unread = new Unread(this.#options.gate.memory, user, res)
    visitor.begin(res)
    res.once('close', () => {
      this.#open.delete(res)
      visitor.end(res)
    })
  }

  /** Pages can't read why their WebSocket was refused: they ask here, by the same rules. */
  #askForUpgrade({ user }: Principal, res: HttpResponse): never {
    this.#options.checkWebSockets(user)
    res.setHeader('upgrade', 'websocket')
    throw new HttpRefusal(
      426,
      new RpcError(
        'INVALID_REQUEST',
        'You may open a WebSocket here; ask for it by GET with "Upgrade: websocket".',
      ),
    )
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
    const read = readMessage(this.#options.gate.memory, exchange)
    const parsed = read instanceof Promise ? await read : read
    if (parsed.kind === 'batch')
      throw new HttpRefusal(
        400,
        new RpcError('INVALID_REQUEST', 'Send one message a POST; batches are not taken.'),
      )
    if (parsed.kind === 'refused')
      return sendError(res, parsed.id, new RpcError(parsed.error.code, parsed.error.message), 400)
    try {
      if (eraOf(parsed.message as Partial<Request>, carrierOf(req)) === 'legacy')
        return await this.#sessionEdge.post(exchange, parsed)
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

  /** What is answered whoever asks. */
  #answerAll(req: HttpRequest, res: HttpResponse, path: string): void {
    if (req.method === 'OPTIONS') res.writeHead(204).end()
    else if (path === '/health') sendText(res, 200, 'ok')
    else if (path === '/ready') this.#ready(req, res)
    else this.#authority(res)
  }

  async #metrics(res: HttpResponse): Promise<void> {
    const { type, text } = await this.#options.metrics()
    sendText(res, 200, text, type)
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

const carrierOf = ({ headers }: HttpRequest): Carrier => ({
  inSession: headers['mcp-session-id'] !== undefined,
  headers: { version: headers['mcp-protocol-version'], method: headers['mcp-method'] },
})

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
  if (wanted !== '') res.setHeader('access-control-max-age', PREFLIGHT_SECONDS)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Whether the body comes only once it is asked for: RFC 9110, section 10.1.1. */
const waitsForWord = ({ headers, httpVersionMinor }: IncomingMessage): boolean =>
  httpVersionMinor === 1 && /^100-continue$/i.test(headers.expect ?? '')

/** An answer past node:http, which would read the rest of the body before it ended the connection. */
function answerUnread({ socket }: IncomingMessage, made: ServerResponse): HttpResponse {
  const res = new QuickResponse(socket, () => endUnread(socket))
  for (const name in ALWAYS) made.removeHeader(name)
  for (const [name, value] of Object.entries(made.getHeaders())) res.setHeader(name, String(value))
  return res
}

/** What is answered whoever asks, and without a body being read. */
const isForAll = ({ method }: HttpRequest, path: string): boolean =>
  method === 'OPTIONS' || path === '/health' || path === '/ready' || path === AUTHORITY_PATH

function sendText(res: HttpResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}

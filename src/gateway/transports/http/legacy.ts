/**
 * The legacy revisions over HTTP: sessions, answers as streams that can be resumed, and requests to the client
 * made out of what the current revision calls `input_required`.
 * Source: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
 */
import { randomUUID } from 'node:crypto'
import { Cancellation } from '../../../protocol/cancellation.ts'
import { ERRORS } from '../../../protocol/errors.ts'
import {
  failure,
  type Parsed,
  type Request,
  type Response,
  RpcError,
  requestIdIn,
  success,
  toRpcError,
} from '../../../protocol/jsonrpc.ts'
import { LEGACY_VERSIONS, NOTIFICATION } from '../../../protocol/mcp.ts'
import { initialize } from '../session.ts'
import { accepts } from './accepts.ts'
import { sendJson } from './answer.ts'
import { HttpError, sendError } from './errors.ts'
import { parseEventId } from './event-stream.ts'
import type { McpExchange } from './exchange.ts'
import type { HttpSession } from './http-session.ts'
import { LateStream } from './late-stream.ts'
import type { Sessions } from './sessions.ts'
import { drainedBy, EventSink, sendEventsHead } from './streams.ts'

/** After how long without an answer it is given by a stream, which survives a lost connection. In milliseconds. */
const OPEN_STREAM_AFTER_MS = 500
/** The first version whose clients expect an event without a message. */
const PRIMED_SINCE = '2025-11-25'
const SESSION_HEADER = 'mcp-session-id'

/** A POST with one message. */
export async function postLegacy(
  sessions: Sessions,
  exchange: McpExchange,
  parsed: Exclude<Parsed, { kind: 'batch' | 'refused' }>,
): Promise<void> {
  const { req, res, principal, server } = exchange
  if (parsed.kind === 'request' && parsed.message.method === 'initialize')
    return beginSession(sessions, exchange, parsed.message)
  const session = sessions.get(req.headers[SESSION_HEADER], principal, server)
  checkVersionHeader(req.headers['mcp-protocol-version'])
  if (parsed.kind === 'request') return answerRequest(session, exchange, parsed.message)
  if (parsed.kind === 'response') session.answered(parsed.message as Response)
  else onNotification(session, parsed.message.method, parsed.message.params)
  res.writeHead(202).end()
}

/** A GET: the stream that belongs to no request, or one that was lost, from where it was lost. */
export function openStream(sessions: Sessions, { gate, req, res, principal, server }: McpExchange): void {
  if (!accepts(req.headers.accept, 'text/event-stream'))
    throw new HttpError(
      406,
      new RpcError('INVALID_REQUEST', 'A GET here opens a stream; accept text/event-stream.'),
    )
  const session = sessions.get(req.headers[SESSION_HEADER], principal, server)
  const last = req.headers['last-event-id']
  const event = typeof last === 'string' ? parseEventId(last) : undefined
  if (last !== undefined && !event)
    throw new HttpError(400, new RpcError('INVALID_REQUEST', 'This Last-Event-ID was not given here.'))
  const stream = event ? session.stream(event.stream) : session.standalone
  if (!stream)
    throw new HttpError(
      404,
      new RpcError('INVALID_REQUEST', 'The stream of this Last-Event-ID is no longer kept.'),
    )
  if (req.method === 'HEAD') return void sendEventsHead(res)
  // The newest one counts: an older one may be dead, behind a proxy or after sleep, unnoticed.
  stream.attach(new EventSink(res, gate.stalledMs), event?.seq)
}

/** A DELETE: the client has no more use for its session. */
export function endSession(sessions: Sessions, { req, res, principal, server }: McpExchange): void {
  sessions.end(sessions.get(req.headers[SESSION_HEADER], principal, server))
  res.writeHead(204).end()
}

async function beginSession(
  sessions: Sessions,
  { gate, res, principal, server, toolset }: McpExchange,
  { id, params }: Request,
): Promise<void> {
  const agreed = initialize(
    gate,
    {
      principal,
      transport: 'http',
      server,
      toolset,
      session: randomUUID(),
    },
    params,
  )
  const { facts, result } = await agreed.catch((thrown: unknown) => {
    const error = toRpcError(thrown)
    throw error.code === ERRORS.INVALID_PARAMS.code ? new HttpError(400, error) : error
  })
  const session = sessions.open(facts)
  sendJson(res, 200, success(id, result), { [SESSION_HEADER]: session.id })
}

function onNotification(session: HttpSession, method: string, params: unknown): void {
  const id = method === NOTIFICATION.cancelled ? requestIdIn(params) : undefined
  if (id !== undefined) session.running.get(id)?.abort(new Error('The client cancelled.'))
}

async function answerRequest(
  session: HttpSession,
  { gate, res, held: lent }: McpExchange,
  request: Request,
): Promise<void> {
  const { id } = request
  if (session.running.has(id))
    throw new HttpError(
      400,
      new RpcError('INVALID_REQUEST', 'A request with this id is still being worked on; use another id.'),
    )
  const cancellation = new Cancellation()
  session.running.set(id, cancellation)
  // It goes on without its connection, for a client that reconnects.
  const held = lent?.handOver()

  const open = () => {
    const stream = session.openStream()
    if (res.destroyed) return stream
    stream.attach(new EventSink(res, gate.stalledMs), 0)
    if (session.facts.version >= PRIMED_SINCE) stream.prime()
    return stream
  }
  const stream = new LateStream(open, OPEN_STREAM_AFTER_MS)
  // What was cancelled is not answered: a stream that ends without a message.
  const endUnanswered = () => {
    if (!stream.opened && !res.destroyed) new EventSink(res, gate.stalledMs).end()
  }
  try {
    const result = await session.answer(
      request,
      cancellation,
      (message) => stream.get().send(message),
      () => drainedBy(res, gate.stalledMs),
    )
    if (cancellation.aborted) endUnanswered()
    else if (stream.opened) stream.opened.send(success(id, result))
    else sendJson(res, 200, success(id, result))
  } catch (thrown) {
    const error = toRpcError(thrown)
    if (cancellation.aborted) endUnanswered()
    else if (stream.opened) stream.opened.send(failure(id, error))
    else sendError(res, id, error, 200)
  } finally {
    held?.release()
    session.running.delete(id)
    session.lastUsed = performance.now()
    stream.end()
  }
}

function checkVersionHeader(value: string | string[] | undefined): void {
  if (value === undefined || LEGACY_VERSIONS.some((known) => known === value)) return
  throw new HttpError(
    400,
    new RpcError(
      'UNSUPPORTED_VERSION',
      'The header MCP-Protocol-Version names a version that sessions do not speak.',
      { data: { supported: LEGACY_VERSIONS, requested: value } },
    ),
  )
}

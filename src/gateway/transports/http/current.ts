/** The current revision over HTTP: no session; each POST is one request and its answer, a stream if need be. */
import type { Cancellation } from '../../../protocol/cancellation.ts'
import {
  failure,
  notification,
  type Request,
  RpcError,
  success,
  toRpcError,
} from '../../../protocol/jsonrpc.ts'
import { METHOD } from '../../../protocol/mcp.ts'
import { checkVersion, readEnvelope, withSubscriptionId } from '../envelope.ts'
import { sendJson } from './answer.ts'
import { runCall, untilGone } from './call.ts'
import { HttpError, sendError } from './errors.ts'
import type { McpExchange } from './exchange.ts'
import { checkHeaders } from './headers.ts'
import { LateStream } from './late-stream.ts'
import { EventSink } from './streams.ts'

/** After how long without an answer the stream is opened, in milliseconds. */
const OPEN_STREAM_AFTER_MS = 10_000

export async function answerCurrent(
  exchange: McpExchange,
  request: Request,
  subscriptions: Set<Cancellation>,
): Promise<void> {
  const { gate, req, res, server, toolset } = exchange
  const { id, method } = request
  const params = (request.params ?? {}) as Record<string, unknown>
  const { version, client } = envelopeOf(params)
  checkHeaders(req.headers, version, method, params, (tool) => gate.mirroredHeaders(server, tool))
  checkVersion(version)

  // The client hanging up is how it cancels.
  const cancellation = untilGone(res)
  const isSubscription = method === METHOD.listen
  if (isSubscription) subscriptions.add(cancellation)
  const stream = new LateStream(
    () => new EventSink(res, gate.stalledMs),
    isSubscription ? undefined : OPEN_STREAM_AFTER_MS,
  )
  try {
    const result = await runCall(exchange, {
      method,
      params,
      client,
      server,
      toolset,
      cancellation,
      notify: (name, fields) =>
        stream.get().send(JSON.stringify(notification(name, withSubscriptionId(method, id, fields)))),
    })
    const answer = success(id, withSubscriptionId(method, id, result))
    if (stream.opened) stream.opened.send(JSON.stringify(answer))
    else sendJson(res, 200, answer)
  } catch (thrown) {
    const error = toRpcError(thrown)
    if (stream.opened) stream.opened.send(JSON.stringify(failure(id, error)))
    else sendError(res, id, error)
  } finally {
    if (isSubscription) subscriptions.delete(cancellation)
    stream.end()
  }
}

/** What is missing from the envelope is a fault of the request as such, which HTTP calls 400. */
function envelopeOf(params: Record<string, unknown>): ReturnType<typeof readEnvelope> {
  try {
    return readEnvelope(params)
  } catch (error) {
    throw error instanceof RpcError ? new HttpError(400, error) : error
  }
}

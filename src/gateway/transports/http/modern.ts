/** The current revision over HTTP: no session; each POST is one request and its answer, a stream if need be. */
import {
  failure,
  notification,
  type Request,
  RpcError,
  success,
  toRpcError,
} from '../../../protocol/jsonrpc.ts'
import { METHOD } from '../../../protocol/mcp.ts'
import type { Gate } from '../../call/call.ts'
import { checkVersion, readEnvelope, withSubscriptionId } from '../envelope.ts'
import { sendError, sendJson } from './answer.ts'
import { HttpRefusal } from './body.ts'
import type { Exchange } from './exchange.ts'
import { checkHeaders } from './headers.ts'
import { EventSink, takenBy } from './sse.ts'

/** After how long without an answer the stream is opened, in milliseconds, so that nobody on the way gives up. */
const OPEN_STREAM_AFTER_MS = 10_000

export async function answerModern(
  gate: Gate,
  { req, res, principal, server, toolset }: Exchange,
  request: Request,
  subscriptions: Set<AbortController>,
): Promise<void> {
  const { id, method } = request
  const params = (request.params ?? {}) as Record<string, unknown>
  const { version, client } = envelopeOf(params)
  checkHeaders(req.headers, version, method, params, (tool) => gate.mirroredHeaders(server, tool))
  checkVersion(version)

  // The client hanging up is how it cancels.
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort(new Error('The caller has gone.'))
  })
  let sink: EventSink | undefined
  const open = () => {
    sink ??= new EventSink(res, gate.stalledMs)
    return sink
  }
  const isSubscription = method === METHOD.listen
  if (isSubscription) subscriptions.add(controller)
  const timer = isSubscription ? undefined : setTimeout(open, OPEN_STREAM_AFTER_MS)
  try {
    const result = await gate.run({
      principal,
      transport: 'http',
      server,
      toolset,
      method,
      params,
      client,
      signal: controller.signal,
      taken: () => takenBy(res, gate.stalledMs),
      notify: (name, fields) =>
        open().send(JSON.stringify(notification(name, withSubscriptionId(method, id, fields)))),
    })
    const answer = success(id, withSubscriptionId(method, id, result))
    if (sink) sink.send(JSON.stringify(answer))
    else sendJson(res, 200, answer)
  } catch (thrown) {
    const error = toRpcError(thrown)
    if (sink) sink.send(JSON.stringify(failure(id, error)))
    else sendError(res, id, error)
  } finally {
    clearTimeout(timer)
    subscriptions.delete(controller)
    sink?.end()
  }
}

/** What is missing from the envelope is a fault of the request as such, which HTTP calls 400. */
function envelopeOf(params: Record<string, unknown>): ReturnType<typeof readEnvelope> {
  try {
    return readEnvelope(params)
  } catch (error) {
    throw error instanceof RpcError ? new HttpRefusal(400, error) : error
  }
}

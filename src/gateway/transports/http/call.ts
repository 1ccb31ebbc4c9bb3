/** A request over HTTP as a call of the gateway's. */
import { Cancellation } from '../../../protocol/cancellation.ts'
import type { Result } from '../../../protocol/mcp.ts'
import type { ClientFacts, Drained, Inbound, Toolset } from '../../call/call.ts'
import { CancellableCall } from '../../call/cancellable-call.ts'
import { NO_CAPABILITIES } from '../envelope.ts'
import type { Exchange, HttpResponse } from './exchange.ts'
import { drainedBy } from './streams.ts'

export interface HttpCall {
  method: string
  params: Record<string, unknown>
  /** Without it the client is one that can be asked nothing. */
  client?: ClientFacts
  server?: string | undefined
  toolset?: Toolset
  /** Without it the call ends when its caller hangs up. */
  cancellation?: Cancellation
  notify?(method: string, params: Record<string, unknown>): Drained
}

const toNobody: Inbound['notify'] = () => undefined

/** The result of a call; throws RpcError. */
export function runCall({ gate, principal, res }: Exchange, call: HttpCall): Promise<Result> {
  const { method, params, client = NO_CAPABILITIES, server, toolset = 'all', notify = toNobody } = call
  return gate.run(
    new CancellableCall({
      principal,
      transport: 'http',
      server,
      toolset,
      method,
      params,
      client,
      cancellation: call.cancellation ?? untilGone(res),
      drained: () => drainedBy(res, gate.stalledMs),
      notify,
    }),
  )
}

/** Aborted when the caller hangs up before the answer has gone out. */
export function untilGone(res: HttpResponse): Cancellation {
  const cancellation = new Cancellation()
  res.once('close', () => {
    if (!res.writableFinished) cancellation.abort(new Error('The caller disconnected.'))
  })
  return cancellation
}

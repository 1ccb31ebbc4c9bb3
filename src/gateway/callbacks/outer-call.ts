/** A call that a server works on, and the calls that it makes within. */
import { randomBytes } from 'node:crypto'
import type { PeerRequest } from '../../client/peer-requests.ts'
import { MAX_CALL_DEPTH, MAX_CALLS_WITHIN } from '../../protocol/calls.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Result } from '../../protocol/mcp.ts'
import { advertisedName } from '../../protocol/names.ts'
import type { CallTrace, ConsentedCall, Inbound, Within } from '../call/call.ts'
import { CancellableCall } from '../call/cancellable-call.ts'

export class OuterCall {
  readonly call: ConsentedCall
  readonly #run: (inbound: Inbound) => Promise<Result>
  readonly #within: Within

  constructor(call: ConsentedCall, trace: CallTrace, run: (inbound: Inbound) => Promise<Result>) {
    this.call = call
    this.#run = run
    trace.id ??= randomBytes(4).toString('hex')
    const { within, resolved } = call
    const name = resolved.target
      ? advertisedName(resolved.target.descriptor.service_name, resolved.target.name)
      : call.method
    this.#within = {
      call,
      parent: trace.id,
      depth: (within?.depth ?? 0) + 1,
      chain: [...(within?.chain ?? []), name],
      count: within?.count ?? { calls: 0 },
    }
  }

  /** Makes a call on behalf of this one's caller, which takes the way of every call. Throws RpcError. */
  async make(request: PeerRequest, method: string, params: Record<string, unknown>): Promise<Result> {
    const { depth, chain, count } = this.#within
    if (depth > MAX_CALL_DEPTH) throw tooDeep(chain, params.name ?? method)
    if (count.calls >= MAX_CALLS_WITHIN) throw tooMany(chain)
    count.calls++
    const { principal, transport, session, client } = this.call
    return this.#run(
      new CancellableCall({
        ...{ principal, transport, session, method, params },
        ...{ server: undefined, toolset: 'all', drained: undefined, within: this.#within },
        // Nobody can be asked in the middle of it.
        client: { capabilities: {}, info: client.info, logLevel: undefined },
        cancellation: request.cancellation,
        notify: (name, fields) => request.notify(name, fields),
      }),
    )
  }
}

/** The limits are told by their names in docs/limits.md. */
const tooDeep = (chain: readonly string[], name: unknown): RpcError =>
  new RpcError(
    'FORBIDDEN',
    `Calls within calls go ${MAX_CALL_DEPTH} deep at most (calls.depth), and this one would go deeper: ${[...chain, typeof name === 'string' ? name.slice(0, 100) : '?'].join(' → ')}.`,
    { data: { limit: 'calls.depth' } },
  )

const tooMany = ([name]: readonly string[]): RpcError =>
  new RpcError(
    'RATE_LIMITED',
    `${MAX_CALLS_WITHIN} calls were made within this one of ${name}, the most there may be (calls.within); do less at a time.`,
    { data: { limit: 'calls.within' } },
  )

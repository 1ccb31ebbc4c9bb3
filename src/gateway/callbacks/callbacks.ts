/**
 * What servers ask of the gateway while they work on a call. A call that is made within another one is one of that one's caller,
 * and takes the way of every call; nothing is granted here.
 */
import type { PeerRequest, PeerRequestHandler } from '../../client/peer-requests.ts'
import { GATEWAY } from '../../protocol/calls.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD, type Result } from '../../protocol/mcp.ts'
import type { CallTrace, ConsentedCall, Inbound } from '../call/call.ts'
import { CALL_BYTES, type Memory } from '../call/memory.ts'
import { OuterCall } from './outer-call.ts'

/** One thing that servers may ask for. Throws RpcError; anything else becomes one without its content. */
export type Verb = (outer: OuterCall, request: PeerRequest) => Promise<Result> | Result

export interface CallbacksOptions {
  memory: Memory
  /** Takes a call through all stages. */
  run(inbound: Inbound): Promise<Result>
  /** What servers may ask for besides calls, by the name of its method. */
  verbs?: Readonly<Record<string, Verb>>
}

export interface Callbacks {
  /** Answers what is asked within a call. */
  within(call: ConsentedCall, trace: CallTrace): PeerRequestHandler
}

const CALLS: Readonly<Record<string, Verb>> = {
  [GATEWAY.callTool]: (outer, request) => {
    const { name, arguments: args } = request.params
    return outer.make(request, METHOD.callTool, { name, arguments: args })
  },
  [GATEWAY.readResource]: (outer, request) =>
    outer.make(request, METHOD.readResource, { uri: request.params.uri }),
  [GATEWAY.chat]: (outer, request) =>
    outer.make(request, 'mcp.llm.chat', { arguments: request.params.request }),
  [GATEWAY.embed]: (outer, request) =>
    outer.make(request, 'mcp.llm.embed', { arguments: request.params.request }),
}

export function createCallbacks({ memory, run, verbs }: CallbacksOptions): Callbacks {
  const all = new Map(Object.entries({ ...CALLS, ...verbs }))

  async function answer(outer: OuterCall, request: PeerRequest): Promise<Result> {
    const verb = all.get(request.method)
    if (!verb)
      throw new RpcError(
        'METHOD_NOT_FOUND',
        `A server can't ask for "${request.method.slice(0, 100)}"; it can for ${[...all.keys()].join(', ')}.`,
      )
    const held = memory.take(outer.call.principal.user, 'calls', CALL_BYTES)
    try {
      return await verb(outer, request)
    } finally {
      held.release()
    }
  }

  return {
    within(call, trace) {
      const outer = new OuterCall(call, trace, run)
      const { user } = call.principal
      return {
        answer: (request) => answer(outer, request),
        async holdRequest(bytes, gone) {
          const held = await memory.room(user, 'bodies', bytes, gone)
          return () => held.release()
        },
        holdAnswer(bytes) {
          const held = memory.take(user, 'answers', bytes)
          return () => held.release()
        },
      }
    },
  }
}

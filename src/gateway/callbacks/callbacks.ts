/**
 * What servers ask of the gateway while they work on a call. A call that is made within another one is one of that one's caller,
 * and takes the way of every call; nothing is granted here.
 */
import type { PeerRequest, PeerRequestHandler } from '../../client/peer-requests.ts'
import { GATEWAY, mayNeedConsent } from '../../protocol/calls.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD, type Result } from '../../protocol/mcp.ts'
import type { AnswerRoom } from '../call/answer-room.ts'
import type { CallTrace, ConsentedCall, Inbound } from '../call/call.ts'
import { HELD_STATE } from '../call/held-state.ts'
import { identityOf } from '../call/identity.ts'
import { CALL_BYTES, type Memory } from '../call/memory.ts'
import { Conversation } from './conversation.ts'
import { type Asking, OuterCall } from './outer-call.ts'

/** One thing that servers may ask for. Throws RpcError; anything else becomes one without its content. */
export type Verb = (outer: OuterCall, request: PeerRequest) => Promise<Result> | Result

export interface CallbacksOptions {
  memory: Memory
  /** For the long answers of servers that call others. */
  answers: Pick<AnswerRoom, 'ended'>
  /** How many calls may wait for their clients. */
  atOnce: number
  /** Takes a call through all stages. */
  run(inbound: Inbound): Promise<Result>
  /** Calls a listener when `luca approve` decides about a call, by its ticket; gives what ends that. */
  onDecided(ticket: string, listener: () => void): () => void
  /** What servers may ask for besides calls, by the name of its method. */
  verbs?: Readonly<Record<string, Verb>>
  /** How long a person may take to answer, in milliseconds. */
  waitMs?: number
}

/** A call of a tool that the gateway's own server makes for whoever asked it. */
export interface MadeCall extends Omit<Asking, 'notify'> {
  name: string
  arguments: Record<string, unknown>
  /** Names of tools that showed what others wrote before it. */
  read: readonly string[]
}

/** Sends a call to the server that it is for. */
type Route = (call: ConsentedCall, trace: CallTrace) => Result | Promise<Result>

export interface Callbacks {
  /** Has a call made; one whose server calls others may be answered with questions, and be joined by its client's answers. */
  follow(call: ConsentedCall, trace: CallTrace, route: Route): Result | Promise<Result>
  /** Answers what a server asks within a call. */
  within(call: ConsentedCall, trace: CallTrace): PeerRequestHandler
  /** Makes a call of a tool within one that the gateway itself works on. Throws RpcError. */
  make(call: ConsentedCall, trace: CallTrace, made: MadeCall): Promise<Result>
  /** Calls a listener once a held call needs no answer any longer; undefined where it is none. */
  onDecided(held: string, listener: () => void): (() => void) | undefined
  /** The client of a held call does not ask for it again. */
  leave(held: string): void
  /** Ends what is held for a caller that may do nothing any longer. */
  endOf(principalId: string): void
}

/** How long a person may take to answer, in milliseconds. */
const WAIT_MS = 10 * 60_000
/** One caller has at most one in so many of the calls that may wait for their clients. */
const SHARE = 5

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
  [GATEWAY.count]: (outer, request) =>
    outer.make(request, 'mcp.llm.count', { arguments: request.params.request }),
  [GATEWAY.models]: (outer, request) => outer.make(request, 'mcp.llm.models', { arguments: {} }),
}

export function createCallbacks({
  memory,
  answers,
  atOnce,
  run,
  onDecided,
  verbs,
  waitMs = WAIT_MS,
}: CallbacksOptions): Callbacks {
  const all = new Map(Object.entries({ ...CALLS, ...verbs }))
  /** Of outermost calls, by the call as its server has it. */
  const conversations = new WeakMap<ConsentedCall, Conversation>()
  /** Those whose clients were asked, by their ids. */
  const held = new Map<string, Conversation>()

  /** `outermost` is the call as its server has it, where that is the request itself. */
  function converse(request: ConsentedCall, outermost?: ConsentedCall): Conversation {
    const conversation = new Conversation(request, {
      memory,
      waitMs,
      onParked(parked) {
        checkRoom(parked)
        held.set(parked.id, parked)
      },
      onEnd: ({ id }) => held.delete(id),
    })
    conversations.set(outermost ?? conversation.call, conversation)
    return conversation
  }

  function checkRoom({ id, principalId }: Conversation): void {
    if (held.has(id)) return
    const own = [...held.values()].filter((one) => one.principalId === principalId).length
    if (held.size < atOnce && own < Math.max(1, Math.floor(atOnce / SHARE))) return
    throw new RpcError(
      'RATE_LIMITED',
      `${held.size} calls wait for answers of their clients, ${own} of them yours, and ${atOnce} are the most, a fifth of them one token's (consent.waitingAtOnce); answer those first.`,
      { data: { limit: 'consent.waitingAtOnce', retryAfterMs: 1000 } },
    )
  }

  /** The held call that a request continues. Throws INVALID_PARAMS. */
  function find(request: ConsentedCall, state: string): Conversation {
    const found = held.get(state.slice(HELD_STATE.length))
    if (found?.principalId === request.principal.id && found.identity === identityOf(request)) return found
    throw new RpcError(
      'INVALID_PARAMS',
      'This requestState is not valid here, or no longer; start the call again without it.',
    )
  }

  /** Servers are also called by the gateway itself, on behalf of a user whose client is not connected. */
  function conversationOf(call: ConsentedCall): Conversation {
    const outermost = call.within?.outermost ?? call
    return conversations.get(outermost) ?? converse(outermost, outermost)
  }

  async function counted<T>({ principal }: ConsentedCall, work: () => Promise<T> | T): Promise<T> {
    const bytes = memory.take(principal.user, 'calls', CALL_BYTES)
    try {
      return await work()
    } finally {
      bytes.release()
    }
  }

  async function answer(outer: OuterCall, request: PeerRequest): Promise<Result> {
    const verb = all.get(request.method)
    if (!verb)
      throw new RpcError(
        'METHOD_NOT_FOUND',
        `A server can't ask for "${request.method.slice(0, 100)}"; it can for ${[...all.keys()].join(', ')}.`,
      )
    return counted(outer.call, () => verb(outer, request))
  }

  return {
    follow(request, trace, route) {
      if (request.within || !mayNeedConsent(request.resolved.target?.descriptor.calls))
        return route(request, trace)
      const state = request.params.requestState
      if (typeof state === 'string' && state.startsWith(HELD_STATE))
        return find(request, state).resume(request)
      const conversation = converse(request)
      const { call } = conversation
      const result = conversation.resume(request)
      const working = (async () => route(call, trace))()
      conversation.begin(working, () => answers.ended(call))
      return result
    },
    within(call, trace) {
      const outer = new OuterCall(call, trace, conversationOf(call), { run, onDecided, waitMs })
      const { user } = call.principal
      return {
        answer: (request) => answer(outer, request),
        async holdRequest(bytes, gone) {
          const room = await memory.room(user, 'bodies', bytes, gone)
          return () => room.release()
        },
        holdAnswer(bytes) {
          const room = memory.take(user, 'answers', bytes)
          return () => room.release()
        },
      }
    },
    make(call, trace, { name, arguments: args, read, ...asking }) {
      const options = { run, onDecided, waitMs }
      const outer = new OuterCall(call, trace, conversationOf(call), options, { forAsker: true, read })
      const request = { ...asking, notify: () => undefined }
      return counted(call, () => outer.make(request, METHOD.callTool, { name, arguments: args }))
    },
    onDecided: (id, listener) => held.get(id)?.onDecided(listener),
    leave: (id) => held.get(id)?.end(new Error('The client gave the call up.')),
    endOf(principalId) {
      for (const one of held.values())
        if (one.principalId === principalId) one.end(new Error('The caller may do nothing any longer.'))
    },
  }
}

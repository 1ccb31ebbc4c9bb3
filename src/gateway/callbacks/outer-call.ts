/** A call that a server works on, and the calls that it makes within. */
import { randomBytes } from 'node:crypto'
import type { PeerRequest } from '../../client/peer-requests.ts'
import { MAX_CALL_DEPTH, MAX_CALLS_WITHIN } from '../../protocol/calls.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import {
  type InputRequest,
  type InputRequests,
  type InputRequiredResult,
  type InputResponses,
  META,
  type Result,
} from '../../protocol/mcp.ts'
import { advertisedName } from '../../protocol/names.ts'
import { textIn } from '../../protocol/values.ts'
import type { CallTrace, ConsentedCall, Inbound, Within } from '../call/call.ts'
import { CancellableCall } from '../call/cancellable-call.ts'
import { readBefore } from '../call/within.ts'
import type { Conversation } from './conversation.ts'
import { waitWithin } from './waiting.ts'

export interface OuterCallOptions {
  /** Takes a call through all stages. */
  run(inbound: Inbound): Promise<Result>
  /** Calls a listener when `luca approve` decides about a call; gives what ends that. */
  onDecided(ticket: string, listener: () => void): () => void
  /** How long a person may take, in milliseconds. */
  waitMs: number
}

/** What asks for a call. */
export type Asking = Pick<PeerRequest, 'cancellation' | 'notify'> & {
  /** Called when the call begins to wait for a person. */
  onWaiting?(): void
}

/** What is known of who asks, where that is not the server of the outer call itself. */
export type AskedFor = Pick<Within, 'forAsker' | 'read'>

export class OuterCall {
  readonly call: ConsentedCall
  readonly #conversation: Conversation
  readonly #options: OuterCallOptions
  readonly #within: Within

  constructor(
    call: ConsentedCall,
    trace: CallTrace,
    conversation: Conversation,
    options: OuterCallOptions,
    { forAsker, read }: AskedFor = { forAsker: false, read: readBefore(call) },
  ) {
    this.call = call
    this.#conversation = conversation
    this.#options = options
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
      outermost: within?.outermost ?? call,
      forAsker,
      read,
    }
  }

  /**
   * Makes a call on behalf of this one's caller, which takes the way of every call; where a person must be asked, it waits for
   * that. Throws RpcError.
   */
  async make(request: Asking, method: string, params: Record<string, unknown>): Promise<Result> {
    const { depth, chain } = this.#within
    const name = typeof params.name === 'string' ? params.name.slice(0, 100) : method
    if (depth > MAX_CALL_DEPTH) throw tooDeep([...chain, name])
    if (this.#conversation.calls >= MAX_CALLS_WITHIN) throw tooMany(chain)
    this.#conversation.calls++
    let round = params
    for (let n = 0; n < MAX_ROUNDS; n++) {
      const result = await this.#run(request, method, round)
      const ticket = textIn(result._meta?.[META.ticket])
      const isQuestion = result.resultType === 'input_required'
      if (!isQuestion && ticket === undefined) return result
      const answers = await this.#wait(request, (gone) =>
        isQuestion
          ? this.#ask(
              withWay((result as InputRequiredResult).inputRequests ?? {}, [...chain, name]),
              ticket,
              gone,
            )
          : this.#decided(ticket, gone),
      )
      if (answers === LATE) return unanswered([...chain, name], this.#options.waitMs)
      // What was decided elsewhere is found by the call as it was.
      round = answers ? { ...params, inputResponses: answers, requestState: result.requestState } : params
    }
    throw new RpcError('INTERNAL', `${name} asked ${MAX_ROUNDS} times and was still not done.`)
  }

  #run(request: Asking, method: string, params: Record<string, unknown>): Promise<Result> {
    const { principal, transport, session, client } = this.call
    return this.#options.run(
      new CancellableCall({
        principal,
        transport,
        session,
        method,
        params,
        server: undefined,
        toolset: 'all',
        drained: undefined,
        within: this.#within,
        client: { ...client, logLevel: undefined },
        cancellation: request.cancellation,
        notify: (name, fields) => request.notify(name, fields),
      }),
    )
  }

  /** Waits for a person for as long as may be; `LATE` after that. */
  async #wait<T>(
    { cancellation, onWaiting }: Asking,
    person: (gone: AbortSignal) => Promise<T>,
  ): Promise<T | typeof LATE> {
    const { waitMs } = this.#options
    onWaiting?.()
    const done = waitWithin(this.call, waitMs)
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(LATE), waitMs).unref()
    try {
      return await person(AbortSignal.any([cancellation.signal, late.signal]))
    } catch (error) {
      if (error === LATE) return LATE
      throw error
    } finally {
      clearTimeout(timer)
      done()
    }
  }

  /** Asks the client of the outermost call; undefined where `luca approve` decided first. */
  async #ask(
    inputRequests: InputRequests,
    ticket: string | undefined,
    gone: AbortSignal,
  ): Promise<InputResponses | undefined> {
    const elsewhere = new AbortController()
    const answers = this.#conversation.ask(inputRequests, ticket, AbortSignal.any([gone, elsewhere.signal]))
    if (ticket === undefined) return answers
    const stop = this.#options.onDecided(ticket, () => elsewhere.abort(DECIDED))
    try {
      return await answers
    } catch (error) {
      if (error === DECIDED) return undefined
      throw error
    } finally {
      stop()
    }
  }

  /** There is no person to ask: it waits for `luca approve`. */
  #decided(ticket: string | undefined, gone: AbortSignal): Promise<undefined> {
    return new Promise((resolve, reject) => {
      const stop = this.#options.onDecided(ticket ?? '', () => {
        stop()
        resolve(undefined)
      })
      gone.addEventListener(
        'abort',
        () => {
          stop()
          reject(gone.reason)
        },
        { once: true },
      )
    })
  }
}

const LATE = Symbol('no answer in time')
const DECIDED = Symbol('decided elsewhere')

/** Who is asked by a tool sees which calls led to it; what asks for consent says so itself. */
function withWay(inputRequests: InputRequests, chain: readonly string[]): InputRequests {
  const way = chain.join(' → ')
  const shown = Object.entries(inputRequests).map(([key, request]): [string, InputRequest] => {
    if (request.method !== 'elicitation/create' || request.params.message.includes(way)) return [key, request]
    const message = `${way} asks:\n${request.params.message}`
    return [key, { ...request, params: { ...request.params, message } }]
  })
  return Object.fromEntries(shown)
}

/** How often one call may ask. */
const MAX_ROUNDS = 16

const unanswered = (chain: readonly string[], waitMs: number): Result => ({
  resultType: 'complete',
  content: [
    {
      type: 'text',
      text: `Not done: ${chain.join(' → ')}. A person was asked, and there was no answer within ${waitMs / 60_000} minutes.`,
    },
  ],
  isError: true,
})

/** Errors name the limits as docs/limits.md does. */
const tooDeep = (chain: readonly string[]): RpcError =>
  new RpcError(
    'FORBIDDEN',
    `Calls within calls go ${MAX_CALL_DEPTH} deep at most (calls.depth), and this one would go deeper: ${chain.join(' → ')}.`,
    { data: { limit: 'calls.depth' } },
  )

const tooMany = ([name]: readonly string[]): RpcError =>
  new RpcError(
    'RATE_LIMITED',
    `${MAX_CALLS_WITHIN} calls were made within this one of ${name}, the most there may be (calls.within); do less at a time.`,
    { data: { limit: 'calls.within' } },
  )

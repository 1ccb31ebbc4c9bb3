/**
 * An outermost call whose server calls others, from its first request to its result. A call within it may have to ask the person
 * at its client. Then the client's request is answered with the question, while the handler keeps waiting; the client's
 * repetition, with the answer and the state that it was given, is joined to the same call again. Nothing runs twice.
 */
import { randomBytes } from 'node:crypto'
import { type Cancellable, Cancellation } from '../../protocol/cancellation.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import {
  type InputRequests,
  type InputResponses,
  META,
  NOTIFICATION,
  type Result,
} from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { ConsentedCall, Drained } from '../call/call.ts'
import { HELD_STATE } from '../call/held-state.ts'
import { identityOf } from '../call/identity.ts'
import { CALL_BYTES, type Held, type Memory, textBytes } from '../call/memory.ts'
import { type Asked, asked } from './questions.ts'

/** What a call within one asks. */
interface Question {
  requests: InputRequests
  /** By which `luca approve` can decide about it. */
  ticket: string | undefined
  answers: InputResponses
  resolve(answers: InputResponses): void
  reject(reason: unknown): void
}

export interface ConversationOptions {
  memory: Memory
  /** How long a client may stay away that was asked, in milliseconds. */
  waitMs: number
  /** Throws RATE_LIMITED where no more calls may wait for their clients. */
  onParked(conversation: Conversation): void
  onEnd(conversation: Conversation): void
}

export class Conversation implements Cancellable {
  /** The id by which its client continues it, and what such a request must be; made when it is first asked. */
  id = ''
  identity = ''
  /** The call as its server has it: its end is that of the client's latest request, its notifications go to that one. */
  readonly call: ConsentedCall
  /** How many calls were made within it. */
  calls = 0
  readonly #options: ConversationOptions
  readonly #cancellation = new Cancellation()
  readonly #onDecided = new Set<() => void>()
  /** Those that wait for an answer, and what of them the client was asked last. */
  readonly #open = new Set<Question>()
  #asked: Asked<Question> | undefined
  /** The client's latest request, and what it gets; undefined while the client is asked. */
  #request: ConsentedCall
  #answer: PromiseWithResolvers<Result> | undefined
  #telling: NodeJS.Immediate | undefined
  #outcome: { result: Result } | { error: unknown } | undefined
  #away: NodeJS.Timeout | undefined
  #held: Held | undefined

  constructor(request: ConsentedCall, options: ConversationOptions) {
    this.#options = options
    this.#request = request
    const cancellation = this.#cancellation
    this.call = Object.create(request, {
      cancellation: { value: cancellation },
      signal: { get: () => cancellation.signal },
      notify: { value: (method: string, params: Record<string, unknown>) => this.#notify(method, params) },
      drained: { value: () => this.#drained() },
      slot: { get: () => this.#request.slot },
      client: { get: () => this.#request.client },
      deadline: { value: request.deadline, writable: true },
    })
  }

  get principalId(): string {
    return this.#request.principal.id
  }

  /** Has the server work on it. `ended` is called once it does no longer. */
  begin(working: Promise<Result>, ended: () => void): void {
    working
      .then(
        (result) => this.#settle({ result }),
        (error) => this.#settle({ error }),
      )
      .finally(ended)
  }

  /** A request of its client, the first one or a later one with answers: gives what that one gets. */
  resume(request: ConsentedCall): Promise<Result> {
    this.#leave()
    this.#answer?.reject(
      new RpcError('INVALID_REQUEST', 'The client continues this call by another request.'),
    )
    this.#request = request
    const answer = Promise.withResolvers<Result>()
    this.#answer = answer
    if (request.cancellation) request.cancellation.tell(this)
    else request.signal.addEventListener('abort', this.#onAbort, { once: true })
    const gone = request.cancellation ?? request.signal
    if (gone.aborted) this.end(gone.reason)
    this.#take(request.params.inputResponses)
    if (this.#outcome) this.#finish(this.#outcome)
    else this.#tellSoon()
    return answer.promise
  }

  /** Has the client asked; gives its answers by their keys. Rejects with the reason of `gone`, or once the call has ended. */
  ask(requests: InputRequests, ticket: string | undefined, gone: AbortSignal): Promise<InputResponses> {
    return new Promise((resolve, reject) => {
      const question: Question = {
        requests,
        ticket,
        answers: {},
        resolve: (answers) => close(() => resolve(answers)),
        reject: (reason) => close(() => reject(reason)),
      }
      const onAbort = () => question.reject(gone.reason)
      const close = (then: () => void) => {
        gone.removeEventListener('abort', onAbort)
        this.#open.delete(question)
        if (this.#open.size === 0) for (const told of this.#onDecided) told()
        then()
      }
      gone.addEventListener('abort', onAbort, { once: true })
      this.#open.add(question)
      this.#tellSoon()
    })
  }

  /** Calls a listener once its client need not answer any longer; gives what ends that. */
  onDecided(listener: () => void): () => void {
    this.#onDecided.add(listener)
    return () => this.#onDecided.delete(listener)
  }

  /** The client's latest request was cancelled. */
  cancelled(reason: unknown): void {
    this.end(reason)
  }

  /** Ends it, with all that is made within it. */
  end(reason: unknown): void {
    this.#cancellation.abort(reason)
    this.#settle({ error: reason })
    if (!this.#answer) this.#close()
  }

  readonly #onAbort = () => this.end(this.#request.signal.reason)

  #leave(): void {
    clearTimeout(this.#away)
    this.#held?.release()
    this.#held = undefined
    const { cancellation } = this.#request
    if (cancellation) cancellation.tellNot(this)
    else this.#request.signal.removeEventListener('abort', this.#onAbort)
  }

  /** Progress is known by the token of the request that the client waits for. */
  #notify(method: string, params: Record<string, unknown>): Drained {
    if (!this.#answer) return undefined
    if (method !== NOTIFICATION.progress) return this.#request.notify(method, params)
    const { _meta: meta } = this.#request.params
    const progressToken = isRecord(meta) ? meta.progressToken : undefined
    return progressToken === undefined
      ? undefined
      : this.#request.notify(method, { ...params, progressToken })
  }

  #drained(): Drained {
    return this.#answer ? this.#request.drained?.() : undefined
  }

  #take(responses: unknown): void {
    for (const { question, key, answer } of this.#asked?.answersIn(responses) ?? []) {
      if (!this.#open.has(question)) continue // it was decided elsewhere
      question.answers[key] = answer
      if (Object.keys(question.requests).every((wanted) => Object.hasOwn(question.answers, wanted)))
        question.resolve(question.answers)
    }
    this.#asked = undefined
  }

  /** What is asked within one turn is asked together. */
  #tellSoon(): void {
    if (this.#open.size === 0) return
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined
      if (this.#answer && this.#open.size > 0 && !this.#outcome) this.#park(this.#answer)
    })
  }

  /** Answers the client's request with the questions. */
  #park(answer: PromiseWithResolvers<Result>): void {
    if (this.id === '') {
      this.id = randomBytes(18).toString('base64url')
      this.identity = identityOf(this.#request)
    }
    const open = [...this.#open]
    this.#asked = asked(open)
    const { memory, waitMs, onParked } = this.#options
    const [first] = open
    const result: Result = {
      resultType: 'input_required',
      inputRequests: this.#asked.inputRequests,
      requestState: HELD_STATE + this.id,
      _meta: {
        [META.held]: this.id,
        ...(open.length === 1 && first?.ticket !== undefined ? { [META.ticket]: first.ticket } : {}),
      },
    }
    try {
      onParked(this)
      const { principal, params } = this.#request
      const bytes = CALL_BYTES + textBytes(JSON.stringify(params)) + textBytes(JSON.stringify(result))
      this.#held = memory.take(principal.user, 'consent', bytes)
    } catch (error) {
      return void this.end(error)
    }
    this.#answer = undefined
    this.#away = setTimeout(() => this.end(new RpcError('INTERNAL', STAYED_AWAY)), waitMs).unref()
    answer.resolve(result)
  }

  #settle(outcome: { result: Result } | { error: unknown }): void {
    if (this.#outcome) return
    this.#outcome = outcome
    // The answers to what is still asked within it are not needed.
    const reason = 'error' in outcome ? outcome.error : new DOMException('The call has ended.', 'AbortError')
    this.#cancellation.abort(reason)
    for (const question of this.#open) question.reject(reason)
    if (this.#answer) return void this.#finish(outcome)
    if ('error' in outcome) return
    try {
      this.#held?.resize(this.#held.bytes + textBytes(JSON.stringify(outcome.result)))
    } catch (error) {
      this.#outcome = { error }
    }
  }

  #finish(outcome: { result: Result } | { error: unknown }): void {
    if ('result' in outcome) this.#answer?.resolve(outcome.result)
    else this.#answer?.reject(outcome.error)
    this.#answer = undefined
    this.#close()
  }

  #close(): void {
    this.#leave()
    clearImmediate(this.#telling)
    this.#options.onEnd(this)
  }
}

const STAYED_AWAY =
  'The client was asked about this call and did not answer in time, so the call was stopped.'

/**
 * One connection of JSON-RPC texts, a UNIX socket's or a WebSocket's. Message by message it may speak the current
 * revision of MCP (told by the envelope in `_meta`), a session of the legacy ones (from `initialize` on) or the
 * v1 methods of llmbasedos. Requests are answered when they are done, in no order.
 */
import { randomUUID } from 'node:crypto'
import { asksToAttach, attachedTo } from '../../../protocol/attached.ts'
import { Cancellation } from '../../../protocol/cancellation.ts'
import { classifyAnyEra, eraOf } from '../../../protocol/era.ts'
import { InFlight } from '../../../protocol/in-flight.ts'
import {
  type Classified,
  type ErrorObject,
  failure,
  type Id,
  notification,
  parse,
  type Request,
  type Response,
  RpcError,
  requestIdIn,
  success,
  toRpcError,
} from '../../../protocol/jsonrpc.ts'
import { META, METHOD, NOTIFICATION } from '../../../protocol/mcp.ts'
import { withoutRoom } from '../../call/answer-room.ts'
import type { Drained, Gate, Inbound, Principal, Transport } from '../../call/call.ts'
import { CancellableCall } from '../../call/cancellable-call.ts'
import { CALL_BYTES, type Held, SMALL_BYTES, textBytes } from '../../call/memory.ts'
import { checkVersion, readEnvelope, withSubscriptionId } from '../envelope.ts'
import { initialize, Session } from '../session.ts'
import { COPIES } from '../unread.ts'
import { answerV1 } from './v1.ts'

/** What a peer may leave unread, in bytes, before its connection is ended. */
export const MAX_UNREAD_BYTES = 64 * 1024 * 1024
/** Where the id of a message stands that is too large to be parsed. */
const NEAR_END = 200
const ID_FIRST = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15}|"[\w-]{1,64}")\s*,/
const ID_LAST = /,\s*"id"\s*:\s*(\d{1,15}|"[\w-]{1,64}")\s*\}\s*$/
/** How many messages one batch may hold. */
const MAX_BATCH = 1000

export interface PeerOptions {
  gate: Gate
  principal: Principal
  transport: Transport
  /** Sends one text, and the bytes beside it. */
  send(text: string, attached?: Buffer): Drained
  /** Settles once what was sent has been taken; undefined where it has. */
  drained(): Drained
}

export class Peer {
  readonly principal: Principal
  /** A connection is one session of its client, whatever it speaks. */
  readonly #id = randomUUID()
  readonly #gate: Gate
  readonly #transport: Transport
  readonly #send: PeerOptions['send']
  readonly #drained: PeerOptions['drained']
  readonly #running = new InFlight<Id | symbol, { cancellation: Cancellation; method: string }>()
  #session: Session | undefined
  /** Settles once "initialize", which is being answered, is: what follows it may need the session. */
  #opening: Promise<void> | undefined
  #gone = false

  constructor({ gate, principal, transport, send, drained }: PeerOptions) {
    this.principal = principal
    this.#gate = gate
    this.#transport = transport
    this.#send = send
    this.#drained = drained
  }

  /** Takes one message, or one batch of them, that weighs so many bytes once it is parsed. */
  receive(text: string, weight: number): void {
    if (this.#gone) return
    let held: Held
    try {
      held = this.#gate.memory.take(this.principal.user, 'calls', CALL_BYTES + weight)
    } catch (error) {
      return void this.#say(failure(idIn(text), toRpcError(error)))
    }
    void this.#work(text, held)
  }

  async #work(text: string, held: Held): Promise<void> {
    try {
      const parsed = parse(text, classifyAnyEra)
      if (parsed.kind === 'batch') return await this.#takeBatch(parsed.items)
      const answer = await this.#take(parsed)
      if (answer) this.#say(answer)
    } finally {
      held.release()
    }
  }

  /** Answers a message that could not even be read. */
  refuse(error: ErrorObject): void {
    this.#say({ jsonrpc: '2.0', id: null, error })
  }

  /** Ends subscriptions with their result, so that the client knows it was no accident. */
  endSubscriptions(): void {
    for (const { cancellation, method } of this.#running.values())
      if (method === METHOD.listen) cancellation.abort()
  }

  /** The other side has gone: what it asked for is stopped. */
  end(): void {
    if (this.#gone) return
    this.#gone = true
    if (this.#session) this.#session.end()
    else this.#gate.sessionEnded(this.#id)
    for (const { cancellation } of this.#running.values())
      cancellation.abort(new Error('The caller disconnected.'))
  }

  async #takeBatch(items: unknown[]): Promise<void> {
    if (items.length === 0 || items.length > MAX_BATCH)
      return void this.refuse(
        new RpcError('INVALID_REQUEST', `A batch must hold 1 to ${MAX_BATCH} messages.`).toObject(),
      )
    const held = this.#gate.memory.hold(this.principal.user, 'answers')
    try {
      const answers = await Promise.all(
        items.map(async (item) => this.#kept(held, await this.#take(classifyAnyEra(item), true))),
      )
      const said = answers.filter((answer) => answer !== undefined)
      if (said.length > 0 && !this.#gone) this.#send(`[${said.join()}]`)
    } finally {
      held.release()
    }
  }

  /** One answer of a batch as a text, which waits for the others; that there is no room for it, where there is none. */
  #kept(held: Held, answer: Response | undefined): string | undefined {
    if (answer === undefined) return undefined
    const text = JSON.stringify(answer)
    if (text.length > SMALL_BYTES) this.#gate.memory.letGo(COPIES * text.length)
    try {
      // It is there once more when all are joined, and again as the bytes that are sent.
      held.resize(held.bytes + 3 * textBytes(text))
      return text
    } catch (error) {
      return JSON.stringify(failure(answer.id, withoutRoom(error)))
    }
  }

  /** The answer to a message, if it is one that gets any. */
  async #take(parsed: Classified, isInBatch = false): Promise<Response | undefined> {
    while (this.#opening) await this.#opening
    if (this.#gone) return undefined
    switch (parsed.kind) {
      case 'request': {
        const answer = this.#answer(parsed.message, isInBatch)
        if (parsed.message.method === 'initialize')
          this.#opening = answer.then(() => {
            this.#opening = undefined
          })
        return answer
      }
      case 'notification':
        return void this.#notified(parsed.message.method, parsed.message.params)
      case 'refused':
        return { jsonrpc: '2.0', id: parsed.id, error: parsed.error }
      case 'response':
        if (this.#session) return void this.#session.answered(parsed.message)
        return failure(null, new RpcError('INVALID_REQUEST', 'Nothing was asked here that this answers.'))
    }
  }

  #notified(method: string, params: unknown): void {
    const id = method === NOTIFICATION.cancelled ? requestIdIn(params) : undefined
    if (id !== undefined) this.#running.get(id)?.cancellation.abort(new Error('The caller cancelled.'))
  }

  async #answer(request: Request, isInBatch: boolean): Promise<Response | undefined> {
    const { id, method } = request
    const key = id ?? Symbol('a request whose id is null')
    if (this.#running.has(key))
      return failure(
        id,
        new RpcError('INVALID_REQUEST', 'A request with this id is still being worked on; use another id.'),
      )
    const cancellation = new Cancellation()
    this.#running.set(key, { cancellation, method })
    try {
      const answer = await this.#answerOf(request, cancellation, isInBatch)
      // A subscription that is ended from this side still has its result.
      return cancellation.aborted && method !== METHOD.listen ? undefined : answer
    } catch (error) {
      return cancellation.aborted ? undefined : failure(id, toRpcError(error))
    } finally {
      this.#running.delete(key)
    }
  }

  async #answerOf(request: Request, cancellation: Cancellation, isInBatch: boolean): Promise<Response> {
    const { id, params } = request
    switch (eraOf(request, { inSession: this.#session !== undefined })) {
      case 'v1':
        return this.#answerV1(request, cancellation.signal)
      case 'legacy':
        return success(id, await this.#answerLegacy(request, cancellation))
      case 'current': {
        const attaches = this.#transport === 'unix' && !isInBatch && asksToAttach(params)
        return success(id, await this.#answerCurrent(request, cancellation, attaches))
      }
    }
  }

  #answerV1({ id, method, params }: Request, signal: AbortSignal): Promise<Response> {
    return answerV1(this.#gate, id, { ...this.#call(method), signal }, params, (result) => {
      return signal.aborted ? undefined : this.#say(success(id, result))
    })
  }

  async #answerLegacy(request: Request, cancellation: Cancellation): Promise<unknown> {
    if (!this.#session || request.method === 'initialize') return this.#initialize(request.params)
    return this.#session.answer(request, cancellation, (message) => this.#say(message), this.#drained)
  }

  async #answerCurrent(
    { id, method, params = {} }: Request,
    cancellation: Cancellation,
    attaches: boolean,
  ): Promise<unknown> {
    const { version, client } = readEnvelope(params)
    checkVersion(version)
    const result = await this.#gate.run(
      new CancellableCall({
        ...this.#call(method),
        cancellation,
        params: params as Record<string, unknown>,
        client,
        attaches,
        notify: (name, fields) => this.#say(notification(name, tagged(method, id, fields))),
      }),
    )
    return withSubscriptionId(method, id, result)
  }

  async #initialize(params: unknown): Promise<unknown> {
    if (this.#session)
      throw new RpcError('INVALID_REQUEST', 'This connection has its session; open another for another one.')
    const { principal } = this
    const transport = this.#transport
    const endpoint = { principal, transport, server: undefined, toolset: 'all', session: this.#id } as const
    const { facts, result } = await initialize(this.#gate, endpoint, params)
    if (!this.#gone) this.#session = new Session(this.#gate, facts, (message) => this.#say(message))
    return result
  }

  #call(method: string): Omit<Inbound, 'params' | 'client' | 'notify' | 'signal'> {
    const { principal } = this
    const transport = this.#transport
    const drained = this.#drained
    return {
      principal,
      transport,
      server: undefined,
      toolset: 'all',
      session: this.#id,
      method,
      drained,
    }
  }

  #say(message: object): Drained {
    if (this.#gone) return undefined
    return this.#send(JSON.stringify(message), 'result' in message ? attachedTo(message.result) : undefined)
  }
}

/** The id of a request that is not parsed, where it stands first or last, as clients write it; null elsewhere. */
function idIn(text: string): Id {
  const [, id] = ID_FIRST.exec(text.slice(0, NEAR_END)) ?? ID_LAST.exec(text.slice(-NEAR_END)) ?? []
  return id === undefined ? null : JSON.parse(id)
}

/** All requests share the connection, so that each of a request's notifications says which it belongs to. */
function tagged(method: string, id: Id, fields: Record<string, unknown>): Record<string, unknown> {
  if (method === METHOD.listen) return withSubscriptionId(method, id, fields)
  return { ...fields, _meta: { ...(fields._meta as object | undefined), [META.requestId]: id } }
}

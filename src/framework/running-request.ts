/** One request while it runs, and what its handler may do with it. */
import { asksToAttach } from '../protocol/attached.ts'
import type { GatewayCalls, ToolContext, UntrustedSource } from '../protocol/define.ts'
import type { Events } from '../protocol/events.ts'
import { type Id, notification, type Request, RpcError } from '../protocol/jsonrpc.ts'
import {
  type ClientCapabilities,
  CONSENT_REQUIRED,
  type ConsentRequiredResult,
  type InputRequests,
  type InputResponses,
  isLogged,
  type LoggingLevel,
  MAY_REQUIRE_INPUT,
  META,
  NOTIFICATION,
  type Result,
} from '../protocol/mcp.ts'
import type { Delta, ModelStatus } from '../protocol/model-delta.ts'
import { SHORT_BYTES, WINDOW } from '../protocol/pieces.ts'
import { isRecord } from '../protocol/values.ts'
import type { WakeList } from '../protocol/wake.ts'
import { handlerCalls } from './gateway-calls.ts'
import type { AskOptions } from './gateway-requests.ts'
import { InputRounds } from './input-rounds.ts'
import { type CallMeta, readMeta } from './meta.ts'
import { Notices } from './notices.ts'
import { encode } from './outbox.ts'
import type { Service } from './service.ts'
import { serverMarkOf } from './untrusted.ts'
import { frameworkWakeList, handlerEvents, handlerWakeList } from './wake-list.ts'

/** What goes to the caller before the answer. */
export interface WayOut {
  send(text: string): void
  /** Resolves once the peer has taken what was sent; undefined where it has. */
  drained(): Promise<void> | undefined
  /** Whether the peer says what it has taken of each request's notifications. */
  readonly peerSays: boolean
  /** Asks the gateway for something within a request. */
  ask(
    request: RunningRequest,
    method: string,
    params: Record<string, unknown>,
    options: AskOptions,
  ): Promise<Result>
  /** A request can't go on. */
  failed(request: RunningRequest, error: RpcError): void
}

/** How many times the room for answers may be held by answers of unknown length. */
const MOST_HELD = 2

const notTaken = (): RpcError =>
  new RpcError(
    'RATE_LIMITED',
    'The caller does not read what this call sends it (server.toldUnread), so the call was stopped. What it did before took effect.',
    { data: { limit: 'server.toldUnread', retryAfterMs: 1000 } },
  )

/** Unwinds a handler that would destroy something. Not an error: the call is made again once a person agreed. */
class ConsentRequired extends Error {
  override readonly name = 'ConsentRequired'
  constructor() {
    super('The call continues once a person has agreed.')
  }
}

export class RunningRequest implements ToolContext {
  readonly id: Id
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly meta: CallMeta
  readonly #service: Service
  readonly #way: WayOut
  /** Gives back what the request itself held. */
  readonly #onReleased: (() => void) | undefined
  #notices: Notices | undefined
  /** What is held for its answer, or will be, in bytes. */
  #room = 0
  #controller: AbortController | undefined
  #abortReason: unknown
  #words: UntrustedSource | undefined
  #gateway: GatewayCalls | undefined
  #ended = false
  #lastProgress = Number.NEGATIVE_INFINITY
  #rounds: InputRounds | undefined
  #consentRequired: ConsentRequiredResult | undefined
  #timer: NodeJS.Timeout | undefined

  /** Throws an RpcError for params that no method of this revision accepts. */
  constructor(message: Request, service: Service, way: WayOut, onReleased?: () => void) {
    const params = message.params ?? {}
    if (!isRecord(params))
      throw new RpcError(
        'INVALID_PARAMS',
        'The params must be an object; this protocol has no positional ones.',
      )
    this.id = message.id
    this.method = message.method
    this.params = params
    this.meta = readMeta(params._meta)
    this.#service = service
    this.#way = way
    this.#onReleased = onReleased
    if (this.isRetry) this.#openRounds() // a state that does not open is refused, whether it is needed or not
  }

  /** Whether it carries answers to earlier questions. Its result belongs to them and is not for a cache. */
  get isRetry(): boolean {
    return (
      MAY_REQUIRE_INPUT.has(this.method) &&
      (this.params.inputResponses !== undefined || this.params.requestState !== undefined)
    )
  }

  /** Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#abortReason !== undefined && !this.#controller.signal.aborted)
      this.#controller.abort(this.#abortReason)
    return this.#controller.signal
  }

  get caller(): string | undefined {
    return this.meta.caller
  }

  get session(): string | undefined {
    return this.meta.session
  }

  get clientCapabilities(): ClientCapabilities {
    return this.meta.clientCapabilities
  }

  get attaches(): boolean {
    return asksToAttach(this.params)
  }

  get gateway(): GatewayCalls {
    this.#gateway ??= handlerCalls(this)
    return this.#gateway
  }

  get wake(): WakeList {
    return handlerWakeList(this)
  }

  /** For the framework's own entries. */
  get comeback(): WakeList {
    return frameworkWakeList(this)
  }

  get events(): Events {
    return handlerEvents(this)
  }

  get changed(): ToolContext['changed'] {
    return this.#service.subscriptions
  }

  /** How it ends if its handler asked something that has no answer yet, of its caller's client or of the gateway. */
  get openQuestion(): Result | undefined {
    return this.#consentRequired ?? this.#rounds?.result
  }

  /** Why it was aborted; undefined where it was not. */
  get abortReason(): unknown {
    return this.#abortReason
  }

  get ended(): boolean {
    return this.#ended
  }

  progress(progress: number, total?: number, message?: string): void {
    const { progressToken } = this.meta
    if (progressToken === undefined || this.#ended || !(progress > this.#lastProgress)) return
    this.#lastProgress = progress
    // How far it is, the next one tells as well.
    if (message === undefined && this.#notices?.isBehind) return
    this.#notify(NOTIFICATION.progress, { progressToken, progress, total, message })
  }

  sendDelta(delta: Delta): number {
    return this.meta.deltas && !this.#ended ? this.#notify(NOTIFICATION.delta, { ...delta }) : 0
  }

  sendModelStatus(status: ModelStatus): void {
    if (this.meta.deltas && !this.#ended) this.#notify(NOTIFICATION.modelStatus, { ...status })
  }

  drained(): Promise<void> | undefined {
    return this.#way.peerSays ? this.#notices?.drained() : this.#way.drained()
  }

  room(bytes: number): Promise<void> | undefined {
    if (bytes <= SHORT_BYTES) return undefined
    const waiting = this.#service.answers.take(bytes, this.#taker, this.signal)
    if (!waiting) return void this.#holds(bytes)
    return waiting.then(() => this.#holds(bytes))
  }

  /** Counts its answer, which is so long. False where no more may be held. */
  holdAnswer(bytes: number): boolean {
    const { answers } = this.#service
    const more = bytes - this.#room
    if (more > 0 && answers.held + more > MOST_HELD * answers.limit) return false
    if (more > 0) answers.put(more, this.#taker)
    else answers.give(-more, this.#taker)
    this.#room = bytes
    return true
  }

  log(level: LoggingLevel, data: unknown, logger?: string): void {
    const { logLevel } = this.meta
    if (logLevel === undefined || this.#ended || !isLogged(level, logLevel)) return
    try {
      this.#notify(NOTIFICATION.message, { level, logger, data })
    } catch (err) {
      this.#service.log.warn({ err }, 'a message for the caller could not be sent')
    }
  }

  async ask(requests: InputRequests): Promise<InputResponses> {
    return (this.#rounds ?? this.#openRounds()).ask(requests)
  }

  get mustAsk(): boolean {
    return this.meta.guarded
  }

  consent(what: string, state: string, more: { text?: string; eachTime?: true } = {}): void {
    const { agreed } = this.meta
    if (agreed === true || agreed === state) return
    const requestState = this.#rounds?.state
    this.#consentRequired = {
      resultType: CONSENT_REQUIRED,
      what,
      state,
      ...more,
      ...(requestState === undefined ? {} : { requestState }),
    }
    throw new ConsentRequired()
  }

  /**
   * Says whose words its answer carries. Where they are a server's that is not ours, so are those of its notifications.
   */
  carriesWordsOf(source: UntrustedSource | undefined): void {
    this.#words = source
  }

  /** Whose words its answer carries, by what it is, or else by what its handler has read. */
  get words(): UntrustedSource | undefined {
    return this.#words
  }

  hasRead(source: UntrustedSource): void {
    this.#words ??= source
  }

  /** Asks the gateway for something, as long as it runs. */
  async askGateway(method: string, params: Record<string, unknown>, options: AskOptions): Promise<Result> {
    if (this.#ended) throw this.#abortReason ?? new RpcError('INVALID_REQUEST', 'The call has ended.')
    return this.#way.ask(this, method, params, options)
  }

  background(name: string): Promise<void> {
    return this.#service.background.start(name, this.comeback)
  }

  /** Whether the caller has a capability of this server; of none that was not granted. */
  get may(): (capability: string) => boolean {
    return (capability) => this.meta.may.includes(capability)
  }

  /** One of this server's names as the caller knows it. */
  get nameOf(): (name: string) => string {
    return (name) => this.meta.namePrefix + name
  }

  /**
   * Sends a notification that belongs to this request, under a `_meta` that says so, and gives how long it is, in characters.
   * Throws RpcError for one too long.
   */
  notify(method: string, params: Record<string, unknown>): number {
    if (this.#ended) return 0
    const text = encode(notification(method, params))
    if (text.length > WINDOW)
      throw new RpcError('INTERNAL', `A message of the call is longer than ${WINDOW} characters.`)
    if (!this.#way.peerSays) {
      this.#way.send(text)
      return text.length
    }
    this.#notices ??= new Notices((told) => this.#way.send(told), this.#service.untold)
    this.#notices.tell(text)
    if (this.#notices.isFull) this.#way.failed(this, notTaken())
    return text.length
  }

  /** The same for news that say no more when they come twice. */
  notifyOnce(method: string, params: Record<string, unknown>): void {
    if (!this.#notices?.isBehind || !this.#notices.has(encode(notification(method, params))))
      this.notify(method, params)
  }

  /** The caller has taken so many characters of its notifications. */
  wasTaken(length: number): void {
    this.#notices?.taken(length)
  }

  /** Resolves once all that its handler told was sent; undefined where it was. */
  get lastWords(): Promise<void> | undefined {
    return this.#notices?.isBehind ? this.#notices.drained() : undefined
  }

  /** Calls `onLate` once the time that the caller gave is over, unless it ends before. */
  startDeadline(onLate: (timeoutMs: number) => void): void {
    const { timeoutMs } = this.meta
    this.#timer = setTimeout(onLate, timeoutMs, timeoutMs)
  }

  /** Nothing but its answer is sent for it from now on. */
  end(): void {
    this.#ended = true
    this.#notices?.end()
  }

  /** Nothing of it is left here. */
  release(): void {
    clearTimeout(this.#timer)
    // Most answers are short; saying which client takes one costs more than all of the rest here.
    if (this.#room > 0) this.#service.answers.give(this.#room, this.#taker)
    this.#room = 0
    this.#onReleased?.()
  }

  /** Ends it and tells its handler to stop. */
  abort(reason: unknown): void {
    this.end()
    this.#abortReason = reason
    this.#controller?.abort(reason)
  }

  /** Who takes its answer: a client, as the gateway tells them apart too. One that is slow holds up no other of its caller. */
  get #taker(): string {
    const { session, caller, clientName } = this.meta
    return session ?? JSON.stringify([caller, clientName])
  }

  #holds(bytes: number): void {
    // It may have ended while it waited.
    if (this.#ended) this.#service.answers.give(bytes, this.#taker)
    else this.#room += bytes
  }

  #notify(method: string, params: Record<string, unknown>): number {
    return this.notify(method, {
      ...params,
      _meta: { [META.requestId]: this.id, ...serverMarkOf(this.#words) },
    })
  }

  #openRounds(): InputRounds {
    const { name, uri, arguments: args = {} } = this.params
    this.#rounds = new InputRounds(this.params, this.meta.clientCapabilities, this.#service.seal, {
      server: this.#service.definition.name,
      caller: this.meta.caller,
      method: this.method,
      params: { name, uri, arguments: args },
    })
    return this.#rounds
  }
}

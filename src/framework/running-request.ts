/** One request while it runs, and what its handler may do with it. */
import { asksToAttach } from '../protocol/attached.ts'
import type { Call } from '../protocol/define.ts'
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
import { isRecord } from '../protocol/values.ts'
import { InputRounds } from './input-rounds.ts'
import { type CallMeta, readMeta } from './meta.ts'
import type { Service } from './service.ts'

/** What goes to the caller before the answer. */
export interface WayOut {
  send(message: object): void
  drained(): Promise<void>
}

/** Unwinds a handler that would destroy something. Not an error: the call is made again once a person agreed. */
class ConsentRequired extends Error {
  override readonly name = 'ConsentRequired'
  constructor() {
    super('The call goes on once a person has agreed.')
  }
}

export class RunningRequest implements Call {
  readonly id: Id
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly meta: CallMeta
  readonly #service: Service
  readonly #way: WayOut
  #controller: AbortController | undefined
  #abortReason: unknown
  #ended = false
  #lastProgress = Number.NEGATIVE_INFINITY
  #rounds: InputRounds | undefined
  #consentRequired: ConsentRequiredResult | undefined
  #timer: NodeJS.Timeout | undefined

  /** Throws an RpcError for params that no method of this revision accepts. */
  constructor(message: Request, service: Service, way: WayOut) {
    const params = message.params ?? {}
    if (!isRecord(params))
      throw new RpcError(
        'INVALID_PARAMS',
        'The params must be an object; this protocol has none by position.',
      )
    this.id = message.id
    this.method = message.method
    this.params = params
    this.meta = readMeta(params._meta)
    this.#service = service
    this.#way = way
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

  get changed(): Call['changed'] {
    return this.#service.subscriptions
  }

  /** How it ends if its handler asked something that has no answer yet, of its caller's client or of the gateway. */
  get openQuestion(): Result | undefined {
    return this.#consentRequired ?? this.#rounds?.result
  }

  get ended(): boolean {
    return this.#ended
  }

  progress(progress: number, total?: number, message?: string): void {
    const { progressToken } = this.meta
    if (progressToken === undefined || this.#ended || !(progress > this.#lastProgress)) return
    this.#lastProgress = progress
    this.#notify(NOTIFICATION.progress, { progressToken, progress, total, message })
  }

  taken(): Promise<void> {
    return this.#way.drained()
  }

  log(level: LoggingLevel, data: unknown, logger?: string): void {
    const { logLevel } = this.meta
    if (logLevel === undefined || this.#ended || !isLogged(level, logLevel)) return
    this.#notify(NOTIFICATION.message, { level, logger, data })
  }

  async ask(requests: InputRequests): Promise<InputResponses> {
    return (this.#rounds ?? this.#openRounds()).ask(requests)
  }

  consent(what: string, state: string): void {
    const { agreed } = this.meta
    if (agreed === true || agreed === state) return
    const requestState = this.#rounds?.state
    this.#consentRequired = {
      ...{ resultType: CONSENT_REQUIRED, what, state },
      ...(requestState === undefined ? {} : { requestState }),
    }
    throw new ConsentRequired()
  }

  /** One of this server's names as the caller knows it. */
  readonly nameOf = (name: string): string => this.meta.namePrefix + name

  /** Sends a notification that belongs to this request, under a `_meta` that says so. */
  notify(method: string, params: Record<string, unknown>): void {
    if (!this.#ended) this.#way.send(notification(method, params))
  }

  /** Calls `onLate` once the time that the caller gave is over, unless it ends before. */
  startDeadline(onLate: (timeoutMs: number) => void): void {
    const { timeoutMs } = this.meta
    this.#timer = setTimeout(onLate, timeoutMs, timeoutMs)
  }

  /** Nothing is sent for it from now on. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  /** Ends it and tells its handler to stop. */
  abort(reason: unknown): void {
    this.end()
    this.#abortReason = reason
    this.#controller?.abort(reason)
  }

  #notify(method: string, params: Record<string, unknown>): void {
    this.notify(method, { ...params, _meta: { [META.requestId]: this.id } })
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

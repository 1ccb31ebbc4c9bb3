/** The bridge's side towards the gateway: what is sent there, what comes from there, and what an interruption means. */
import { ERRORS } from '../../protocol/errors.ts'
import { parseExactly } from '../../protocol/exact-json.ts'
import {
  classify,
  failure,
  type Id,
  type Notification,
  notification,
  type Request,
  type Response,
  RpcError,
  requestIdIn,
} from '../../protocol/jsonrpc.ts'
import { METHOD, NOTIFICATION } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import { type Entry, Ledger } from './ledger.ts'
import { missedInSession, missedInSubscription } from './missed.ts'
import { Outage } from './outage.ts'
import type { Outgoing } from './outlet.ts'
import { OwnRequests, type Step } from './own-requests.ts'
import { Questions } from './questions.ts'
import { Reconnecting } from './reconnecting.ts'
import { fateUnknown, Repetition } from './repetition.ts'
import { SessionMemory } from './session-memory.ts'
import { HeldEndings, subscriptionOf } from './subscriptions.ts'
import type { Target } from './target.ts'
import { oneLine } from './texts.ts'
import { Timer } from './timer.ts'
import type { Upstream } from './upstream.ts'

const MAX_WAITING = 1000
const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** Above this, the client is no longer read. In bytes. */
const CONGESTED_BYTES = 4 * 1024 * 1024
/** A request that was sent this often with no answer is the likely cause of the interruptions. */
const MAX_SENDS = 4
/** A connection that held this long works, even if nothing was to be said. In milliseconds. */
const STEADY_AFTER_MS = 5000
/** A session must be open again within this, in milliseconds. */
const RESTORE_WITHIN_MS = 30_000

export interface GatewaySideOptions {
  target: Target
  /** Gives the client one message. */
  say(message: Outgoing): void
  /** Tells the person who looks; never what messages hold. */
  log(line: string): void
  /** How long requests wait for a gateway, in milliseconds. */
  waitMs: number
  /** The gateway has taken what it was sent. */
  onRelief(): void
}

export class GatewaySide {
  readonly #options: GatewaySideOptions
  readonly #link: Reconnecting
  readonly #ledger = new Ledger(MAX_WAITING, MAX_WAITING_BYTES)
  readonly #session = new SessionMemory()
  readonly #repetition = new Repetition()
  readonly #questions = new Questions()
  readonly #own = new OwnRequests()
  readonly #endings = new HeldEndings()
  readonly #outage: Outage
  readonly #steadyTimer = new Timer()
  readonly #restoreTimer = new Timer()
  #upstream: Upstream | undefined
  /** Whether the client's messages may go to the gateway: it is connected, and the session is open again. */
  #ready = false
  #held = false
  /** Whether any connection was usable before: what follows the next is a resumption. */
  #served = false
  /** Whether the gateway has said anything on this connection. */
  #heard = false

  constructor(options: GatewaySideOptions) {
    this.#options = options
    this.#outage = new Outage({
      remedy: options.target.remedy,
      waitMs: options.waitMs,
      log: options.log,
      onHopeless: (message) => this.#failWaiting(message),
    })
    this.#link = new Reconnecting(options.target.open, {
      onOpen: (upstream) => this.#opened(upstream),
      onText: (text) => this.#receive(text),
      onDrained: () => this.isCongested || options.onRelief(),
      onLost: (reason) => this.#lost(reason),
      onFailed: (reason) => this.#outage.failed(reason),
    })
  }

  get isCongested(): boolean {
    return (this.#upstream?.unsentBytes ?? 0) > CONGESTED_BYTES
  }

  start(): void {
    this.#outage.begin()
    this.#link.hurry()
  }

  hold(held: boolean): void {
    this.#held = held
    if (held) this.#upstream?.pause()
    else this.#upstream?.resume()
  }

  isOpen(id: Id): boolean {
    return this.#ledger.has(id)
  }

  /** Sends a message of the client's, or lets it wait until it can be sent. */
  send(entry: Entry): void {
    if (this.#ready) return void this.#transmit(entry)
    if (!this.#ledger.wait(entry)) {
      if (entry.request) this.#refuse(entry.request.id, 'Too much waits for the gateway; try again.')
      else this.#outage.log('a notification was dropped: too much waits for the gateway')
    } else if (this.#outage.isHopeless) this.#link.hurry()
  }

  /** The client no longer wants an answer. */
  cancel(id: Id, text: string): void {
    if (this.#ledger.withdraw(id)) return
    this.#settle(id)
    if (this.#ready) this.#upstream?.send(text)
  }

  /** The client's side of the session is open. */
  confirm(text: string): void {
    this.#session.confirmed(text)
    // With no session yet it goes its way after `initialize`; else a new connection begins with both.
    if (this.#ready || this.#session.opening === undefined) this.send({ text, sent: 0 })
  }

  /** The client's answer to what the gateway asked. */
  answer(response: Response): void {
    const known = this.#questions.answered(response)
    if (known && this.#ready) this.#upstream?.send(JSON.stringify(known))
  }

  /** Resolves once every request has its answer; subscriptions, which have none, don't count. */
  settled(): Promise<void> {
    return this.#ledger.settled()
  }

  close(): void {
    this.#link.close()
    this.#outage.stop()
    this.#steadyTimer.stop()
    this.#restoreTimer.stop()
    this.#endings.dropAll()
  }

  #opened(upstream: Upstream): void {
    this.#upstream = upstream
    this.#heard = false
    this.#outage.connected()
    if (this.#held) upstream.pause()
    const { opening } = this.#session
    if (opening) this.#restore(upstream, opening)
    else this.#serve()
  }

  /** Opens the client's session on a new connection, without the client. */
  #restore(upstream: Upstream, opening: Step): void {
    this.#restoreTimer.start(RESTORE_WITHIN_MS, () => upstream.close())
    this.#own.send(upstream, opening, (answer) => {
      this.#restoreTimer.stop()
      if ('error' in answer) {
        this.#outage.complain(`the gateway no longer opens the session: ${answer.error.message}`)
        return upstream.close()
      }
      this.#session.resume(upstream, this.#own, answer.result, (line) => this.#outage.log(line))
      this.#worked()
      this.#serve()
    })
  }

  #serve(): void {
    this.#ready = true
    this.#steadyTimer.start(STEADY_AFTER_MS, () => this.#worked())
    if (this.#served) {
      this.#outage.log('connected again')
      for (const message of missedInSession(this.#session.capabilities, this.#session.watched))
        this.#tell(message)
    }
    this.#served = true
    for (let entry = this.#ledger.next(); entry; entry = this.#ledger.next()) this.#transmit(entry)
  }

  #transmit(entry: Entry): void {
    this.#ledger.sending(entry)
    this.#upstream?.send(entry.text)
  }

  #receive(text: string): void {
    let value: unknown
    try {
      value = parseExactly(text)
    } catch {
      return void this.#outage.log('the gateway sent something that is not JSON; it was dropped')
    }
    const line = oneLine(text, value)
    const message = classify(value)
    if (message.kind === 'refused')
      return void this.#outage.log('the gateway sent something that is no message; it was dropped')
    if (message.kind === 'response') return void this.#answered(message.message, line)
    this.#worked()
    if (message.kind === 'request') this.#asked(message.message)
    else this.#notified(message.message, line)
  }

  #answered(answer: Response, text: string): void {
    if (answer.id === null && 'error' in answer && answer.error.code === ERRORS.UNAUTHENTICATED.code)
      return void this.#outage.complain(answer.error.message)
    if (this.#own.take(answer)) return
    this.#worked()
    const request = this.#ledger.inFlight(answer.id)?.request
    const deliver = () => {
      this.#options.say({ text })
      this.#settle(answer.id)
    }
    if (!request || !('result' in answer)) return void deliver()
    if (request.method === METHOD.listen) return void this.#endings.hold(answer.id, deliver)
    if (request.method === METHOD.listTools) this.#repetition.learn(answer.result)
    this.#session.succeeded(request, answer.result)
    deliver()
  }

  #asked(request: Request): void {
    this.#tell({ ...request, id: this.#questions.ask(request.id) })
  }

  #notified({ method, params }: Notification, text: string): void {
    if (method === NOTIFICATION.toolsChanged) this.#repetition.forget()
    const cancelled = method === NOTIFICATION.cancelled ? requestIdIn(params) : undefined
    if (cancelled !== undefined && isRecord(params)) {
      const requestId = this.#questions.takenBack(cancelled)
      return void this.#tell(notification(method, { ...params, requestId }))
    }
    if (method === NOTIFICATION.acknowledged && isRecord(params) && this.#isRepeated(params)) {
      for (const message of missedInSubscription(params)) this.#tell(message)
      return
    }
    this.#options.say({ text, method })
  }

  /** Whether the client has had this acknowledgement before. */
  #isRepeated(params: Record<string, unknown>): boolean {
    const id = subscriptionOf(params)
    const entry = id === undefined ? undefined : this.#ledger.inFlight(id)
    if (!entry) return false
    const repeated = entry.acknowledged === true
    entry.acknowledged = true
    entry.sent = 0
    return repeated
  }

  #lost(reason: Error): void {
    const { attention } = this.#outage
    const rejected = attention !== undefined && !this.#heard
    for (const requestId of this.#questions.ended())
      this.#tell(
        notification(NOTIFICATION.cancelled, { requestId, reason: 'The connection was interrupted.' }),
      )
    const unknown = this.#ledger.broken(
      ({ request, sent }) =>
        rejected ||
        (request !== undefined &&
          sent < MAX_SENDS &&
          this.#repetition.allows(request.method, request.params)),
    )
    for (const { request } of unknown) if (request) this.#refuse(request.id, fateUnknown(request))
    this.#endings.dropAll()
    this.#own.forget()
    this.#restoreTimer.stop()
    this.#steadyTimer.stop()
    this.#upstream = undefined
    this.#ready = false
    this.#options.onRelief()
    this.#outage.begin()
    this.#outage.failed(attention ?? reason)
  }

  #worked(): void {
    this.#heard = true
    this.#outage.end()
    this.#link.worked()
  }

  /** Answers what waits. Subscriptions that once held wait on: no client waits for their answer. */
  #failWaiting(message: string): void {
    for (const { request } of this.#ledger.giveUp(({ acknowledged }) => acknowledged !== true))
      if (request) this.#refuse(request.id, message)
  }

  #refuse(id: Id, message: string): void {
    this.#options.say({ text: JSON.stringify(failure(id, new RpcError('INTERNAL', message))) })
  }

  #tell(message: Notification | Request): void {
    this.#options.say({ text: JSON.stringify(message), method: message.method })
  }

  #settle(id: Id): void {
    this.#ledger.settle(id)
    this.#endings.drop(id)
  }
}

/** One connection of a server: many requests at once, each answered when it is done. */
import type { Duplex } from 'node:stream'
import { attachedTo } from '../protocol/attached.ts'
import { ERRORS } from '../protocol/errors.ts'
import { InFlight } from '../protocol/in-flight.ts'
import {
  type Failure,
  failure,
  type Id,
  parse,
  type Request,
  type Response,
  RpcError,
  requestIdIn,
  success,
  toRpcError,
} from '../protocol/jsonrpc.ts'
import { NOTIFICATION } from '../protocol/mcp.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import { decodeMessage } from '../protocol/message-text.ts'
import { Pieces, SHORT_BYTES, takesPieces } from '../protocol/pieces.ts'
import { isRecord, isWhole } from '../protocol/values.ts'
import { findMethod } from './dispatch.ts'
import { GatewayRequests } from './gateway-requests.ts'
import { encode, OUTBOX_LIMITS, Outbox, type OutboxLimits } from './outbox.ts'
import { RunningRequest, type WayOut } from './running-request.ts'
import type { Service } from './service.ts'

export class ServerConnection {
  /** Settles once the connection has ended, for whatever reason; never rejects. */
  readonly closed: Promise<void>
  readonly #stream: Duplex
  readonly #service: Service
  readonly #reader: MessageReader
  readonly #outbox: Outbox
  readonly #pieces: Pieces
  /** Requests until all of their answers was handed over. */
  readonly #running = new InFlight<Id, RunningRequest>()
  /** Long requests that are to come. */
  readonly #coming = new Map<Id, { bytes: number; gone: AbortController; hasRoom: boolean }>()
  readonly #way: WayOut & { peerSays: boolean }
  /** What handlers ask of the gateway; made when one first does. */
  #asked: GatewayRequests | undefined
  #stopping = false
  #onAllDone: (() => void) | undefined

  constructor(stream: Duplex, service: Service, limits: OutboxLimits = OUTBOX_LIMITS) {
    this.#stream = stream
    this.#service = service
    this.#reader = new MessageReader({
      onText: (text) => this.#receive(text),
      onRefused: (error) => this.#send({ jsonrpc: '2.0', id: null, error }),
    })
    const outbox = new Outbox(stream, limits, (unreadBytes) => this.#dropDeadPeer(unreadBytes))
    this.#outbox = outbox
    this.#pieces = new Pieces({
      reader: this.#reader,
      send: (message, bytes) => {
        outbox.send(JSON.stringify(message), this.#reader.terminator)
        if (bytes) outbox.attach(bytes)
      },
      sendWhole: (bytes) => outbox.attach(...bytes),
      isFull: () => outbox.isFull,
      onLarge: (id, bytes, attached) => this.#announced(id, bytes, attached),
      onWhole: (id, text) => this.#arrived(id, text),
      onBroken: (what) => this.#giveUp(what),
    })
    this.#way = {
      send: (text) => outbox.send(text, this.#reader.terminator),
      drained: () => outbox.drained(),
      peerSays: false,
      ask: ({ id }, method, params, options) => this.#gateway.request(id, method, params, options),
      failed: (request, error) => {
        request.abort(error)
        this.#end(request, failure(request.id, error))
      },
    }
    stream.on('drain', () => this.#pieces.pump())
    stream.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    stream.on('error', () => {}) // 'close' follows
    stream.once('end', () => this.#callerLeft())
    this.closed = new Promise((resolve) =>
      stream.once('close', () => {
        this.#callerLeft()
        resolve()
      }),
    )
  }

  /**
   * Takes no more requests, lets those that run finish for `graceMs` at most, and closes. Resolves once every
   * answer was handed over, or the peer did not take them in time.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    const late = setTimeout(() => this.#giveUpAll(), graceMs)
    await new Promise<void>((resolve) => {
      this.#onAllDone = resolve
      this.#checkAllDone()
    })
    clearTimeout(late)
    const stuck = setTimeout(() => this.#stream.destroy(), graceMs)
    this.#outbox.flush()
    this.#stream.end(() => this.#stream.destroy())
    await this.closed
    clearTimeout(stuck)
  }

  get #gateway(): GatewayRequests {
    this.#asked ??= new GatewayRequests({
      send: this.#way.send,
      pieces: this.#pieces,
      takesPieces: () => this.#way.peerSays,
      room: this.#service.given,
    })
    return this.#asked
  }

  #receive(text: string): void {
    const parsed = parse(text)
    if (parsed.kind === 'request') this.#serve(parsed.message)
    else if (parsed.kind === 'refused') this.#answer({ jsonrpc: '2.0', id: parsed.id, error: parsed.error })
    else if (parsed.kind === 'batch') this.#answer(failure(null, noBatches()))
    else if (parsed.kind === 'response') this.#asked?.answered(parsed.message)
    else this.#notified(parsed.message.method, parsed.message.params, text.length)
  }

  #notified(method: string, params: unknown, length: number): void {
    if (this.#asked?.notified(method, params, length)) return
    if (method === NOTIFICATION.cancelled) this.#cancel(params)
    else if (method === NOTIFICATION.taken) this.#taken(params)
    else if (method === NOTIFICATION.sessionEnded) this.#service.sessionEnded(params)
    // Any other one means nothing here.
    else this.#pieces.receive(method, params)
  }

  /** `onReleased` gives back what the request itself held; to be called once. */
  #serve(message: Request, onReleased?: () => void): void {
    const { id } = message
    let request: RunningRequest | undefined
    try {
      if (this.#stopping) throw stopping()
      if (this.#isKnown(id)) throw twice()
      this.#way.peerSays ||= takesPieces(message.params)
      const method = findMethod(message.method, this.#service)
      request = new RunningRequest(message, this.#service, this.#way, onReleased)
      const outcome = method.run(request, this.#service)
      if (outcome instanceof Promise) this.#follow(request, outcome, method.endless ?? false)
      else this.#finish(request, () => success(id, outcome))
    } catch (thrown) {
      if (request) request.release()
      else onReleased?.()
      this.#answer(this.#failure(id, message.method, thrown))
    }
  }

  #isKnown(id: Id): boolean {
    return this.#running.has(id) || this.#coming.has(id)
  }

  /** A long message waits on the other side, a request or an answer. It comes once there is room for it. */
  #announced(id: Id, bytes: number, attached: number): void {
    if (this.#asked && typeof id === 'string') return void this.#asked.announced(id, bytes)
    if (attached > 0) return void this.#giveUp('announced bytes beside a request')
    const problem = this.#stopping ? stopping() : this.#isKnown(id) ? twice() : undefined
    if (problem) {
      this.#pieces.drop(id)
      return void this.#answer(failure(id, problem))
    }
    const { requests } = this.#service
    const gone = new AbortController()
    const coming = { bytes, gone, hasRoom: false }
    this.#coming.set(id, coming)
    const accept = () => {
      if (gone.signal.aborted) return requests.give(bytes, undefined)
      coming.hasRoom = true
      this.#pieces.accept(id)
    }
    const waiting = requests.take(bytes, undefined, gone.signal)
    if (waiting) waiting.then(accept, () => {})
    else accept()
  }

  #arrived(id: Id, bytes: Buffer): void {
    if (this.#asked && typeof id === 'string') return void this.#asked.arrived(id, bytes)
    this.#coming.delete(id)
    const decoded = decodeMessage(bytes)
    const parsed = 'text' in decoded ? parse(decoded.text) : undefined
    const release = () => this.#service.requests.give(bytes.length, undefined)
    if (parsed?.kind === 'request' && parsed.message.id === id)
      return void this.#serve(parsed.message, release)
    release()
    const { code, message } = 'error' in decoded ? decoded.error : notAnnounced()
    this.#answer(failure(id, new RpcError(code, message)))
  }

  #giveUpComing(id: Id): void {
    const coming = this.#coming.get(id)
    if (!coming) return
    this.#coming.delete(id)
    coming.gone.abort()
    if (coming.hasRoom) this.#service.requests.give(coming.bytes, undefined)
  }

  #taken(params: unknown): void {
    const id = requestIdIn(params)
    if (id !== undefined && isRecord(params) && isWhole(params.length, 1))
      this.#running.get(id)?.wasTaken(params.length)
  }

  #follow(request: RunningRequest, outcome: Promise<unknown>, endless: boolean): void {
    const { id, method } = request
    this.#running.set(id, request)
    const { handlers, background } = this.#service
    handlers.started()
    if (!endless) {
      background.calls.started()
      request.startDeadline((timeoutMs) => this.#timeOut(request, timeoutMs))
    }
    const settled = () => {
      handlers.settled()
      if (!endless) background.calls.settled()
    }
    outcome.then(
      (result) => {
        settled()
        this.#finish(request, () => success(id, request.openQuestion ?? result))
      },
      (thrown) => {
        settled()
        this.#finish(request, () => {
          const question = request.openQuestion
          return question ? success(id, question) : this.#failure(id, method, thrown, request.params.name)
        })
      },
    )
  }

  /** The answer comes after all notifications before it. */
  #finish(request: RunningRequest, response: () => Response): void {
    if (request.ended) return
    const untold = request.lastWords
    if (untold) untold.then(() => this.#finish(request, response))
    else this.#end(request, response())
  }

  #timeOut(request: RunningRequest, timeoutMs: number): void {
    const message = `The call took longer than ${timeoutMs} ms and was stopped.`
    this.#pieces.drop(request.id)
    request.abort(new DOMException(message, 'TimeoutError'))
    this.#end(request, failure(request.id, new RpcError('INTERNAL', message)))
  }

  #cancel(params: unknown): void {
    const id = requestIdIn(params)
    if (id === undefined) return
    this.#pieces.drop(id)
    this.#giveUpComing(id)
    const request = this.#running.get(id)
    if (!request) return // answered already, or never there
    request.abort(new DOMException('The caller cancelled the call.', 'AbortError'))
    this.#forget(request)
  }

  #callerLeft(): void {
    this.#pieces.end()
    for (const id of this.#coming.keys()) this.#giveUpComing(id)
    for (const request of this.#running.values()) {
      request.abort(new DOMException('The caller disconnected.', 'AbortError'))
      this.#forget(request)
    }
    this.#outbox.flush()
    this.#stream.end()
  }

  #giveUpAll(): void {
    for (const request of this.#running.values()) {
      this.#pieces.drop(request.id)
      request.abort(new DOMException('The server is stopping.', 'AbortError'))
      this.#end(request, failure(request.id, stopping()))
    }
  }

  #dropDeadPeer(unreadBytes: number): void {
    this.#service.log.warn({ unreadBytes }, 'dropped a connection whose peer reads nothing')
    this.#stream.destroy()
  }

  #giveUp(what: string): void {
    this.#service.log.warn({}, `dropped a connection whose peer ${what}`)
    this.#stream.destroy()
  }

  #end(request: RunningRequest, response: Response): void {
    request.end()
    this.#asked?.endWithin(request.id, ended())
    if (this.#answer(response, request)) this.#forget(request)
  }

  #forget(request: RunningRequest): void {
    this.#running.delete(request.id)
    this.#asked?.endWithin(request.id, request.abortReason ?? ended())
    request.release()
    this.#checkAllDone()
  }

  #checkAllDone(): void {
    if (this.#running.size === 0) this.#onAllDone?.()
  }

  #failure(id: Id, method: string, thrown: unknown, name?: unknown): Failure {
    const error = toRpcError(thrown)
    // Errors of the caller go to the caller; the log is for errors of the server.
    if (error.cause !== undefined && error.code === ERRORS.INTERNAL.code)
      this.#service.log.error({ method, name, err: error.cause }, error.message)
    return failure(id, error)
  }

  /** Sends an answer, or why there is none; false where it is held until it is asked for. */
  #answer(response: Response, request?: RunningRequest): boolean {
    try {
      return this.#send(response, request)
    } catch (thrown) {
      const { id } = response
      const echoed = typeof id === 'string' && id.length > MAX_ECHOED_ID ? null : id
      return this.#send(this.#failure(echoed, 'response', thrown))
    }
  }

  #send(response: Response, request?: RunningRequest): boolean {
    const text = encode(hasFailed(response) ? this.#service.secrets.hideIn(response) : response)
    const beside = 'result' in response ? attachedTo(response.result) : undefined
    const isShort = text.length + (beside?.length ?? 0) <= SHORT_BYTES
    if (request && !isShort) return this.#hold(request, text, beside)
    this.#outbox.send(text, this.#reader.terminator)
    if (beside) this.#outbox.attach(beside)
    return true
  }

  /** Keeps a long answer until its caller asks for it, or it is its turn. False, since it has not gone. */
  #hold(request: RunningRequest, text: string, beside: Buffer | undefined): boolean {
    const bytes = Buffer.from(this.#way.peerSays ? text : text + this.#reader.terminator)
    if (!request.holdAnswer(bytes.length + (beside?.length ?? 0))) throw tooMuchHeld()
    const onSent = () => this.#forget(request)
    // Before it may have gone at once, and been forgotten.
    this.#running.set(request.id, request)
    if (this.#way.peerSays) this.#pieces.hold(request.id, bytes, beside, onSent)
    else this.#pieces.holdWhole(request.id, beside ? [bytes, beside] : [bytes], onSent)
    return false
  }
}

/** An answer that is too long to send may be so for its id alone. */
const MAX_ECHOED_ID = 1024

/** Errors carry words from anywhere, such as an address with a password in it. */
const hasFailed = (response: Response): boolean =>
  'error' in response || (isRecord(response.result) && response.result.isError === true)

const twice = (): RpcError =>
  new RpcError('INVALID_REQUEST', 'A request with this id is still running; give each its own.')

const notAnnounced = (): RpcError =>
  new RpcError('INVALID_REQUEST', 'This is not the request that was announced.')

const tooMuchHeld = (): RpcError =>
  new RpcError(
    'RATE_LIMITED',
    'The answer is not sent, since too many long ones wait for their callers to read them (server.answersHeld). The call took effect.',
    { data: { limit: 'server.answersHeld', retryAfterMs: 1000 } },
  )

const noBatches = (): RpcError =>
  new RpcError('INVALID_REQUEST', 'Batches are not part of this protocol; send each message separately.')

const ended = (): Error => new DOMException('The call has ended.', 'AbortError')

const stopping = (): RpcError => new RpcError('INTERNAL', 'The server is stopping; send the request again.')

/** One connection of a server: many requests at once, each answered when it is done. */
import type { Duplex } from 'node:stream'
import { attachedTo } from '../protocol/attached.ts'
import {
  type Failure,
  failure,
  type Id,
  parse,
  type Request,
  type Response,
  RpcError,
  success,
  toRpcError,
} from '../protocol/jsonrpc.ts'
import { NOTIFICATION } from '../protocol/mcp.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import { findMethod } from './dispatch.ts'
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
  readonly #running = new Map<Id, RunningRequest>()
  readonly #way: WayOut = {
    send: (message) => this.#notify(message),
    drained: () => this.#outbox.drained(),
  }
  #stopping = false
  #onAllDone: (() => void) | undefined

  constructor(stream: Duplex, service: Service, limits: OutboxLimits = OUTBOX_LIMITS) {
    this.#stream = stream
    this.#service = service
    this.#reader = new MessageReader({
      onText: (text) => this.#receive(text),
      onRefused: (error) => this.#send({ jsonrpc: '2.0', id: null, error }),
    })
    this.#outbox = new Outbox(stream, limits, (unreadBytes) => this.#dropSlowReader(unreadBytes))
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

  #receive(text: string): void {
    const parsed = parse(text)
    if (parsed.kind === 'request') this.#serve(parsed.message)
    else if (parsed.kind === 'refused') this.#answer({ jsonrpc: '2.0', id: parsed.id, error: parsed.error })
    else if (parsed.kind === 'batch') this.#answer(failure(null, noBatches()))
    else if (parsed.kind === 'notification' && parsed.message.method === NOTIFICATION.cancelled)
      this.#cancel(parsed.message.params)
    else if (parsed.kind === 'notification' && parsed.message.method === NOTIFICATION.sessionEnded)
      this.#service.sessionEnded(parsed.message.params)
    // Other notifications mean nothing here, and no response is awaited: questions to clients travel in results.
  }

  #serve(message: Request): void {
    const { id } = message
    try {
      if (this.#stopping) throw stopping()
      if (this.#running.has(id))
        throw new RpcError('INVALID_REQUEST', 'A request with this id is still running; give each its own.')
      const method = findMethod(message.method, this.#service)
      const request = new RunningRequest(message, this.#service, this.#way)
      const outcome = method.run(request, this.#service)
      if (outcome instanceof Promise) this.#follow(request, outcome, method.endless ?? false)
      else this.#answer(success(id, outcome))
    } catch (thrown) {
      this.#answer(this.#failure(id, message.method, thrown))
    }
  }

  #follow(request: RunningRequest, outcome: Promise<unknown>, endless: boolean): void {
    const { id, method } = request
    this.#running.set(id, request)
    this.#service.handlers.started()
    if (!endless) request.startDeadline((timeoutMs) => this.#timeOut(request, timeoutMs))
    outcome.then(
      (result) => this.#finish(request, () => success(id, request.openQuestion ?? result)),
      (thrown) =>
        this.#finish(request, () => {
          const question = request.openQuestion
          return question ? success(id, question) : this.#failure(id, method, thrown, request.params.name)
        }),
    )
  }

  #finish(request: RunningRequest, response: () => Response): void {
    this.#service.handlers.settled()
    if (!request.ended) this.#end(request, response())
  }

  #timeOut(request: RunningRequest, timeoutMs: number): void {
    const message = `The call took longer than ${timeoutMs} ms and was stopped.`
    request.abort(new DOMException(message, 'TimeoutError'))
    this.#end(request, failure(request.id, new RpcError('INTERNAL', message)))
  }

  #cancel(params: unknown): void {
    const request = this.#running.get((params as { requestId?: Id } | undefined)?.requestId as Id)
    if (!request) return // answered already, or never there
    request.abort(new DOMException('The caller cancelled the call.', 'AbortError'))
    this.#forget(request)
  }

  #callerLeft(): void {
    for (const request of this.#running.values())
      request.abort(new DOMException('The caller disconnected.', 'AbortError'))
    this.#running.clear()
    this.#checkAllDone()
    this.#outbox.flush()
    this.#stream.end()
  }

  #giveUpAll(): void {
    for (const request of [...this.#running.values()]) {
      request.abort(new DOMException('The server is stopping.', 'AbortError'))
      this.#end(request, failure(request.id, stopping()))
    }
  }

  #dropSlowReader(unreadBytes: number): void {
    this.#service.log.warn({ unreadBytes }, 'dropped a connection whose peer does not read its answers')
    this.#stream.destroy()
  }

  #end(request: RunningRequest, response: Response): void {
    request.end()
    this.#answer(response)
    this.#forget(request)
  }

  #forget(request: RunningRequest): void {
    this.#running.delete(request.id)
    this.#checkAllDone()
  }

  #checkAllDone(): void {
    if (this.#running.size === 0) this.#onAllDone?.()
  }

  #failure(id: Id, method: string, thrown: unknown, name?: unknown): Failure {
    const error = toRpcError(thrown)
    if (error.cause !== undefined) this.#service.log.error({ method, name, err: error.cause }, error.message)
    return failure(id, error)
  }

  #answer(response: Response): void {
    try {
      this.#send(response)
    } catch (thrown) {
      const { id } = response
      const echoed = typeof id === 'string' && id.length > MAX_ECHOED_ID ? null : id
      this.#send(this.#failure(echoed, 'response', thrown))
    }
  }

  #notify(message: object): void {
    try {
      this.#send(message)
    } catch (err) {
      this.#service.log.warn({ err }, 'a notification could not be sent')
    }
  }

  #send(message: object): void {
    this.#outbox.send(encode(message), this.#reader.terminator)
    const bytes = 'result' in message ? attachedTo(message.result) : undefined
    if (bytes) this.#outbox.attach(bytes)
  }
}

/** An answer that is too long to send may be so for its id alone. */
const MAX_ECHOED_ID = 1024

const noBatches = (): RpcError =>
  new RpcError('INVALID_REQUEST', 'Batches are not part of this protocol; send each message by itself.')

const stopping = (): RpcError => new RpcError('INTERNAL', 'The server is stopping; send the request again.')

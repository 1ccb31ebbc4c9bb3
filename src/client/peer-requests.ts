/**
 * Requests that a server makes of us while it works on one of ours (calls.ts). Each belongs to a request in flight on this very
 * connection, and ends with it.
 */
import { Cancellation } from '../protocol/cancellation.ts'
import { InFlight } from '../protocol/in-flight.ts'
import {
  failure,
  type Id,
  notification,
  parse,
  type Request,
  RpcError,
  success,
  toRpcError,
} from '../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts'
import { META, type Result } from '../protocol/mcp.ts'
import { decodeMessage } from '../protocol/message-text.ts'
import { type Pieces, SHORT_BYTES, WINDOW } from '../protocol/pieces.ts'
import { isRecord } from '../protocol/values.ts'

/** A request of the peer, for whoever answers it. */
export interface PeerRequest {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** Aborted when the peer takes it back, or the request that it was made within ends. */
  readonly cancellation: Cancellation
  /** Tells the peer something before the answer; settles once it has taken most of what was sent, undefined where it has. */
  notify(method: string, params: Record<string, unknown>): Promise<void> | undefined
}

/** Answers what a server asks while it works on a request of ours. */
export interface PeerRequestHandler {
  /** Throws RpcError, or what the server's log is to say. */
  answer(request: PeerRequest): Promise<Result>
  /**
   * Resolves once so many bytes of a request may come, and gives what releases them; rejects with why they may not, or the
   * signal's reason.
   */
  holdRequest(bytes: number, gone: AbortSignal): Promise<() => void>
  /** Holds so many bytes of an answer until the server has taken it; gives what releases them. Throws where there is no room. */
  holdAnswer(bytes: number): () => void
}

/** A request of ours, as far as the peer's own are made within it. */
export interface OuterRequest {
  readonly handler: PeerRequestHandler | undefined
  /** What is asked within it; made with the first. */
  within: Set<RunningPeerRequest> | undefined
}

export interface PeerRequestsOptions {
  /** The request of ours that is in flight under this id. */
  find(id: Id): OuterRequest | undefined
  send(text: string): void
  /** For long ones; without it they go and come whole. */
  pieces: Pieces | undefined
}

export class RunningPeerRequest implements PeerRequest {
  readonly id: string
  readonly outer: OuterRequest
  readonly cancellation = new Cancellation()
  method = ''
  params: Readonly<Record<string, unknown>> = {}
  readonly #send: (text: string) => void
  /** What was sent and not taken, in characters. */
  #untaken = 0
  #taken: PromiseWithResolvers<void> | undefined
  /** Whether only its answer waits, for the peer to take it. */
  isAnswered = false
  /** Lets go of what it holds. */
  release: (() => void) | undefined

  constructor(id: string, outer: OuterRequest, send: (text: string) => void) {
    this.id = id
    this.outer = outer
    this.#send = send
  }

  notify(method: string, { _meta, ...params }: Record<string, unknown>): Promise<void> | undefined {
    if (this.cancellation.aborted) return undefined
    const meta = { ...(isRecord(_meta) ? _meta : {}), [META.requestId]: this.id }
    const text = JSON.stringify(notification(method, { ...params, _meta: meta }))
    this.#untaken += text.length
    this.#send(text)
    if (this.#untaken <= WINDOW / 2) return undefined
    this.#taken ??= Promise.withResolvers<void>()
    return this.#taken.promise
  }

  /** The peer has taken so many characters. */
  wasTaken(length: number): void {
    this.#untaken = Math.max(0, this.#untaken - length)
    if (this.#untaken <= WINDOW / 2) this.#free()
  }

  end(reason: unknown): void {
    this.cancellation.abort(reason)
    this.#free()
  }

  #free(): void {
    this.#taken?.resolve()
    this.#taken = undefined
  }
}

export class PeerRequests {
  readonly #options: PeerRequestsOptions
  readonly #running = new InFlight<string, RunningPeerRequest>()

  constructor(options: PeerRequestsOptions) {
    this.#options = options
  }

  /** Takes one that came whole. */
  take({ id, method, params }: Request): void {
    if (typeof id !== 'string') return void this.#refuse(id, noText())
    if (this.#running.has(id)) return void this.#refuse(id, twice())
    const request = this.#begin(id, isRecord(params) ? params.call : undefined)
    if (request) void this.#answer(request, method, params)
  }

  /** A long one waits on the other side, and says what it is made within. */
  async announced(id: string, bytes: number, attached: number, call: unknown): Promise<void> {
    const { pieces } = this.#options
    if (this.#running.has(id) || attached > 0) {
      pieces?.drop(id)
      return this.#refuse(id, twice())
    }
    const request = this.#begin(id, call)
    if (!request) return pieces?.drop(id)
    try {
      const release = await request.outer.handler?.holdRequest(bytes, request.cancellation.signal)
      if (request.cancellation.aborted) return release?.()
      request.release = release
      pieces?.accept(id)
    } catch (error) {
      if (request.cancellation.aborted) return
      pieces?.drop(id)
      this.#forget(request)
      this.#refuse(id, toRpcError(error))
    }
  }

  /** A long one has come. */
  arrived(id: string, bytes: Buffer): void {
    const request = this.#running.get(id)
    if (!request) return
    const decoded = decodeMessage(bytes)
    const parsed = 'text' in decoded ? parse(decoded.text) : undefined
    if (parsed?.kind === 'request' && parsed.message.id === id) {
      const { method, params } = parsed.message
      // What it said when it was announced is what it is within.
      return void this.#answer(request, method, params)
    }
    this.#forget(request)
    this.#refuse(id, new RpcError('INVALID_REQUEST', 'This is not the request that was announced.'))
  }

  /** The peer takes one back. */
  cancel(id: string): void {
    const request = this.#running.get(id)
    if (request) this.#stop(request, new DOMException('The server cancelled the call.', 'AbortError'))
    else this.#options.pieces?.drop(id)
  }

  /** The peer has taken so many characters of what one was sent. */
  taken(id: string, length: number): void {
    this.#running.get(id)?.wasTaken(length)
  }

  /** What was made within a request of ours ends with it. */
  endWithin({ within }: OuterRequest): void {
    for (const request of within ?? []) {
      this.#stop(request, new DOMException(ENDED, 'AbortError'))
      if (!request.isAnswered) this.#refuse(request.id, new RpcError('INVALID_REQUEST', ENDED))
    }
  }

  #begin(id: string, call: unknown): RunningPeerRequest | undefined {
    const outer = typeof call === 'number' ? this.#options.find(call) : undefined
    if (!outer?.handler) {
      this.#refuse(id, outer ? notWithin() : noCall())
      return undefined
    }
    const request = new RunningPeerRequest(id, outer, this.#options.send)
    this.#running.set(id, request)
    outer.within ??= new Set()
    outer.within.add(request)
    return request
  }

  async #answer(request: RunningPeerRequest, method: string, params: unknown): Promise<void> {
    const { id, outer, cancellation } = request
    const { call: _, ...rest } = isRecord(params) ? params : {}
    request.method = method
    request.params = rest
    let text: string
    try {
      // There is one, since it was looked at when this began.
      text = encoded(id, await (outer.handler as PeerRequestHandler).answer(request))
    } catch (error) {
      text = JSON.stringify(failure(id, toRpcError(error)))
    }
    if (!cancellation.aborted) this.#give(request, text)
  }

  /** A long answer stays until the peer asks for it. */
  #give(request: RunningPeerRequest, text: string): void {
    const { id, outer } = request
    const { pieces, send } = this.#options
    if (!pieces || text.length <= SHORT_BYTES) {
      this.#forget(request)
      return void send(text)
    }
    const bytes = Buffer.from(text)
    request.release?.()
    request.release = undefined
    try {
      request.release = outer.handler?.holdAnswer(bytes.length)
    } catch (error) {
      this.#forget(request)
      return void this.#refuse(id, toRpcError(error))
    }
    request.isAnswered = true
    pieces.hold(id, bytes, undefined, () => this.#forget(request))
  }

  #stop(request: RunningPeerRequest, reason: unknown): void {
    this.#forget(request)
    this.#options.pieces?.drop(request.id)
    request.end(reason)
  }

  #forget(request: RunningPeerRequest): void {
    this.#running.delete(request.id)
    request.outer.within?.delete(request)
    request.release?.()
    request.release = undefined
  }

  #refuse(id: Id, error: RpcError): void {
    this.#options.send(JSON.stringify(failure(id, error)))
  }
}

const ENDED = 'The call that this one was made within has ended.'

function encoded(id: Id, result: Result): string {
  const text = JSON.stringify(success(id, result))
  if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
    throw new RpcError(
      'INTERNAL',
      `The answer is longer than ${MAX_MESSAGE_BYTES} bytes; ask for less at a time. What the call did has been done.`,
    )
  return text
}

const noText = (): RpcError =>
  new RpcError('INVALID_REQUEST', 'The id of a request to the gateway must be a text; its own are numbers.')

const twice = (): RpcError =>
  new RpcError('INVALID_REQUEST', 'A request with this id is still running; give each its own.')

const noCall = (): RpcError =>
  new RpcError(
    'INVALID_REQUEST',
    'params.call names no call that is in flight on this connection: it has ended, or is another one’s. Others can be called within a call alone.',
  )

const notWithin = (): RpcError =>
  new RpcError('FORBIDDEN', 'Within this request nothing can be asked of the gateway.')

/** What handlers ask of the gateway, over the connection that their calls came on (protocol/calls.ts). */
import { InFlight } from '../protocol/in-flight.ts'
import { type Id, notification, parse, type Response, RpcError } from '../protocol/jsonrpc.ts'
import { META, NOTIFICATION, type Result } from '../protocol/mcp.ts'
import { decodeMessage } from '../protocol/message-text.ts'
import { type Pieces, SHORT_BYTES, WINDOW } from '../protocol/pieces.ts'
import type { Room } from '../protocol/room.ts'
import { isRecord } from '../protocol/values.ts'
import { encode } from './outbox.ts'

export interface AskOptions {
  signal?: AbortSignal | undefined
  /** What comes before the answer; what it gives is awaited before more is taken. */
  onNotification?(method: string, params: Record<string, unknown>): unknown
}

export interface GatewayRequestsOptions {
  send(text: string): void
  pieces: Pieces
  /** Whether the peer takes long messages in pieces. */
  takesPieces(): boolean
  /** For long answers, until they have come. */
  room: Room
}

class Asked {
  readonly id: string
  /** The request that it is made within. */
  readonly within: Id
  readonly options: AskOptions
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  /** What was taken of its notifications and not acknowledged yet, in characters. */
  taken = 0
  /** Aborted at its end. */
  readonly ended = new AbortController()
  /** What is held for its answer, in bytes. */
  held = 0
  onAbort: (() => void) | undefined

  constructor(
    id: string,
    within: Id,
    options: AskOptions,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ) {
    this.id = id
    this.within = within
    this.options = options
    this.resolve = resolve
    this.reject = reject
  }
}

export class GatewayRequests {
  readonly #options: GatewayRequestsOptions
  readonly #asked = new InFlight<string, Asked>()
  #nextId = 1

  constructor(options: GatewayRequestsOptions) {
    this.#options = options
  }

  /** Rejects with the RpcError of an error answer, the signal's reason, or with why the call that it is within has ended. */
  request(within: Id, method: string, params: Record<string, unknown>, options: AskOptions): Promise<Result> {
    const { signal } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      // The gateway's own are numbers.
      const id = `s${this.#nextId++}`
      const text = encode({ jsonrpc: '2.0', id, method, params: { ...params, call: within } })
      const asked = new Asked(id, within, options, resolve, reject)
      this.#asked.set(id, asked)
      if (signal) {
        asked.onAbort = () => this.#giveUp(asked, signal.reason)
        signal.addEventListener('abort', asked.onAbort, { once: true })
      }
      const { pieces, send, takesPieces } = this.#options
      if (text.length <= SHORT_BYTES || !takesPieces()) send(text)
      else pieces.hold(id, Buffer.from(text), undefined, () => {}, within)
    })
  }

  /** Takes the answer to one; an answer to none is dropped, since that was given up. */
  answered(response: Response): void {
    const asked = typeof response.id === 'string' ? this.#asked.get(response.id) : undefined
    if (!asked) return
    this.#forget(asked)
    if ('error' in response) {
      const { code, message, data } = response.error
      asked.reject(new RpcError(code, message, { data }))
    } else if (isRecord(response.result)) asked.resolve({ resultType: 'complete', ...response.result })
    else asked.reject(new RpcError('INTERNAL', 'The gateway answered with a result that is not an object.'))
  }

  /** A long answer waits at the gateway. */
  async announced(id: string, bytes: number): Promise<void> {
    const { pieces, room } = this.#options
    const asked = this.#asked.get(id)
    if (!asked) return pieces.drop(id)
    try {
      await room.take(bytes, undefined, asked.ended.signal)
    } catch {
      return // it was given up
    }
    if (asked.ended.signal.aborted) return room.give(bytes, undefined)
    asked.held = bytes
    pieces.accept(id)
  }

  /** It has come. */
  arrived(id: string, bytes: Buffer): void {
    const decoded = decodeMessage(bytes)
    const parsed = 'text' in decoded ? parse(decoded.text) : undefined
    if (parsed?.kind === 'response' && parsed.message.id === id) return void this.answered(parsed.message)
    const asked = this.#asked.get(id)
    if (!asked) return
    this.#forget(asked)
    asked.reject(new RpcError('INTERNAL', "The gateway's answer can't be read."))
  }

  /** Takes a notification about one, of so many characters; false for any other. */
  notified(method: string, params: unknown, length: number): boolean {
    const meta = isRecord(params) && isRecord(params._meta) ? params._meta : {}
    const id = meta[META.requestId]
    if (typeof id !== 'string' || !isRecord(params)) return false
    const asked = this.#asked.get(id)
    if (!asked) return true
    const took = asked.options.onNotification?.(method, params)
    const tell = () => this.#tellTaken(asked, length)
    if (took instanceof Promise) took.then(tell, (error) => this.#giveUp(asked, error))
    else tell()
    return true
  }

  /** What was asked within a request ends with it. */
  endWithin(within: Id, reason: unknown): void {
    for (const asked of this.#asked.values()) if (asked.within === within) this.#giveUp(asked, reason)
  }

  #tellTaken(asked: Asked, length: number): void {
    asked.taken += length
    if (asked.taken < WINDOW / 4 || this.#asked.get(asked.id) !== asked) return
    const params = { requestId: asked.id, length: asked.taken }
    this.#options.send(encode(notification(NOTIFICATION.taken, params)))
    asked.taken = 0
  }

  #giveUp(asked: Asked, reason: unknown): void {
    if (!this.#forget(asked)) return
    this.#options.pieces.drop(asked.id)
    this.#options.send(encode(notification(NOTIFICATION.cancelled, { requestId: asked.id })))
    asked.reject(reason)
  }

  #forget(asked: Asked): boolean {
    const { id, ended, held, onAbort, options } = asked
    ended.abort()
    if (held > 0) this.#options.room.give(held, undefined)
    asked.held = 0
    if (onAbort) options.signal?.removeEventListener('abort', onAbort)
    return this.#asked.delete(id)
  }
}

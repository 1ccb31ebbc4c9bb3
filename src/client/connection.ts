/**
 * The one MCP client: revision 2026-07-28 over a byte stream, many requests at once on one connection.
 */
import type { Duplex } from 'node:stream'
import { attachedLength, withAttached, withoutAttached } from '../protocol/attached.ts'
import { InFlight } from '../protocol/in-flight.ts'
import {
  type ErrorObject,
  type Id,
  isId,
  parse,
  type Request,
  type Response,
  RpcError,
  requestIdIn,
} from '../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts'
import {
  type ClientCapabilities,
  CURRENT_VERSION,
  type Implementation,
  META,
  METHOD,
  NOTIFICATION,
  type Result,
} from '../protocol/mcp.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import { decodeMessage, tooLong } from '../protocol/message-text.ts'
import { Pieces, SHORT_BYTES, takesPieces, WINDOW } from '../protocol/pieces.ts'
import { isRecord, isWhole } from '../protocol/values.ts'
import { PeerRequests } from './peer-requests.ts'
import { Pending, type RequestOptions } from './request.ts'

/** May return a promise: until it settles, the peer takes it that the notification was not taken. */
export type NotificationHandler = (method: string, params: Record<string, unknown>) => unknown

export interface ConnectionOptions {
  clientInfo: Implementation
  clientCapabilities?: ClientCapabilities
  /** The longest message that is taken, in bytes; what holds for every message without. */
  maxBytes?: number
  /** Within how long the peer must say something, in milliseconds; it is asked to. For ever without. */
  firstWordMs?: number
  /** Whether long messages go in pieces, where the peer supports it, and notifications are acknowledged. */
  pieces?: boolean
  /**
   * Called with how much has come of a long message that the peer sends without asking whether there is room, until its end has come,
   * and 0 after that. What it throws ends the connection.
   */
  onUnended?(bytes: number): void
  /** Called for what the peer sent that can't be understood or belongs to nothing; the connection goes on. */
  onOdd?(what: string): void
}

/** The peer closed the connection, or it broke, before a request was answered. */
export class ConnectionLost extends Error {
  override readonly name: string = 'ConnectionLost'
}

/** The peer took the connection and then said nothing: it does not start, or hangs. */
export class StartTimeout extends ConnectionLost {
  override readonly name = 'StartTimeout'
}

/** The answer to a request was longer than is taken. The connection goes on. */
export class AnswerTooLong extends RpcError {
  constructor(maxBytes: number) {
    super('INTERNAL', `The answer is longer than ${maxBytes} bytes; ask for less at a time.`)
  }
}

/** What is sent in one turn of the event loop is handed to the stream before its end above so many characters. */
const MOST_AT_ONCE = 64 * 1024
const ASKING = { _meta: { [META.pieces]: true } }

/** How an answer begins: ours and most others say whom it is for before anything else. */
const ANSWER = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/

export class Connection {
  /** Settles once the connection has ended, for whatever reason; never rejects. */
  readonly closed: Promise<void>
  /** Settles once the peer has said something, at once where it needs no answer; never rejects. */
  readonly heard: Promise<void>
  hasHeard = false
  readonly #stream: Duplex
  readonly #options: ConnectionOptions
  readonly #reader: MessageReader
  readonly #pending = new InFlight<Id, Pending>()
  #nextId = 1
  #unsent = ''
  /** Requests that are sent once the peer has read what came before, by id: one that is given up meanwhile is never sent. */
  readonly #waiting = new Map<Id, () => void>()
  /** Whether bytes may come beside an answer: whether any request has asked for that. */
  #attaches = false
  readonly #pieces: Pieces | undefined
  /** What the peer asks; made when it first does. */
  #asked: PeerRequests | undefined
  /** Whether the peer takes pieces. */
  readonly #peerTakesPieces: Promise<boolean>
  /** How much was reported of a message whose end has not come. */
  #unended = 0
  #lost: ConnectionLost | undefined

  constructor(stream: Duplex, options: ConnectionOptions) {
    this.#stream = stream
    this.#options = options
    this.#reader = new MessageReader(
      {
        onText: (text) => this.#receive(text),
        onRefused: (error, beginning) => this.#refuse(error, beginning),
      },
      options.maxBytes,
    )
    if (options.pieces) this.#pieces = this.#inPieces()
    stream.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk)
      this.#tellUnended(this.#reader.unendedBytes)
    })
    stream.on('drain', () => {
      this.#sendWaiting()
      this.#pieces?.pump()
    })
    stream.on('error', () => {}) // 'close' follows and ends what is pending
    this.closed = new Promise((resolve) =>
      stream.once('close', () => {
        this.#tellUnended(0)
        this.#end(new ConnectionLost('The connection was closed.'))
        resolve()
      }),
    )
    // A peer that only ends its side sends no more answers.
    stream.once('end', () => stream.destroy())
    this.heard = this.#firstWord(options.firstWordMs).then(() => {
      this.hasHeard = true
    })
    const asks = options.firstWordMs !== undefined || options.pieces
    const discovered = asks ? this.request(METHOD.discover, options.pieces ? ASKING : {}) : undefined
    this.#peerTakesPieces = Promise.resolve(discovered).then(takesPieces, () => false)
  }

  /** Requests that have no answer yet. */
  get inFlight(): number {
    return this.#pending.size
  }

  get isOpen(): boolean {
    return this.#lost === undefined && !this.#stream.destroyed
  }

  /**
   * Sends a request and gives its result. The `_meta` keys that the revision requires are added where missing.
   * Rejects with an RpcError for an error answer, ConnectionLost where the connection ends, or the signal's reason.
   */
  request(
    method: string,
    params: Record<string, unknown> = {},
    options: RequestOptions = {},
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      const stop = options.cancellation ?? options.signal
      if (stop?.aborted) return reject(stop.reason)
      const id = this.#nextId++
      const meta = this.#meta(params._meta as Record<string, unknown> | undefined)
      const pending = new Pending(id, meta, options, resolve, reject, this.#giveUp)
      this.#attaches ||= pending.attaches
      this.#pending.set(id, pending)
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } })
      if (this.#isBehind) this.#waiting.set(id, () => this.#sendRequest(id, text))
      else this.#sendRequest(id, text)
    })
  }

  readonly #giveUp = (pending: Pending, reason: unknown): void => {
    const { id } = pending
    this.#pending.delete(id)
    this.#pieces?.drop(id)
    // What was not sent yet need not be taken back.
    if (!this.#waiting.delete(id)) this.notify(NOTIFICATION.cancelled, { requestId: id })
    pending.reject(reason)
  }

  notify(method: string, params: Record<string, unknown>): void {
    if (this.isOpen) this.#send({ jsonrpc: '2.0', method, params })
  }

  /** Closes at once; what is pending is rejected with ConnectionLost. */
  close(): void {
    this.#flush()
    this.#stream.destroy()
  }

  #meta(given: Record<string, unknown> | undefined): Record<string, unknown> {
    return {
      [META.version]: CURRENT_VERSION,
      [META.clientInfo]: this.#options.clientInfo,
      [META.clientCapabilities]: this.#options.clientCapabilities ?? {},
      ...given,
    }
  }

  #send(message: object): void {
    this.#sendText(JSON.stringify(message))
  }

  /** Messages of one turn of the event loop leave in one write, or in several where they are many. */
  #sendText(text: string): void {
    if (this.#unsent === '') setImmediate(this.#flush)
    this.#unsent += text + this.#reader.terminator
    if (this.#unsent.length > MOST_AT_ONCE) this.#flush()
  }

  #sendRequest(id: Id, text: string): void {
    if (this.#pieces && text.length > SHORT_BYTES) void this.#sendLong(id, text, this.#pieces)
    else this.#sendText(text)
  }

  /** Whether the peer has not read what it was sent before. What a stream holds can't be taken back. */
  get #isBehind(): boolean {
    return this.#stream.writableNeedDrain || this.#waiting.size > 0
  }

  #sendWaiting(): void {
    for (const [id, send] of this.#waiting) {
      if (this.#stream.writableNeedDrain) return
      this.#waiting.delete(id)
      send()
    }
  }

  /** A peer that takes no pieces is given a long request when it has read what was sent before. */
  async #sendLong(id: Id, text: string, pieces: Pieces): Promise<void> {
    const takes = await this.#peerTakesPieces
    if (!this.#pending.has(id)) return
    if (takes) pieces.hold(id, Buffer.from(text), undefined, () => {})
    else pieces.holdWhole(id, [Buffer.from(text + this.#reader.terminator)], () => {})
  }

  #inPieces(): Pieces {
    const sendNow = (...parts: readonly Buffer[]) => {
      if (this.#stream.destroyed) return
      this.#stream.cork()
      this.#flush()
      for (const bytes of parts) this.#stream.write(bytes)
      this.#stream.uncork()
    }
    return new Pieces({
      reader: this.#reader,
      send: (message, bytes) => {
        this.#send(message)
        if (bytes) sendNow(bytes)
      },
      sendWhole: (parts) => sendNow(...parts),
      isFull: () => this.#stream.writableNeedDrain,
      onLarge: (...announced) => void this.#announced(...announced),
      onWhole: (id, text, attached) => this.#arrived(id, text, attached),
      onBroken: (what) => this.#fail(what),
    })
  }

  #isAsked(request: Request): void {
    if (this.#stream.writableLength > MAX_MESSAGE_BYTES) this.#fail('asks and does not read the answers')
    else this.#peerRequests.take(request)
  }

  get #peerRequests(): PeerRequests {
    this.#asked ??= new PeerRequests({
      find: (id) => {
        const pending = this.#pending.get(id)
        if (pending) pending.onEnd ??= () => this.#asked?.endWithin(pending)
        return pending
      },
      send: (text) => {
        if (this.isOpen) this.#sendText(text)
      },
      pieces: this.#pieces,
    })
    return this.#asked
  }

  /** A long message waits on the other side: a request, or an answer. It comes once there is room for it. */
  async #announced(id: Id, bytes: number, attached: number, call: unknown): Promise<void> {
    if (typeof id === 'string') return this.#peerRequests.announced(id, bytes, attached, call)
    const pending = this.#pending.get(id)
    if (!pending) return this.#pieces?.drop(id)
    const { maxBytes = MAX_MESSAGE_BYTES } = this.#options
    try {
      if (Math.max(bytes, attached) > maxBytes) throw new AnswerTooLong(maxBytes)
      await pending.options.room?.(bytes + attached)
      if (this.#pending.get(id) === pending) this.#pieces?.accept(id)
    } catch (error) {
      if (this.#pending.get(id) !== pending) return
      this.#pieces?.drop(id)
      this.#pending.delete(id)
      this.notify(NOTIFICATION.cancelled, { requestId: id })
      pending.reject(error)
    }
  }

  #arrived(id: Id, bytes: Buffer, attached: Buffer | undefined): void {
    if (typeof id === 'string') return void this.#asked?.arrived(id, bytes)
    const decoded = decodeMessage(bytes)
    if ('error' in decoded) return void this.#refuse(decoded.error, bytes.toString('latin1', 0, 256))
    const parsed = parse(decoded.text)
    if (parsed.kind !== 'response' || parsed.message.id !== id)
      return void this.#fail('sent another message than it had announced')
    if (!attached || !('result' in parsed.message)) return void this.#settle(parsed.message)
    this.#settle({ ...parsed.message, result: withAttached(parsed.message.result as Result, attached) })
  }

  #tellUnended(bytes: number): void {
    const long = bytes > SHORT_BYTES ? bytes : 0
    if (long === this.#unended) return
    this.#unended = long
    try {
      this.#options.onUnended?.(long)
    } catch (cause) {
      this.#end(new ConnectionLost('The connection was closed: there is no memory for it.', { cause }))
      this.#stream.destroy()
    }
  }

  readonly #flush = () => {
    const text = this.#unsent
    this.#unsent = ''
    if (text !== '' && !this.#stream.destroyed) this.#stream.write(text)
  }

  #receive(text: string): void {
    const parsed = parse(text)
    if (parsed.kind === 'response') this.#answered(parsed.message)
    else if (parsed.kind === 'request') this.#isAsked(parsed.message)
    else if (parsed.kind !== 'notification') this.#fail('sent something that is no message')
    else if (!this.#pieces?.receive(parsed.message.method, parsed.message.params))
      this.#dispatch(parsed.message.method, parsed.message.params, text.length)
  }

  /** Waits for the bytes beside an answer; they come also where the answer is no longer waited for. */
  #answered(message: Response): void {
    const result = 'result' in message ? message.result : undefined
    const length = this.#attaches ? attachedLength(result) : 0
    const { maxBytes = MAX_MESSAGE_BYTES } = this.#options
    if (length === 0) this.#settle(message)
    else if (length > MAX_MESSAGE_BYTES) this.#fail(`sent ${length} bytes beside an answer`)
    else if (length > maxBytes) {
      this.#reader.dropBytes(length)
      this.#pending.get(message.id)?.reject(new AnswerTooLong(maxBytes))
      this.#pending.delete(message.id)
    } else
      this.#reader.takeBytes(length, (bytes) =>
        this.#settle({ ...message, result: withAttached(result as Result, bytes) }),
      )
  }

  #settle(message: { id: Id; result?: unknown; error?: ErrorObject }): void {
    const pending = this.#pending.get(message.id)
    if (!pending) {
      // Cancelled before, or an id that was never sent.
      this.#options.onOdd?.(`answered a request that is not waiting (id ${JSON.stringify(message.id)})`)
      return
    }
    this.#pending.delete(message.id)
    if (message.error)
      pending.reject(new RpcError(message.error.code, message.error.message, { data: message.error.data }))
    else if (isRecord(message.result))
      pending.resolve(
        pending.attaches ? (message.result as Result) : withoutAttached(message.result as Result),
      )
    else pending.reject(new RpcError('INTERNAL', 'The server answered with a result that is not an object.'))
  }

  /** A message that can't be taken fails the request that it answers, or else the connection. */
  #refuse(error: ErrorObject, beginning: string): void {
    const id = Number(ANSWER.exec(beginning)?.[1])
    const pending = this.#pending.get(id)
    if (!pending) return void this.#fail(`sent a message that was refused: ${error.message}`)
    this.#pending.delete(id)
    const { maxBytes = MAX_MESSAGE_BYTES } = this.#options
    pending.reject(
      error.message === tooLong(maxBytes).message
        ? new AnswerTooLong(maxBytes)
        : new RpcError('INTERNAL', `The answer can't be read: ${error.message}`),
    )
  }

  #dispatch(method: string, params: unknown, length: number): void {
    const fields = isRecord(params) ? params : {}
    if (this.#asked && this.#isOfAsked(this.#asked, method, fields)) return
    const meta = isRecord(fields._meta) ? fields._meta : {}
    const given = meta[META.requestId] ?? meta[META.subscriptionId]
    const id = isId(given) ? given : undefined
    const pending =
      id === undefined && fields.progressToken !== undefined
        ? this.#pending.values().find((p) => p.progressToken === fields.progressToken)
        : this.#pending.get(id ?? null)
    if (!pending) return
    const taken = pending.options.onNotification?.(method, fields)
    if (!this.#pieces || id === undefined) return
    const tell = () => this.#tellTaken(id, pending, length)
    if (taken instanceof Promise) taken.then(tell, tell)
    else tell()
  }

  /** Whether a notification was about a request of the peer, and was taken. */
  #isOfAsked(asked: PeerRequests, method: string, params: Record<string, unknown>): boolean {
    const id = requestIdIn(params)
    if (typeof id !== 'string') return false
    if (method === NOTIFICATION.cancelled) asked.cancel(id)
    else if (method === NOTIFICATION.taken && isWhole(params.length, 1)) asked.taken(id, params.length)
    return true
  }

  /** Tells the peer from time to time how much of a request's notifications was taken, so that it tells more. */
  #tellTaken(id: Id, pending: Pending, length: number): void {
    pending.taken += length
    if (pending.taken < WINDOW / 4 || this.#pending.get(id) !== pending) return
    this.notify(NOTIFICATION.taken, { requestId: id, length: pending.taken })
    pending.taken = 0
  }

  /** The server at the other end may be asleep, and its socket takes connections also where it can't wake. */
  async #firstWord(ms: number | undefined): Promise<void> {
    if (ms === undefined) return
    const timer = setTimeout(() => {
      this.#end(new StartTimeout(`Nothing was said within ${ms} ms.`))
      this.#stream.destroy()
    }, ms)
    const heard = new Promise<void>((resolve) => {
      this.#stream.once('data', () => resolve()).once('close', () => resolve())
    })
    await heard
    clearTimeout(timer)
  }

  #fail(what: string): void {
    this.#options.onOdd?.(what)
    this.#end(new ConnectionLost(`The connection was closed: the peer ${what}.`))
    this.#stream.destroy()
  }

  #end(reason: ConnectionLost): void {
    if (this.#lost) return
    this.#lost = reason
    const pending = this.#pending.values()
    this.#pending.clear()
    this.#waiting.clear()
    for (const request of pending) request.reject(reason)
  }
}

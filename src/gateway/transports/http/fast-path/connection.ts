/**
 * The fast path: plain requests are read straight from their connection and answered on it, since node:http costs
 * several times what a call does. A connection that sends anything else is given to node:http for good, with all
 * that it has sent since its last answer.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Gathered } from '../../../../protocol/gathered.ts'
import { endUnread, lastAnswer } from '../always.ts'
import type { HttpResponse, WholeRequest } from '../exchange.ts'
import { type FastPathHead, readFastPathHead } from './head.ts'
import { FastPathResponse } from './response.ts'

const NOTHING = Buffer.alloc(0)
const END_OF_HEAD = '\r\n\r\n'
const MAX_HEAD_BYTES = 8 * 1024
/** A longer body is read by node:http, once it is known who sends it. */
const MAX_BODY_BYTES = 64 * 1024
/** What may lie here unread while a request is being answered, before no more is taken. */
const MAX_WAITING_BYTES = MAX_HEAD_BYTES + MAX_BODY_BYTES
/** Below this nothing is counted of what lies here unread. */
const UNCOUNTED_BYTES = 1024
/** What may lie in a connection unsent before its next request is read, in bytes. */
const MAX_UNSENT_BYTES = 64 * 1024

/** How long is waited, in milliseconds. Connections that were never answered are those of whatever counts connections. */
export interface FastPathTimeouts {
  /** For the next request. */
  idleMs: number
  /** For the rest of a body. */
  bodyMs: number
}

export interface FastPathHandler {
  handle(req: WholeRequest, res: HttpResponse): void
  /** Whether the rest of a body may be read; answers where not. The body is empty yet. */
  admit(req: WholeRequest, res: HttpResponse): boolean
  /** Whether there is room for so many bytes that have come, or will, and are not read; they count from then on. */
  holds(socket: Socket, bytes: number): boolean
}

/** Takes the connections of a server before node:http does. Over TLS they come with the event `secureConnection`. */
export function serveFastPath(
  server: Server,
  event: 'connection' | 'secureConnection',
  handler: FastPathHandler,
  timeouts: FastPathTimeouts,
): void {
  const toNode = server.listeners(event) as ((socket: Socket) => void)[]
  server.removeAllListeners(event)
  // As with node:http, a client that has ended its side still gets its answer. Its types lack it.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on(event, (socket: Socket) => {
    const giveToNode = (unread: Buffer) => {
      const hasEnded = socket.readableEnded
      if (!hasEnded && unread.length > 0) socket.unshift(unread)
      for (const listener of toNode) listener.call(server, socket)
      if (!hasEnded) return
      // A stream that has ended takes nothing back, so that node:http gets both again.
      socket.emit('data', unread)
      socket.emit('end')
    }
    new FastPathConnection(socket, handler, giveToNode, timeouts)
  })
}

/**
 * `reading` the next request, or `answering` the one before it, whatever else has come; then `left`, once all that is
 * unread was given to node:http, or `over`. Only while reading is anything handed on, and from the last two there is no
 * way back: what was handed on is not here any more.
 */
type State = 'reading' | 'answering' | 'left' | 'over'

class FastPathConnection {
  readonly #socket: Socket
  readonly #handler: FastPathHandler
  readonly #giveToNode: (unread: Buffer) => void
  readonly #timeouts: FastPathTimeouts
  #state: State = 'reading'
  readonly #unread = new Gathered()
  /** How much must have come before there is anything to do. */
  #needed = 1
  /** Clients send the same head again and again. */
  #lastHead: { bytes: Buffer; head: FastPathHead } | undefined
  #answer: FastPathResponse | undefined
  #late: NodeJS.Timeout | undefined
  /** Whether the loop over requests runs, which an answer given at once returns to. */
  #isStepping = false
  /** Whether there was a request yet. */
  #hasBegun = false
  /** How much of what is unread is counted. */
  #counted = 0
  /** Whether the client has ended its side. */
  #hasEnded = false

  constructor(
    socket: Socket,
    handler: FastPathHandler,
    giveToNode: (unread: Buffer) => void,
    timeouts: FastPathTimeouts,
  ) {
    this.#socket = socket
    this.#handler = handler
    this.#giveToNode = giveToNode
    this.#timeouts = timeouts
    socket.on('data', this.#onData)
    socket.on('drain', this.#next)
    socket.on('timeout', this.#onTimeout)
    socket.on('error', ignore) // 'close' follows
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isDone) return
    this.#unread.add(chunk)
    this.#next()
  }

  /** Answers what has come whole, one after the other. */
  readonly #next = (): void => {
    if (this.#isStepping || this.#isDone) return
    this.#isStepping = true
    while (this.#hasMore && this.#socket.writableLength <= MAX_UNSENT_BYTES) if (!this.#step()) break
    this.#isStepping = false
    if (this.#isDone) return
    // Nothing more can become whole.
    if (this.#hasEnded && this.#state === 'reading' && !this.#hasMore) return void this.#socket.end()
    this.#unread.compact()
    // What there is no room for any longer has its client go; `#step` gives a body to node:http, which waits.
    if (!this.#holds(Math.max(this.#unread.length, this.#needed))) return void this.#socket.destroy()
    const full = this.#state === 'answering' ? this.#unread.length > MAX_WAITING_BYTES : this.#hasMore
    if (full !== this.#socket.isPaused()) full ? this.#socket.pause() : this.#socket.resume()
  }

  get #isDone(): boolean {
    return this.#state === 'left' || this.#state === 'over'
  }

  get #hasMore(): boolean {
    return this.#state === 'reading' && this.#unread.length >= this.#needed
  }

  /** Answers the next request; false where there is more to wait for, or it is not for here. */
  #step(): boolean {
    const { bytes } = this.#unread
    const end = bytes.indexOf(END_OF_HEAD)
    const head = end < 0 || end > MAX_HEAD_BYTES ? undefined : this.#read(bytes, end + 2)
    if (!head || head.length > MAX_BODY_BYTES) {
      this.#leave(bytes)
      return false
    }
    const bodyStart = end + END_OF_HEAD.length
    const whole = bodyStart + head.length
    if (bytes.length < whole) {
      const isNew = this.#needed === 1
      if (isNew && !this.#holds(whole)) {
        this.#leave(bytes)
        return false
      }
      this.#keep(bytes, whole)
      if (isNew && this.#admits(head)) this.#late = setTimeout(this.#onLate, this.#timeouts.bodyMs)
      return false
    }
    clearTimeout(this.#late)
    this.#keep(whole === bytes.length ? NOTHING : bytes.subarray(whole))
    this.#handler.handle(this.#request(head, bytes.subarray(bodyStart, whole)), this.#begin())
    return true
  }

  #read(bytes: Buffer, end: number): FastPathHead | undefined {
    const last = this.#lastHead
    if (last && last.bytes.length === end && last.bytes.compare(bytes, 0, end) === 0) return last.head
    const head = readFastPathHead(bytes.toString('latin1', 0, end))
    if (head) this.#lastHead = { bytes: Buffer.from(bytes.subarray(0, end)), head }
    return head
  }

  #request({ method, url, headers, rawHeaders, length }: FastPathHead, body: Buffer): WholeRequest {
    return { method, url, headers, rawHeaders, length, body, socket: this.#socket }
  }

  /** Whether the body of this head is waited for. A client that is refused gets the connection's last answer. */
  #admits(head: FastPathHead): boolean {
    const answer = new FastPathResponse(this.#socket, () => {
      this.#state = 'over'
      this.#keep(NOTHING)
      endUnread(this.#socket)
    })
    return this.#handler.admit(this.#request(head, NOTHING), answer)
  }

  #begin(): FastPathResponse {
    this.#state = 'answering'
    // Before the answer: whoever waits for the client to take that has its own time, and gives this one back.
    if (!this.#hasBegun) this.#socket.setTimeout(this.#timeouts.idleMs)
    this.#hasBegun = true
    this.#answer = new FastPathResponse(this.#socket, this.#answered)
    return this.#answer
  }

  readonly #answered = (isLast: boolean): void => {
    this.#answer = undefined
    if (isLast) {
      this.#state = 'over'
      this.#keep(NOTHING)
      return void this.#socket.destroySoon()
    }
    this.#state = 'reading'
    if ((this.#unread.length > 0 || this.#hasEnded) && !this.#isStepping) setImmediate(this.#next)
  }

  #holds(bytes: number): boolean {
    const counted = bytes > UNCOUNTED_BYTES ? bytes : 0
    if (counted === this.#counted) return true
    if (!this.#handler.holds(this.#socket, counted)) return false
    this.#counted = counted
    return true
  }

  #keep(rest: Buffer, needed = 1): void {
    this.#unread.clear()
    this.#unread.add(rest)
    this.#needed = needed
  }

  #leave(unread: Buffer): void {
    const socket = this.#socket
    this.#state = 'left'
    this.#keep(NOTHING)
    this.#holds(0)
    clearTimeout(this.#late)
    socket.off('data', this.#onData)
    socket.off('drain', this.#next)
    socket.off('timeout', this.#onTimeout)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    socket.setTimeout(0)
    if (socket.isPaused()) socket.resume()
    this.#giveToNode(unread)
    socket.off('error', ignore)
  }

  /** What was asked before is answered still; that a client has gone altogether is found by writing (`../../connections.ts`). */
  readonly #onEnd = (): void => {
    this.#hasEnded = true
    this.#next()
  }

  readonly #onLate = (): void => {
    this.#state = 'over'
    this.#keep(NOTHING)
    endUnread(this.#socket, lastAnswer(408))
  }

  readonly #onTimeout = (): void => {
    if (this.#state !== 'answering') this.#socket.destroy()
  }

  readonly #onClose = (): void => {
    clearTimeout(this.#late)
    this.#state = 'over'
    this.#answer?.lost()
    this.#answer = undefined
    this.#keep(NOTHING)
  }
}

function ignore(): void {}

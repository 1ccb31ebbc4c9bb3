/**
 * The quick way in: plain requests are read straight from their connection and answered on it, since node:http costs
 * several times what a call does. A connection that sends anything else is given to node:http for good, with all
 * that it has sent since its last answer.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpResponse, WholeRequest } from '../exchange.ts'
import { type QuickHead, readQuickHead } from './head.ts'
import { QuickResponse } from './response.ts'

const NOTHING = Buffer.alloc(0)
const END_OF_HEAD = '\r\n\r\n'
const MAX_HEAD_BYTES = 8 * 1024
/** A longer body is read by node:http, once it is known who sends it. */
const MAX_BODY_BYTES = 64 * 1024
/** What may lie here unread while a request is being answered, before no more is taken. */
const MAX_WAITING_BYTES = MAX_HEAD_BYTES + MAX_BODY_BYTES
/** What may lie in a connection unsent before its next request is read, in bytes. */
const MAX_UNSENT_BYTES = 64 * 1024

/** How long is waited, in milliseconds. */
export interface QuickTimeouts {
  /** For the first bytes of a connection. */
  firstMs: number
  /** For the next request. */
  idleMs: number
  /** For the rest of a body. */
  bodyMs: number
}

export type QuickHandler = (req: WholeRequest, res: HttpResponse) => void

/** Takes the connections of a server before node:http does. Over TLS they come with the event `secureConnection`. */
export function serveQuickly(
  server: Server,
  event: 'connection' | 'secureConnection',
  handler: QuickHandler,
  timeouts: QuickTimeouts,
): void {
  const toNode = server.listeners(event) as ((socket: Socket) => void)[]
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    const giveToNode = (unread: Buffer) => {
      if (unread.length > 0) socket.unshift(unread)
      for (const listener of toNode) listener.call(server, socket)
    }
    new QuickConnection(socket, handler, giveToNode, timeouts)
  })
}

class QuickConnection {
  readonly #socket: Socket
  readonly #handler: QuickHandler
  readonly #giveToNode: (unread: Buffer) => void
  readonly #timeouts: QuickTimeouts
  #parts: Buffer[] = []
  #length = 0
  /** How much must have come before there is anything to do. */
  #needed = 1
  /** Clients send the same head again and again. */
  #lastHead: { bytes: Buffer; head: QuickHead } | undefined
  #answering: QuickResponse | undefined
  #late: NodeJS.Timeout | undefined
  #isReading = false
  #hasAnswered = false
  #hasLeft = false

  constructor(
    socket: Socket,
    handler: QuickHandler,
    giveToNode: (unread: Buffer) => void,
    timeouts: QuickTimeouts,
  ) {
    this.#socket = socket
    this.#handler = handler
    this.#giveToNode = giveToNode
    this.#timeouts = timeouts
    socket.setTimeout(timeouts.firstMs)
    socket.on('data', this.#onData)
    socket.on('drain', this.#next)
    socket.on('timeout', this.#onTimeout)
    socket.on('error', ignore) // 'close' follows
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#parts.push(chunk)
    this.#length += chunk.length
    this.#next()
  }

  /** Answers what has come whole, one after the other. */
  readonly #next = (): void => {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#answering === undefined && this.#length >= this.#needed) {
      if (this.#socket.writableLength > MAX_UNSENT_BYTES) break
      if (!this.#step()) break
    }
    this.#isReading = false
    if (this.#hasLeft) return
    const full = this.#answering ? this.#length > MAX_WAITING_BYTES : this.#length >= this.#needed
    if (full !== this.#socket.isPaused()) full ? this.#socket.pause() : this.#socket.resume()
  }

  /** Answers the next request; false where there is more to wait for, or it is not for here. */
  #step(): boolean {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)
    const end = bytes.indexOf(END_OF_HEAD)
    const head = end < 0 || end > MAX_HEAD_BYTES ? undefined : this.#read(bytes, end + 2)
    if (!head || head.length > MAX_BODY_BYTES) {
      this.#leave(bytes)
      return false
    }
    const bodyStart = end + END_OF_HEAD.length
    const whole = bodyStart + head.length
    if (bytes.length < whole) {
      if (this.#needed === 1) this.#late = setTimeout(this.#onLate, this.#timeouts.bodyMs)
      this.#keep(bytes, whole)
      return false
    }
    clearTimeout(this.#late)
    this.#keep(bytes.subarray(whole))
    this.#answer(head, bytes.subarray(bodyStart, whole))
    return true
  }

  #read(bytes: Buffer, end: number): QuickHead | undefined {
    const last = this.#lastHead
    if (last && last.bytes.length === end && last.bytes.compare(bytes, 0, end) === 0) return last.head
    const head = readQuickHead(bytes.toString('latin1', 0, end))
    if (head) this.#lastHead = { bytes: Buffer.from(bytes.subarray(0, end)), head }
    return head
  }

  #answer({ method, url, headers, rawHeaders, length }: QuickHead, body: Buffer): void {
    const answering = new QuickResponse(this.#socket, this.#answered)
    this.#answering = answering
    this.#handler({ method, url, headers, rawHeaders, length, body }, answering)
  }

  readonly #answered = (): void => {
    this.#answering = undefined
    if (!this.#hasAnswered) this.#socket.setTimeout(this.#timeouts.idleMs)
    this.#hasAnswered = true
    if (this.#length > 0 && !this.#isReading) setImmediate(this.#next)
  }

  #keep(rest: Buffer, needed = 1): void {
    this.#parts = rest.length === 0 ? [] : [rest]
    this.#length = rest.length
    this.#needed = needed
  }

  #leave(unread: Buffer): void {
    const socket = this.#socket
    this.#hasLeft = true
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

  /** The client has hung up, which is how it cancels. */
  readonly #onEnd = (): void => {
    this.#socket.end()
    this.#onClose()
  }

  readonly #onLate = (): void => {
    const answer = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
    this.#socket.off('data', this.#onData)
    this.#socket.end(answer, () => this.#socket.destroy())
  }

  readonly #onTimeout = (): void => {
    if (this.#answering === undefined) this.#socket.destroy()
  }

  readonly #onClose = (): void => {
    clearTimeout(this.#late)
    this.#answering?.lost()
    this.#answering = undefined
    this.#keep(NOTHING)
  }
}

function ignore(): void {}

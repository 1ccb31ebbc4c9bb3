/**
 * `/ws`: JSON-RPC texts, one a frame, over WebSockets (RFC 6455). The token comes in the Authorization header, or
 * from browsers, which can't set one, as a subprotocol `bearer.<token>` beside another one. A client that is refused learns it
 * in plain HTTP, before there is a WebSocket: nothing but the head is read.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { httpStatus } from '../../../protocol/errors.ts'
import { failure, RpcError } from '../../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { decodeMessage } from '../../../protocol/message-text.ts'
import type { Credential, Drained, Gate, Principal } from '../../call/call.ts'
import { CONNECTION_BYTES } from '../../call/memory.ts'
import { addressedHeaders } from '../addressed.ts'
import { Arriving } from '../arriving.ts'
import { type Connections, TOO_MANY_RETRY_MS } from '../connections.ts'
import { bearerCredential, refuseTokenIn } from '../credential.ts'
import { drained } from '../drained.ts'
import { ALWAYS, endUnread, lastAnswer } from '../http/always.ts'
import { errorHeaders, errorOf, HttpError } from '../http/errors.ts'
import { refuseRepeated } from '../http/singletons.ts'
import { readTarget } from '../target.ts'
import { type Outlet, Unread } from '../unread.ts'
import { MAX_UNREAD_BYTES, Peer } from './peer.ts'

/** Close codes of RFC 6455, section 7.4.1, and of IANA's registry. */
const CLOSE = { goingAway: 1001, invalidText: 1007, policy: 1008, tooLong: 1009, tryAgain: 1013 } as const
/** In how many fragments a message may come. */
const MAX_FRAGMENTS = 4096
/** ws closes by code alone where a frame breaks a rule; a client is owed the reason. */
const REASONS: Readonly<Record<number, string>> = {
  [CLOSE.policy]: `a message has more than ${MAX_FRAGMENTS} fragments; send it in larger ones`,
  [CLOSE.tooLong]: `a message is longer than ${MAX_MESSAGE_BYTES} bytes; send it in parts`,
}
/** How often each client is asked whether it is still there, in milliseconds; it must have answered by the next time. */
const PING_EVERY_MS = 30_000
/** How long a connection is kept after it was closed, whatever its client does, in milliseconds. The types of ws lack it. */
const CLOSING = { closeTimeout: 500 }
/** What each piece of a message takes besides its bytes. */
const PIECE_BYTES = 256
/** A reason must fit into a control frame of 125 bytes. */
const MAX_REASON_LENGTH = 120
const TOKEN_PROTOCOL = /^bearer\.(.+)$/

class ExplainingWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? REASONS[code ?? 0])
  }
}

export interface WebSocketEdgeOptions {
  gate: Gate
  /** Counts connections until it is known whose they are. */
  connections: Connections
  /** Why the Host or Origin headers are refused, or undefined. */
  hostProblem(rawHeaders: readonly string[]): string | undefined
  /** How many connections there may be. */
  atOnce: number
  /** How many of them may be of one user. */
  atOncePerCaller: number
}

/** A connection that is open. */
interface Entry {
  peer: Peer
  answered: boolean
  arriving: Arriving
}

export class WebSocketEdge {
  readonly #options: WebSocketEdgeOptions
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: MAX_FRAGMENTS,
    perMessageDeflate: false,
    // The one check of the bytes is ours, which answers instead of hanging up.
    skipUTF8Validation: true,
    WebSocket: ExplainingWebSocket,
    ...CLOSING,
    clientTracking: false,
    handleProtocols: (offered) => [...offered].find((name) => !TOKEN_PROTOCOL.test(name)) ?? false,
  })
  readonly #open = new Map<WebSocket, Entry>()
  readonly #perUser = new Map<string, number>()
  readonly #pings: NodeJS.Timeout

  constructor(options: WebSocketEdgeOptions) {
    this.#options = options
    this.#server.on('headers', (lines) => {
      for (const [name, value] of Object.entries(ALWAYS)) lines.push(`${name}: ${value}`)
    })
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS).unref()
  }

  get count(): number {
    return this.#open.size
  }

  /** Takes upgrades to WebSocket on an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head))
  }

  /** Throws where there may be no more of them, or no more of this user. */
  checkRoom(user: string): void {
    const own = this.#perUser.get(user) ?? 0
    if (own >= this.#options.atOncePerCaller)
      throw tooMany(
        'http.webSocketsPerCaller',
        `You have ${own} WebSockets open, with all your tokens, the most for one user`,
        'close one first',
      )
    if (this.#open.size >= this.#options.atOnce)
      throw tooMany(
        'http.webSocketsAtOnce',
        `There are ${this.#open.size} WebSockets open, the most there may be`,
        'try again later',
        503,
      )
    this.#options.gate.memory.take(user, 'connections', CONNECTION_BYTES.ws).release()
  }

  /** Ends the connections of a caller who may not call any longer. */
  endOf(principalId: string): void {
    for (const [socket, { peer }] of this.#open)
      if (peer.principal.id === principalId) this.#end(socket, CLOSE.policy, 'the token has ended')
  }

  endSubscriptions(): void {
    for (const { peer } of this.#open.values()) peer.endSubscriptions()
  }

  /** Says goodbye to everyone. */
  close(): void {
    clearInterval(this.#pings)
    for (const socket of this.#open.keys()) this.#end(socket, CLOSE.goingAway, 'the gateway is stopping')
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const connection = this.#options.connections.of(socket as Socket)
    // Its answer would come before those that are owed, or after the last one.
    if (connection.isClosing || connection.isAnswering) return void socket.destroy()
    try {
      const principal = this.#letIn(req)
      const bytes = CONNECTION_BYTES[socket instanceof TLSSocket ? 'wss' : 'ws']
      const held = this.#options.gate.memory.take(principal.user, 'connections', bytes)
      connection.leave()
      socket.once('close', () => held.release())
      this.#server.handleUpgrade(req, socket, head, (opened) => this.#connect(opened, principal, req.socket))
    } catch (thrown) {
      connection.isClosing = true
      refuse(socket, thrown)
    }
  }

  /** Throws RpcError or HttpError for a client that may not open a WebSocket. */
  #letIn(req: IncomingMessage): Principal {
    refuseRepeated(req.rawHeaders)
    const target = readTarget(req.url ?? '/')
    const problem = this.#options.hostProblem(addressedHeaders(req, target))
    if (problem) throw new RpcError('FORBIDDEN', problem)
    refuseTokenIn(target.query)
    const principal = this.#options.gate.identify(credentialOf(req))
    this.checkRoom(principal.user)
    return principal
  }

  #connect(socket: WebSocket, principal: Principal, stream: Socket): void {
    socket.on('error', () => {}) // 'close' follows
    const { gate } = this.#options
    const { user } = principal
    const { memory } = gate
    const peer = new Peer({ gate, principal, transport: 'websocket', send, drained: sentIsDrained })
    const unread = new Unread(memory, user, outletOf(socket))
    const arriving = new Arriving(memory, user, socket, (error) => {
      peer.refuse(error.toObject())
      this.#end(socket, CLOSE.tryAgain, error.message.slice(0, MAX_REASON_LENGTH))
    })
    const entry = { peer, answered: true, arriving }
    this.#open.set(socket, entry)
    this.#perUser.set(user, (this.#perUser.get(user) ?? 0) + 1)
    socket.on('pong', () => {
      entry.answered = true
    })
    socket.on('message', (data, isBinary) => receive(peer, data, isBinary))
    // After ws itself has taken it.
    stream.on('data', () => arriving.holds(bytesWaitingIn(socket)))
    socket.once('close', () => this.#forget(socket))

    function send(text: string): Drained {
      socket.send(text)
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate()
      unread.wrote(text.length)
      return sentIsDrained()
    }

    function sentIsDrained(): Drained {
      return drained(stream, gate.stalledMs)
    }
  }

  /** What the client sends from now on is not read, and what it sent before is not acted on. */
  #end(socket: WebSocket, code: number, reason: string): void {
    socket.removeAllListeners('message')
    socket.pause()
    socket.close(code, reason)
    this.#forget(socket)
  }

  #forget(socket: WebSocket): void {
    const entry = this.#open.get(socket)
    if (!entry) return
    this.#open.delete(socket)
    const { user } = entry.peer.principal
    const left = (this.#perUser.get(user) ?? 1) - 1
    if (left === 0) this.#perUser.delete(user)
    else this.#perUser.set(user, left)
    entry.peer.end()
    entry.arriving.end()
  }

  #ping(): void {
    for (const [socket, entry] of this.#open) {
      // The answer of one that has much to read comes late; whether it reads, `drained` sees.
      if (!entry.answered && socket.bufferedAmount === 0) socket.terminate()
      else if (entry.answered) {
        entry.answered = false
        socket.ping()
      }
    }
  }
}

function tooMany(limit: string, what: string, next: string, status = 429): HttpError {
  return new HttpError(
    status,
    new RpcError('RATE_LIMITED', `${what} (${limit}); ${next}.`, {
      data: { limit, retryAfterMs: TOO_MANY_RETRY_MS },
    }),
  )
}

function receive(peer: Peer, data: RawData, isBinary: boolean): void {
  if (isBinary)
    return void peer.refuse(
      new RpcError('INVALID_REQUEST', 'Send text frames; this one is binary.').toObject(),
    )
  const decoded = decodeMessage(data as Buffer)
  if ('text' in decoded) peer.receive(decoded.text, decoded.weight)
  else peer.refuse(decoded.error)
}

/** What ws holds of messages that are not whole, with what each piece takes besides its bytes; it does not say. */
function bytesWaitingIn(socket: WebSocket): number {
  const { _receiver: receiver } = socket as unknown as {
    _receiver?: {
      _bufferedBytes: number
      _totalPayloadLength: number
      _buffers: Buffer[]
      _fragments: Buffer[]
    }
  }
  if (!receiver) return 0
  const { _buffers: chunks, _fragments: fragments } = receiver
  const [first] = chunks
  // What was before it in its piece of memory was read already, and is held with it.
  const before = first ? first.buffer.byteLength - first.length : 0
  const bytes = receiver._bufferedBytes + receiver._totalPayloadLength
  return before + bytes + PIECE_BYTES * (chunks.length + fragments.length)
}

const outletOf = (socket: WebSocket): Outlet => ({
  get writableLength() {
    return socket.bufferedAmount
  },
  get destroyed() {
    return socket.readyState === WebSocket.CLOSED
  },
  destroy: () => socket.terminate(),
})

function credentialOf({ headers }: IncomingMessage): Credential {
  if (headers.authorization !== undefined) return bearerCredential(headers.authorization)
  for (const name of (headers['sec-websocket-protocol'] ?? '').split(',')) {
    const token = TOKEN_PROTOCOL.exec(name.trim())?.[1]
    if (token !== undefined) return { kind: 'bearer', token }
  }
  return { kind: 'none' }
}

/** As any other request is refused. Pages can't read this; they ask by a plain GET (`docs/protocol.md`). */
function refuse(socket: Duplex, thrown: unknown): void {
  const { error, status = httpStatus(error.code) } = errorOf(thrown)
  endUnread(
    socket,
    lastAnswer(status, JSON.stringify(failure(null, error)), {
      'content-type': 'application/json',
      ...errorHeaders(error, status),
    }),
  )
}

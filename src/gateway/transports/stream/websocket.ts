/**
 * `/ws`: JSON-RPC texts, one a frame, over WebSockets (RFC 6455). The token comes in the Authorization header, or
 * from browsers, which can't set one, as a subprotocol `bearer.<token>` beside another one.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { ERRORS } from '../../../protocol/errors.ts'
import { failure, RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { decodeMessage } from '../../../protocol/message-text.ts'
import type { Credential, Gate } from '../../call.ts'
import { addressedHeaders } from '../addressed.ts'
import { bearerCredential, refuseTokenIn } from '../credential.ts'
import { WEBSOCKET_PATH } from '../paths.ts'
import { readTarget } from '../target.ts'
import { MAX_UNREAD_BYTES, Peer } from './peer.ts'

/** Close codes of RFC 6455, section 7.4.1, and of IANA's registry. */
const CLOSE = { goingAway: 1001, invalidText: 1007, policy: 1008, tooLong: 1009, tryAgain: 1013 } as const
/** ws closes by code alone where a frame breaks a rule; a client is owed the reason. */
const REASONS: Readonly<Record<number, string>> = {
  [CLOSE.tooLong]: `a message is longer than ${MAX_MESSAGE_BYTES} bytes; send it in parts`,
}
/** How often each client is asked whether it is still there, in milliseconds; it must have answered by the next time. */
const PING_EVERY_MS = 30_000
/** What is told who finds too many connections open, in milliseconds. */
const TOO_MANY_RETRY_MS = 5000
const TOKEN_PROTOCOL = /^bearer\.(.+)$/
/** A reason must fit into a control frame of 125 bytes. */
const MAX_REASON_LENGTH = 120

class ExplainingWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? REASONS[code ?? 0])
  }
}

export interface WebSocketEdgeOptions {
  gate: Gate
  /** Why the Host or Origin headers are refused, or undefined. */
  hostProblem(rawHeaders: readonly string[]): string | undefined
  /** How many connections there may be. */
  atOnce: number
  /** How many of them may be of one user. */
  atOncePerCaller: number
}

export class WebSocketEdge {
  readonly #options: WebSocketEdgeOptions
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    // The one check of the bytes is ours, which answers instead of hanging up.
    skipUTF8Validation: true,
    WebSocket: ExplainingWebSocket,
    clientTracking: false,
    handleProtocols: (offered) => [...offered].find((name) => !TOKEN_PROTOCOL.test(name)) ?? false,
  })
  readonly #open = new Map<WebSocket, { peer: Peer; answered: boolean }>()
  readonly #perUser = new Map<string, number>()
  readonly #pings: NodeJS.Timeout

  constructor(options: WebSocketEdgeOptions) {
    this.#options = options
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS).unref()
  }

  get count(): number {
    return this.#open.size
  }

  /** Takes upgrades to WebSocket on an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head))
  }

  /** Ends the connections of a caller who may not call any longer: told why, and waited for by nobody. */
  endOf(principalId: string): void {
    for (const [socket, { peer }] of this.#open)
      if (peer.principal.id === principalId) {
        peer.end()
        socket.close(CLOSE.policy, 'the token has ended')
        setImmediate(() => socket.terminate())
      }
  }

  endSubscriptions(): void {
    for (const { peer } of this.#open.values()) peer.endSubscriptions()
  }

  /** Says goodbye to everyone. */
  close(): void {
    clearInterval(this.#pings)
    for (const socket of this.#open.keys()) socket.close(CLOSE.goingAway, 'the gateway is stopping')
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const target = readTarget(req.url ?? '/')
    const { path, query } = target
    if (path !== WEBSOCKET_PATH) return void refuseUpgrade(socket, '404 Not Found', 'WebSockets are at /ws.')
    const problem = this.#options.hostProblem(addressedHeaders(req, target))
    if (problem) return void refuseUpgrade(socket, '403 Forbidden', problem)
    if (this.#open.size >= this.#options.atOnce)
      return void refuseUpgrade(
        socket,
        '503 Service Unavailable',
        `There are ${this.#open.size} WebSockets open, the most there may be (http.webSocketsAtOnce); try again later.`,
        `Retry-After: ${TOO_MANY_RETRY_MS / 1000}\r\n`,
      )
    this.#server.handleUpgrade(req, socket, head, (opened) => this.#connect(opened, req, query))
  }

  /** Who is turned away is told why in the words of the protocol: pages can't read the answer to a failed upgrade. */
  #connect(socket: WebSocket, req: IncomingMessage, query: string): void {
    socket.on('error', () => {}) // 'close' follows
    let peer: Peer
    try {
      refuseTokenIn(query)
      const principal = this.#options.gate.identify(credentialOf(req))
      this.#refuseTooMany(principal.user)
      peer = new Peer({ gate: this.#options.gate, principal, transport: 'websocket', send })
    } catch (thrown) {
      const error = toRpcError(thrown)
      socket.send(JSON.stringify(failure(null, error)))
      const code = error.code === ERRORS.RATE_LIMITED.code ? CLOSE.tryAgain : CLOSE.policy
      return void socket.close(code, error.message.slice(0, MAX_REASON_LENGTH))
    }
    const entry = { peer, answered: true }
    const { user } = peer.principal
    this.#open.set(socket, entry)
    this.#perUser.set(user, (this.#perUser.get(user) ?? 0) + 1)
    socket.on('pong', () => {
      entry.answered = true
    })
    socket.on('message', (data, isBinary) => receive(peer, data, isBinary))
    socket.once('close', () => {
      this.#open.delete(socket)
      const left = (this.#perUser.get(user) ?? 1) - 1
      if (left === 0) this.#perUser.delete(user)
      else this.#perUser.set(user, left)
      peer.end()
    })

    function send(text: string): void {
      socket.send(text)
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate()
    }
  }

  #refuseTooMany(user: string): void {
    const own = this.#perUser.get(user) ?? 0
    if (own < this.#options.atOncePerCaller) return
    const limit = 'http.webSocketsPerCaller'
    throw new RpcError(
      'RATE_LIMITED',
      `You have ${own} WebSockets open, with all your tokens, the most for one user (${limit}); close one first.`,
      { data: { limit, retryAfterMs: TOO_MANY_RETRY_MS } },
    )
  }

  #ping(): void {
    for (const [socket, entry] of this.#open) {
      if (!entry.answered) socket.terminate()
      else {
        entry.answered = false
        socket.ping()
      }
    }
  }
}

function receive(peer: Peer, data: RawData, isBinary: boolean): void {
  if (isBinary)
    return void peer.refuse(
      new RpcError('INVALID_REQUEST', 'Send text frames; this one is binary.').toObject(),
    )
  const decoded = decodeMessage(data as Buffer)
  if ('text' in decoded) peer.receive(decoded.text)
  else peer.refuse(decoded.error)
}

function credentialOf({ headers }: IncomingMessage): Credential {
  if (headers.authorization !== undefined) return bearerCredential(headers.authorization)
  for (const name of (headers['sec-websocket-protocol'] ?? '').split(',')) {
    const token = TOKEN_PROTOCOL.exec(name.trim())?.[1]
    if (token !== undefined) return { kind: 'bearer', token }
  }
  return { kind: 'none' }
}

function refuseUpgrade(socket: Duplex, status: string, message: string, headers = ''): void {
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  )
}

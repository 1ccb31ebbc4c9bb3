/**
 * Connections over the network, and whose they are. From accept on, through the TLS handshake and the head of its first request,
 * a connection's caller is unidentified: there may be few of those, of each source and in all, and for a short time. Once its
 * caller is identified, it counts as one of that user.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Credential } from '../call/call.ts'
import { CONNECTION_BYTES, type Held, type Memory } from '../call/memory.ts'
import { bearerCredential } from './credential.ts'
import type { HttpResponse } from './http/exchange.ts'
import { type Holder, Places } from './places.ts'
import { sourceOf } from './source-of.ts'

export interface ConnectionLimits {
  /** How many connections of unidentified callers there may be. */
  unknownAtOnce: number
  /** How many of them may be of one source. */
  unknownPerSource: number
  /** How long a caller may stay unidentified, in milliseconds. */
  unknownMs: number
  /** How many connections of identified callers there may be. */
  connectionsAtOnce: number
  /** How many of them may be of one user. */
  connectionsPerCaller: number
}

/** When a caller with too many open connections should retry, in milliseconds. */
export const TOO_MANY_RETRY_MS = 5000
/** How long after a client ended its side the gateway probes whether it is still there: first, and at most. */
const FIRST_PROBE_MS = 100
const LONGEST_PROBE_MS = 15_000

export class Connections {
  readonly #unknown: Places
  readonly #known: Places
  readonly #unknownMs: number
  readonly #memory: Memory
  readonly #ofSocket = new WeakMap<Socket, ClientConnection>()
  readonly #all = new Set<ClientConnection>()

  constructor(limits: ConnectionLimits, memory: Memory) {
    this.#memory = memory
    this.#unknown = new Places({ atOnce: limits.unknownAtOnce, perKey: limits.unknownPerSource })
    this.#known = new Places({ atOnce: limits.connectionsAtOnce, perKey: limits.connectionsPerCaller })
    this.#unknownMs = limits.unknownMs
  }

  /** A connection that was accepted just now. */
  arrive(socket: Socket): ClientConnection {
    const connection = new ClientConnection(socket, this.#unknown, this.#known, this.#unknownMs, this.#memory)
    this.#ofSocket.set(socket, connection)
    this.#all.add(connection)
    socket.once('close', () => this.#all.delete(connection))
    return connection
  }

  /** The same connection, after its TLS handshake. */
  secured(connection: ClientConnection, socket: Socket): void {
    this.#ofSocket.set(socket, connection)
    connection.bytes = CONNECTION_BYTES.https
    connection.listenTo(socket)
  }

  /** Undefined if a handshake did not complete. */
  find(socket: Socket): ClientConnection | undefined {
    return this.#ofSocket.get(socket)
  }

  /** All answers that are under way. */
  answers(): HttpResponse[] {
    return [...this.#all].flatMap(({ answering }) => answering)
  }

  /** Throws if the socket was not counted. */
  of(socket: Socket): ClientConnection {
    const connection = this.find(socket)
    if (connection) return connection
    throw new Error('This connection was not counted when it came.')
  }
}

/** One connection of a client: whose it is, and its answers under way. */
export class ClientConnection implements Holder {
  readonly #socket: Socket
  readonly #unknown: Places
  readonly #known: Places
  readonly #late: NodeJS.Timeout
  readonly #memory: Memory
  /** What it takes, counted for its user. */
  #held: Held | undefined
  /** What a connection of its kind takes. */
  bytes: number = CONNECTION_BYTES.http
  /** What is being worked on, in the order of the requests. */
  readonly #answering: HttpResponse[] = []
  #user: string | undefined
  #shown: { header: string; credential: Credential } | undefined
  #probing: NodeJS.Timeout | undefined
  /** Whether an answer said that it is the last one: nothing that comes after it is a request. */
  isClosing = false

  constructor(socket: Socket, unknown: Places, known: Places, unknownMs: number, memory: Memory) {
    this.#memory = memory
    this.#socket = socket
    this.#unknown = unknown
    this.#known = known
    this.#late = setTimeout(() => socket.destroy(), unknownMs)
    // A new connection is never refused: the oldest of the largest source is evicted.
    unknown.take(sourceOf(socket.remoteAddress ?? ''), this)
    socket.once('close', () => this.leave())
  }

  get isIdentified(): boolean {
    return this.#user !== undefined
  }

  get isBusy(): boolean {
    return this.isAnswering && this.isIdentified
  }

  get isAnswering(): boolean {
    return this.#answering.length > 0
  }

  get answering(): readonly HttpResponse[] {
    return this.#answering
  }

  /** Whether an answer is under way of which a part has gone out. */
  get hasBegunAnswer(): boolean {
    return this.#answering.some((res) => res.headersSent)
  }

  /** The credential of its caller; one object for as long as the header is the same. Throws UNAUTHENTICATED. */
  credential(header: string | undefined): Credential {
    if (header === undefined) return bearerCredential(undefined)
    if (this.#shown?.header !== header) this.#shown = { header, credential: bearerCredential(header) }
    return this.#shown.credential
  }

  evict(): void {
    this.leave()
    this.#socket.destroy()
  }

  /**
   * Its caller has been identified. Throws RATE_LIMITED if the user has too many connections that are all busy, or no memory
   * left for another one.
   */
  identifiedAs(user: string): void {
    if (this.#user === user) return
    this.#known.leave(this)
    this.#held?.release()
    this.#user = undefined
    const held = this.#memory.hold(user, 'connections')
    while (!held.fits(this.bytes) && this.#known.evictIdlest(user));
    held.resize(this.bytes)
    const found = this.#known.take(user, this)
    if (found !== 'taken') {
      held.release()
      throw tooMany(found === 'key is full', this.#known.sizeOf(user))
    }
    this.#held = held
    this.#user = user
    clearTimeout(this.#late)
    this.#unknown.leave(this)
  }

  /** Whether there is memory for so many bytes that have arrived on it and are not read; they count from then on. */
  holds(bytes: number): boolean {
    return this.#held === undefined || this.#held.fits(this.bytes + bytes)
  }

  begin(res: HttpResponse): void {
    this.#answering.push(res)
  }

  end(res: HttpResponse): void {
    const at = this.#answering.indexOf(res)
    if (at >= 0) this.#answering.splice(at, 1)
    this.#known.used(this)
  }

  /** It no longer counts: it has closed, or counts elsewhere from now on. */
  leave(): void {
    clearTimeout(this.#late)
    clearTimeout(this.#probing)
    this.#unknown.leave(this)
    this.#known.leave(this)
    this.#held?.release()
    this.#held = undefined
  }

  /**
   * A client that has ended its side may wait for its answer still (RFC 9112, section 9.6 has servers do the same), or be
   * gone: TCP shows the same for both. Writing finds out, since the kernel of a client that is gone answers with a reset, and the
   * second write fails. So the gateway writes what a waiting client ignores: an interim answer, or the filler of a stream.
   */
  listenTo(socket: Socket): void {
    socket.once('end', () => this.#probe(socket, FIRST_PROBE_MS))
  }

  #probe(socket: Socket, afterMs: number): void {
    if (!this.isAnswering || socket.destroyed) return
    this.#probing = setTimeout(() => {
      const [res] = this.#answering
      if (res) askWhetherThere(res)
      this.#probe(socket, Math.min(2 * afterMs, LONGEST_PROBE_MS))
    }, afterMs)
  }
}

function askWhetherThere(res: HttpResponse): void {
  // Clients of HTTP/1.0 know no interim answers.
  if ('req' in res && (res as ServerResponse).req.httpVersionMinor === 0) return
  if (!res.headersSent) res.writeContinue()
  else if (res.filler !== undefined) res.write(res.filler)
}

function tooMany(ofUser: boolean, own: number): RpcError {
  const limit = ofUser ? 'http.connectionsPerCaller' : 'http.connectionsAtOnce'
  return new RpcError(
    'RATE_LIMITED',
    ofUser
      ? `You have ${own} busy connections, with all your tokens, the most for one user (${limit}); use one for several calls.`
      : `All connections that there may be are busy (${limit}); try again later.`,
    { data: { limit, retryAfterMs: TOO_MANY_RETRY_MS } },
  )
}

/**
 * Who holds a connection over the network. From accept on, through the TLS handshake and the head of its first request, it
 * is of somebody unknown: there are few of them, of each source and in all, and for a short time. Once its caller is
 * known it is counted as one of his.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Credential } from '../call/call.ts'
import { CONNECTION_BYTES, type Held, type Memory } from '../call/memory.ts'
import { bearerCredential } from './credential.ts'
import type { HttpResponse } from './http/exchange.ts'
import { type Occupant, Places } from './places.ts'
import { sourceOf } from './source-of.ts'

export interface ConnectionLimits {
  /** How many connections of unknown callers there may be. */
  unknownAtOnce: number
  /** How many of them may be of one source. */
  unknownPerSource: number
  /** How long a connection may be of somebody unknown, in milliseconds. */
  unknownMs: number
  /** How many connections of known callers there may be. */
  connectionsAtOnce: number
  /** How many of them may be of one user. */
  connectionsPerCaller: number
}

/** What is told who finds too many connections open, in milliseconds. */
export const TOO_MANY_RETRY_MS = 5000
/** How long somebody who has ended his side is waited for before he is asked whether he is there: first, and at most. */
const FIRST_PROBE_MS = 100
const LONGEST_PROBE_MS = 15_000

export class Connections {
  readonly #unknown: Places
  readonly #known: Places
  readonly #unknownMs: number
  readonly #memory: Memory
  readonly #visitors = new WeakMap<Socket, Visitor>()
  readonly #all = new Set<Visitor>()

  constructor(limits: ConnectionLimits, memory: Memory) {
    this.#memory = memory
    this.#unknown = new Places({ atOnce: limits.unknownAtOnce, perKey: limits.unknownPerSource })
    this.#known = new Places({ atOnce: limits.connectionsAtOnce, perKey: limits.connectionsPerCaller })
    this.#unknownMs = limits.unknownMs
  }

  /** A connection that was accepted just now. */
  arrive(socket: Socket): Visitor {
    const visitor = new Visitor(socket, this.#unknown, this.#known, this.#unknownMs, this.#memory)
    this.#visitors.set(socket, visitor)
    this.#all.add(visitor)
    socket.once('close', () => this.#all.delete(visitor))
    return visitor
  }

  /** The same connection, after its TLS handshake. */
  goOn(visitor: Visitor, socket: Socket): void {
    this.#visitors.set(socket, visitor)
    visitor.bytes = CONNECTION_BYTES.https
    visitor.listenTo(socket)
  }

  /** Undefined where a handshake did not come to its end. */
  find(socket: Socket): Visitor | undefined {
    return this.#visitors.get(socket)
  }

  /** All answers that are under way. */
  answers(): HttpResponse[] {
    return [...this.#all].flatMap(({ answering }) => answering)
  }

  /** Throws where a socket was not counted. */
  of(socket: Socket): Visitor {
    const visitor = this.find(socket)
    if (visitor) return visitor
    throw new Error('This connection was not counted when it came.')
  }
}

/** One connection, and what is going on on it. */
export class Visitor implements Occupant {
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
  isLeaving = false

  constructor(socket: Socket, unknown: Places, known: Places, unknownMs: number, memory: Memory) {
    this.#memory = memory
    this.#socket = socket
    this.#unknown = unknown
    this.#known = known
    this.#late = setTimeout(() => socket.destroy(), unknownMs)
    // Who comes is never refused for who is there: the oldest of the largest source gives way.
    unknown.take(sourceOf(socket.remoteAddress ?? ''), this)
    socket.once('close', () => this.leave())
  }

  get isKnown(): boolean {
    return this.#user !== undefined
  }

  get isBusy(): boolean {
    return this.isAnswering && this.isKnown
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

  /** What its caller shows to say who he is; one object for as long as it is the same. Throws UNAUTHENTICATED. */
  credential(header: string | undefined): Credential {
    if (header === undefined) return bearerCredential(undefined)
    if (this.#shown?.header !== header) this.#shown = { header, credential: bearerCredential(header) }
    return this.#shown.credential
  }

  giveWay(): void {
    this.leave()
    this.#socket.destroy()
  }

  /**
   * Its caller has been identified. Throws RATE_LIMITED where he has too many connections that are all at work, or no memory
   * left for another one.
   */
  isOf(user: string): void {
    if (this.#user === user) return
    this.#known.leave(this)
    this.#held?.release()
    this.#user = undefined
    const held = this.#memory.hold(user, 'connections')
    while (!held.fits(this.bytes) && this.#known.makeRoom(user));
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

  /** Whether there is room for so many bytes that have come on it and are not read; they count from then on. */
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

  /** It is counted no longer: it has gone, or has become what is counted elsewhere. */
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
   * gone: TCP says the same of both. Who is gone is found by writing to him, since his kernel then answers that nobody is
   * there, and the second write fails. So it is asked by what means nothing to who waits: an interim answer, or the
   * filler of a stream.
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
      ? `You have ${own} connections at work, with all your tokens, the most for one user (${limit}); use one for several calls.`
      : `All connections there may be are at work (${limit}); try again later.`,
    { data: { limit, retryAfterMs: TOO_MANY_RETRY_MS } },
  )
}

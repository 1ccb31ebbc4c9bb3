/**
 * The transport of 2024-11-05, which clients still use: a stream that stays open, whose first event names where messages
 * are sent. What is said over it is what any connection says.
 * Source: https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
import { randomBytes } from 'node:crypto'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Gate, Principal } from '../../call/call.ts'
import { Peer } from '../stream/peer.ts'
import { readText } from './body.ts'
import { HttpError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { SessionLimits } from './sessions.ts'
import { drainedBy, EventSink, sendEventsHead } from './streams.ts'

/** Its two endpoints. */
export const STREAM_PATH = '/sse'
export const MESSAGES_PATH = '/messages'
/** After how long a client that finds too many streams open may try again, in milliseconds. */
const IN_USE_RETRY_MS = 5000

export class HttpWithSse {
  readonly #gate: Gate
  readonly #limits: SessionLimits
  readonly #open = new Map<string, { peer: Peer; sink: EventSink }>()

  constructor(gate: Gate, limits: SessionLimits) {
    this.#gate = gate
    this.#limits = limits
  }

  /** Says goodbye to everyone. */
  close(): void {
    for (const { peer, sink } of this.#open.values()) {
      peer.endSubscriptions()
      sink.end()
    }
  }

  /** GET: opens a stream. Throws HttpError where there are too many. */
  open({ req, res, principal }: Exchange): void {
    this.#checkRoom(principal)
    if (req.method === 'HEAD') return void sendEventsHead(res)
    const id = randomBytes(24).toString('base64url')
    const sink = new EventSink(res, this.#gate.stalledMs)
    const send = (text: string) => sink.send(text)
    const drained = () => drainedBy(res, this.#gate.stalledMs)
    const peer = new Peer({ gate: this.#gate, principal, transport: 'http', send, drained })
    this.#open.set(id, { peer, sink })
    res.once('close', () => {
      this.#open.delete(id)
      peer.end()
    })
    sink.sendData(`${MESSAGES_PATH}?sessionId=${id}`, 'endpoint')
  }

  /** POST: a message to what is at the other end of a stream. Throws HttpError. */
  async receive(exchange: Exchange): Promise<void> {
    const { res, principal, query } = exchange
    const id = new URLSearchParams(query).get('sessionId') ?? ''
    const open = this.#open.get(id)
    if (!open || open.peer.principal.id !== principal.id)
      throw new HttpError(
        404,
        new RpcError(
          'INVALID_REQUEST',
          `There is no such stream, or it has ended; open one with GET ${STREAM_PATH}.`,
        ),
      )
    const decoded = await readText(this.#gate.memory, exchange)
    if ('error' in decoded) open.peer.refuse(decoded.error)
    else open.peer.receive(decoded.text, decoded.weight)
    res.writeHead(202, { 'content-type': 'text/plain; charset=utf-8' }).end('Accepted')
  }

  #checkRoom({ user }: Principal): void {
    const own = [...this.#open.values()].filter(({ peer }) => peer.principal.user === user).length
    const limit =
      own >= this.#limits.atOncePerCaller
        ? 'sessions.atOncePerCaller'
        : this.#open.size >= this.#limits.atOnce
          ? 'sessions.atOnce'
          : undefined
    if (limit === undefined) return
    throw new HttpError(
      503,
      new RpcError('RATE_LIMITED', `Too many streams are open (${limit}); close one, or use /mcp.`, {
        data: { limit, retryAfterMs: IN_USE_RETRY_MS },
      }),
    )
  }
}

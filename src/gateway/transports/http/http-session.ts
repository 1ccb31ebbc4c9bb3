/** A session over HTTP: it has an id, and streams that outlive the connections that carry them. */
import { randomBytes } from 'node:crypto'
import type { Cancellation } from '../../../protocol/cancellation.ts'
import { InFlight } from '../../../protocol/in-flight.ts'
import type { Id } from '../../../protocol/jsonrpc.ts'
import type { Gate } from '../../call/call.ts'
import type { Memory } from '../../call/memory.ts'
import { Session, type SessionFacts } from '../session.ts'
import { EventStream } from './event-stream.ts'

/** How many streams that have ended are kept for a client that reconnects for their last events. */
const MAX_ENDED_STREAMS = 20

export class HttpSession extends Session {
  readonly id = randomBytes(24).toString('base64url')
  /** Requests that are being worked on, by the client's id. */
  readonly running = new InFlight<Id, Cancellation>()
  /** What belongs to no request. */
  readonly standalone: EventStream
  lastUsed = performance.now()
  readonly #memory: Memory
  readonly #streams: Map<string, EventStream>

  constructor(gate: Gate, facts: SessionFacts) {
    const standalone = new EventStream(streamId(), gate.memory, facts.principal.user)
    super(gate, facts, (message) => standalone.send(message))
    this.standalone = standalone
    this.#memory = gate.memory
    this.#streams = new Map([[standalone.id, standalone]])
  }

  get isIdle(): boolean {
    return this.running.size === 0 && !this.standalone.isAttached
  }

  /** A stream for one request's notifications, questions and answer. */
  openStream(): EventStream {
    const ended = [...this.#streams.values()].filter((stream) => stream.ended)
    for (const stream of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_STREAMS))) this.#forget(stream)
    const stream = new EventStream(streamId(), this.#memory, this.facts.principal.user)
    this.#streams.set(stream.id, stream)
    return stream
  }

  stream(id: string): EventStream | undefined {
    const stream = this.#streams.get(id)
    return stream?.isLost ? undefined : stream
  }

  override end(): void {
    super.end()
    for (const request of this.running.values()) request.abort(new Error('The session has ended.'))
    for (const stream of this.#streams.values()) {
      stream.end()
      this.#forget(stream)
    }
  }

  #forget(stream: EventStream): void {
    stream.forget()
    this.#streams.delete(stream.id)
  }
}

const streamId = () => randomBytes(9).toString('hex')

/**
 * A stream of a session, which outlives the connections that carry it: its last events are kept, so that a
 * client that lost its connection comes back with `Last-Event-ID` and misses nothing.
 */
import type { Taken } from '../../call.ts'
import type { EventSink } from './sse.ts'

/** What is kept for a client that is away. Beyond it the oldest go, or one client could hold all memory. */
const MAX_EVENTS = 1000
const MAX_BYTES = 4 * 1024 * 1024

export class EventStream {
  readonly id: string
  /** No more events will come. */
  ended = false
  #events: { seq: number; data: string }[] = []
  #bytes = 0
  #nextSeq = 1
  #sink: EventSink | undefined

  constructor(id: string) {
    this.id = id
  }

  get isAttached(): boolean {
    return this.#sink?.isOpen === true
  }

  /** A client that is away holds nobody up: it comes back for what is kept. */
  send(message: object): Taken {
    const event = { seq: this.#nextSeq++, data: JSON.stringify(message) }
    this.#events.push(event)
    this.#bytes += event.data.length
    while (this.#events.length > MAX_EVENTS || (this.#bytes > MAX_BYTES && this.#events.length > 1))
      this.#bytes -= this.#events.shift()?.data.length ?? 0
    return this.#sink?.send(event.data, `${this.id}-${event.seq}`)
  }

  /** Sends on through this connection, beginning with what came after event `after`. */
  attach(sink: EventSink, after: number): void {
    this.#sink?.end()
    this.#sink = sink
    for (const { seq, data } of this.#events) if (seq > after) sink.send(data, `${this.id}-${seq}`)
    if (this.ended) sink.end()
  }

  /** Begins a stream with an event that carries only an id, so that there is one to come back with. */
  prime(): void {
    this.#sink?.prime(`${this.id}-0`)
  }

  end(): void {
    this.ended = true
    this.#sink?.end()
  }
}

/** The stream and the number of an event id; undefined if it is not one of ours. */
export function parseEventId(value: string): { stream: string; seq: number } | undefined {
  const match = /^([\w]{1,40})-(\d{1,15})$/.exec(value)
  return match ? { stream: match[1] as string, seq: Number(match[2]) } : undefined
}

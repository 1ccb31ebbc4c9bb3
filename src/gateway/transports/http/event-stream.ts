/**
 * A stream of a session, which outlives the connections that carry it: its last events are kept, so that a
 * client that lost its connection reconnects with `Last-Event-ID` and misses nothing.
 */
import type { Drained } from '../../call/call.ts'
import { type Kept, type Memory, textBytes } from '../../call/memory.ts'
import type { EventSink } from './streams.ts'

/** What is kept for a client that is away. Beyond it the oldest go, or one client could hold all memory. */
const MAX_EVENTS = 1000
const MAX_BYTES = 4 * 1024 * 1024
/** What an event takes besides its text. */
const EVENT_BYTES = 256

interface KeptEvent {
  seq: number
  data: string
  kept: Kept
}

export class EventStream {
  readonly id: string
  /** No more events will come. */
  ended = false
  readonly #memory: Memory
  readonly #user: string
  #events: KeptEvent[] = []
  #bytes = 0
  #nextSeq = 1
  /** The last event that a connection was given. */
  #given = 0
  #sink: EventSink | undefined

  /** What is kept counts for that user, and goes first where memory is needed for anything else. */
  constructor(id: string, memory: Memory, user: string) {
    this.id = id
    this.#memory = memory
    this.#user = user
  }

  get isAttached(): boolean {
    return this.#sink?.isOpen === true
  }

  /** A client that is away holds nothing up: it reconnects for what is kept. */
  send(message: object): Drained {
    const seq = this.#nextSeq++
    const data = JSON.stringify(message)
    this.#keep(seq, data)
    if (this.isAttached) this.#given = seq
    return this.#sink?.send(data, `${this.id}-${seq}`)
  }

  /**
   * Sends on through this connection, beginning with what came after event `after`. Without one, with what no connection was
   * given: who does not say what it has may have it all, and would act on it twice.
   */
  attach(sink: EventSink, after = this.#given): void {
    this.#sink?.end()
    this.#sink = sink
    const [first] = this.#events
    const missing = (first?.seq ?? this.#nextSeq) - after - 1
    if (missing > 0)
      sink.comment(
        `${missing} events before this are no longer kept: of a stream ${MAX_EVENTS} are, and ${MAX_BYTES / 1024 / 1024} MiB, and within memory.perCallerMiB`,
      )
    for (const { seq, data } of this.#events) if (seq > after) sink.send(data, `${this.id}-${seq}`)
    this.#given = this.#nextSeq - 1
    if (this.ended) sink.end()
  }

  /** Begins a stream with an event that carries only an id, so that a client has one to reconnect with. */
  prime(): void {
    this.#sink?.prime(`${this.id}-0`)
  }

  end(): void {
    this.ended = true
    this.#sink?.end()
  }

  /** Whether nothing is left of what it had to say. */
  get isLost(): boolean {
    return this.ended && this.#events.length === 0
  }

  /** Keeps nothing any longer. */
  forget(): void {
    for (const { kept } of this.#events) kept.release()
    this.#events = []
    this.#bytes = 0
  }

  #keep(seq: number, data: string): void {
    const kept = this.#memory.keep(this.#user, EVENT_BYTES + textBytes(data), () => this.#forgetOldest())
    if (!kept) return void this.forget()
    this.#events.push({ seq, data, kept })
    this.#bytes += data.length
    while (this.#events.length > MAX_EVENTS || (this.#bytes > MAX_BYTES && this.#events.length > 1))
      this.#forgetOldest()
  }

  #forgetOldest(): void {
    const oldest = this.#events.shift()
    this.#bytes -= oldest?.data.length ?? 0
    oldest?.kept.release()
  }
}

/** The stream and the number of an event id; undefined if it is not one of ours. */
export function parseEventId(value: string): { stream: string; seq: number } | undefined {
  const match = /^([\w]{1,40})-(\d{1,15})$/.exec(value)
  return match ? { stream: match[1] as string, seq: Number(match[2]) } : undefined
}

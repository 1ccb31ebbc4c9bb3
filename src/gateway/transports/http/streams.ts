/** Answers that are given as they come. */
import type { Drained } from '../../call/call.ts'
import { drained } from '../drained.ts'
import type { HttpResponse } from './exchange.ts'

/** What a client may leave unread, in bytes, before its stream is ended: it would be held for it in memory. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024
/** How often a comment is sent where nothing else is, in milliseconds, so that no proxy on the way closes it. */
const KEEP_ALIVE_MS = 15_000
const EVENTS_HEAD = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
}
const LINES_HEAD = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }
/** What means nothing to readers: between events, and between values of JSON. */
const COMMENT = ':\n\n'
const SPACE = ' '

/** Whether the client has taken what was written to it, as `drained` tells. */
export const drainedBy = ({ socket }: HttpResponse, stalledMs: number): Drained =>
  socket ? drained(socket, stalledMs) : undefined

class TextStream {
  readonly #res: HttpResponse
  readonly #stalledMs: number

  /** A client that takes nothing for `stalledMs` is ended. `filler` means nothing to those who read. */
  constructor(res: HttpResponse, stalledMs: number, head: Readonly<Record<string, string>>, filler: string) {
    this.#res = res
    this.#stalledMs = stalledMs
    res.filler = filler
    res.writeHead(200, head)
  }

  get isOpen(): boolean {
    return !this.#res.destroyed && !this.#res.writableEnded
  }

  end(): void {
    this.#res.end()
  }

  protected write(text: string): Drained {
    if (!this.isOpen) return undefined
    this.#res.write(text)
    if (this.#res.writableLength > MAX_UNREAD_BYTES) this.#res.destroy()
    this.#res.unread?.wrote(text.length)
    return drainedBy(this.#res, this.#stalledMs)
  }
}

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as MCP uses them. */
export class EventSink extends TextStream {
  readonly #keepAlive: NodeJS.Timeout

  constructor(res: HttpResponse, stalledMs: number) {
    super(res, stalledMs, EVENTS_HEAD, COMMENT)
    res.flushHeaders()
    this.#keepAlive = setInterval(() => this.write(COMMENT), KEEP_ALIVE_MS).unref()
    res.once('close', () => clearInterval(this.#keepAlive))
  }

  send(data: string, id?: string): Drained {
    return this.write(`${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${data}\n\n`)
  }

  /** Data alone, or under the name of an event, as OpenAI's streams have them. */
  sendData(data: string, event?: string): Drained {
    return this.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`)
  }

  /** An event without a message: only its id, for a client that has to reconnect before there is one. */
  prime(id: string): void {
    this.write(`id: ${id}\ndata: \n\n`)
  }

  /** What readers of events skip. */
  comment(text: string): void {
    this.write(`: ${text}\n\n`)
  }

  override end(): void {
    clearInterval(this.#keepAlive)
    super.end()
  }
}

/** JSON values, one a line (https://github.com/ndjson/ndjson-spec). */
export class LineStream extends TextStream {
  constructor(res: HttpResponse, stalledMs: number) {
    super(res, stalledMs, LINES_HEAD, SPACE)
  }

  send(value: unknown): Drained {
    return this.write(`${JSON.stringify(value)}\n`)
  }
}

/** The answer to HEAD where GET would open a stream of events. */
export function sendEventsHead(res: HttpResponse): void {
  res.writeHead(200, EVENTS_HEAD).end()
}

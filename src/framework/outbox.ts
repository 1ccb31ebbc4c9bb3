/** The way out of a connection: messages are encoded within bounds, written together, and never pile up. */
import type { Duplex } from 'node:stream'
import { RpcError } from '../protocol/jsonrpc.ts'
import { MAX_DEPTH, MAX_MESSAGE_BYTES } from '../protocol/limits.ts'
import { nestsDeeperThan } from '../protocol/values.ts'

export interface OutboxLimits {
  /** Above so many bytes that the peer has not read, no more requests are taken from it. */
  maxUnreadBytes: number
  /** How long it may stay above them before it counts as a peer that does not read. */
  slowReaderMs: number
}

export const OUTBOX_LIMITS: OutboxLimits = { maxUnreadBytes: MAX_MESSAGE_BYTES, slowReaderMs: 10_000 }
/** What is waiting to be handed to the stream within one turn is handed over before its end above so many characters. */
const MAX_WAITING = 64 * 1024
/** Requests that were running already may still fill the buffer up to so many times the limit. */
const HARD_LIMIT_FACTOR = 4

export class Outbox {
  readonly #stream: Duplex
  readonly #limits: OutboxLimits
  readonly #onSlowReader: (unreadBytes: number) => void
  #waiting = ''
  #slowTimer: NodeJS.Timeout | undefined
  #drained: Promise<void> | undefined

  constructor(stream: Duplex, limits: OutboxLimits, onSlowReader: (unreadBytes: number) => void) {
    this.#stream = stream
    this.#limits = limits
    this.#onSlowReader = onSlowReader
    stream.on('drain', () => this.#relax())
    stream.once('close', () => clearTimeout(this.#slowTimer))
  }

  /** Sends a text, together with whatever else is sent in this turn of the event loop. */
  send(text: string, terminator: string): void {
    if (this.#waiting === '') process.nextTick(() => this.flush())
    this.#waiting += text + terminator
  }

  /** Sends bytes right after what was sent last. */
  attach(bytes: Buffer): void {
    this.flush()
    this.#write(bytes)
  }

  /** Hands what is waiting to the stream now. */
  flush(): void {
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') this.#write(text)
  }

  #write(data: string | Buffer): void {
    if (this.#stream.writableEnded || this.#stream.destroyed) return
    this.#stream.write(data)
    const unread = this.#stream.writableLength
    if (unread <= this.#limits.maxUnreadBytes) return
    this.#stream.pause()
    this.#slowTimer ??= setTimeout(() => this.#giveUpOrRelax(), this.#limits.slowReaderMs)
    if (unread > this.#limits.maxUnreadBytes * HARD_LIMIT_FACTOR) this.#onSlowReader(unread)
  }

  /** Resolves once the peer has taken what was handed over, or has gone; at once if it keeps up. */
  async drained(): Promise<void> {
    if (this.#waiting.length > MAX_WAITING) this.flush()
    if (!this.#stream.writableNeedDrain || this.#stream.destroyed) return
    this.#drained ??= new Promise<void>((resolve) => {
      const done = () => {
        this.#stream.off('drain', done).off('close', done)
        this.#drained = undefined
        resolve()
      }
      this.#stream.once('drain', done).once('close', done)
    })
    await this.#drained
  }

  #giveUpOrRelax(): void {
    const unread = this.#stream.writableLength
    if (unread > this.#limits.maxUnreadBytes) this.#onSlowReader(unread)
    else this.#relax()
  }

  #relax(): void {
    if (this.#slowTimer === undefined) return
    clearTimeout(this.#slowTimer)
    this.#slowTimer = undefined
    this.#stream.resume()
  }
}

/** A message as JSON text. Throws INTERNAL for one that no peer would read: too long or too deep. */
export function encode(message: object): string {
  if (nestsDeeperThan(message, MAX_DEPTH))
    throw new RpcError('INTERNAL', `The result nests deeper than ${MAX_DEPTH} levels and can't be sent.`)
  const text = JSON.stringify(message)
  // No character takes more than three bytes in UTF-8, so that most texts need not be measured.
  if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
    throw new RpcError(
      'INTERNAL',
      `The result is longer than ${MAX_MESSAGE_BYTES} bytes and can't be sent; ask for less of it at a time.`,
    )
  return text
}

/** The way out of a connection: messages are encoded within bounds, written together, and never pile up. */
import type { Duplex } from 'node:stream'
import { RpcError } from '../protocol/jsonrpc.ts'
import { MAX_DEPTH, MAX_MESSAGE_BYTES } from '../protocol/limits.ts'
import { nestsDeeperThan } from '../protocol/values.ts'

export interface OutboxLimits {
  /** Above so many bytes that the peer has not read, no more requests are taken from it. */
  maxUnreadBytes: number
  /** A peer that reads nothing for so long, though there is something to read, counts as dead. In milliseconds. */
  deadPeerMs: number
}

export const OUTBOX_LIMITS: OutboxLimits = { maxUnreadBytes: MAX_MESSAGE_BYTES, deadPeerMs: 60_000 }
/** What is waiting to be handed to the stream within one turn is handed over before its end above so many characters. */
const MAX_WAITING = 64 * 1024

export class Outbox {
  readonly #stream: Duplex
  readonly #limits: OutboxLimits
  readonly #onDead: (unreadBytes: number) => void
  #waiting = ''
  /** Bytes that were handed to the stream. */
  #handed = 0
  #watch: NodeJS.Timeout | undefined
  #drained: Promise<void> | undefined

  constructor(stream: Duplex, limits: OutboxLimits, onDead: (unreadBytes: number) => void) {
    this.#stream = stream
    this.#limits = limits
    this.#onDead = onDead
    stream.on('drain', () => this.#relax())
    stream.once('close', () => clearTimeout(this.#watch))
  }

  /** Whether what was handed over is enough to write for now; the stream tells with `drain` when it is not any longer. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain
  }

  /** Sends a text, together with whatever else is sent in this turn of the event loop. */
  send(text: string, terminator: string): void {
    if (this.#waiting === '') process.nextTick(() => this.flush())
    this.#waiting += text + terminator
  }

  /** Sends bytes right after what was sent last, in one write with it. */
  attach(...parts: readonly Buffer[]): void {
    this.#stream.cork()
    this.flush()
    for (const bytes of parts) this.#write(bytes)
    this.#stream.uncork()
  }

  /** Hands what is waiting to the stream now. */
  flush(): void {
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') this.#write(text)
  }

  #write(data: string | Buffer): void {
    if (this.#stream.writableEnded || this.#stream.destroyed) return
    const before = this.#stream.writableLength
    const keepsUp = this.#stream.write(data)
    this.#handed += this.#stream.writableLength - before
    if (keepsUp) return
    this.#watch ??= this.#lookLater()
    if (this.#stream.writableLength > this.#limits.maxUnreadBytes) this.#stream.pause()
  }

  /** Resolves once the peer has taken what was handed over, or has gone; undefined where it keeps up. */
  drained(): Promise<void> | undefined {
    if (this.#waiting.length > MAX_WAITING) this.flush()
    if (!this.#stream.writableNeedDrain || this.#stream.destroyed) return undefined
    this.#drained ??= new Promise<void>((resolve) => {
      const done = () => {
        this.#stream.off('drain', done).off('close', done)
        this.#drained = undefined
        resolve()
      }
      this.#stream.once('drain', done).once('close', done)
    })
    return this.#drained
  }

  get #taken(): number {
    return this.#handed - this.#stream.writableLength
  }

  #lookLater(): NodeJS.Timeout {
    const takenBefore = this.#taken
    return setTimeout(() => {
      if (this.#taken === takenBefore) this.#onDead(this.#stream.writableLength)
      else this.#watch = this.#lookLater()
    }, this.#limits.deadPeerMs)
  }

  #relax(): void {
    clearTimeout(this.#watch)
    this.#watch = undefined
    if (this.#stream.isPaused()) this.#stream.resume()
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

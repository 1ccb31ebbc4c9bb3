/**
 * The client's end of the bridge: one message in each turn of the event loop, since some clients lose what
 * arrives together with the answer that it belongs to.
 */
import type { Writable } from 'node:stream'
import { NOTIFICATION } from '../../protocol/mcp.ts'

/** How long an answer keeps apart from progress that was written just before it, in milliseconds. */
const APART_MS = 5

/** What a message is, as far as its writing depends on it. */
export interface Outgoing {
  text: string
  method?: string | undefined
}

export class Outlet {
  readonly #stream: Writable
  readonly #terminator: () => string
  readonly #onRelief: () => void
  #queue: Outgoing[] = []
  #bytes = 0
  #last: Outgoing | undefined
  #scheduled = false
  #idle: (() => void)[] = []

  /** `onRelief` is called when the queue has emptied. */
  constructor(stream: Writable, terminator: () => string, onRelief: () => void) {
    this.#stream = stream
    this.#terminator = terminator
    this.#onRelief = onRelief
  }

  /** Characters that wait to be written. */
  get queued(): number {
    return this.#bytes
  }

  write(message: Outgoing): void {
    this.#queue.push(message)
    this.#bytes += message.text.length
    this.#schedule()
  }

  /** Resolves once all has been written. */
  flushed(): Promise<void> {
    if (this.#queue.length === 0 && !this.#scheduled) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const [next] = this.#queue
    if (next && next.method === undefined && this.#last?.method === NOTIFICATION.progress)
      setTimeout(() => this.#writeOne(), APART_MS)
    else setImmediate(() => this.#writeOne())
  }

  #writeOne(): void {
    const message = this.#queue.shift()
    if (message) {
      this.#bytes -= message.text.length
      this.#last = message
      if (!this.#stream.write(message.text + this.#terminator())) {
        this.#stream.once('drain', () => this.#next())
        return
      }
    }
    this.#next()
  }

  #next(): void {
    this.#scheduled = false
    if (this.#queue.length > 0) return void this.#schedule()
    this.#onRelief()
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

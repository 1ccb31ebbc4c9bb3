/** Keeps a connection to the gateway: opens it, and again whenever it ends, with a growing delay. */
import type { OpenUpstream, Upstream } from './upstream.ts'

const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 5000

export interface ReconnectingHandlers {
  onOpen(upstream: Upstream): void
  onText(text: string): void
  onDrained(): void
  /** A connection has ended. */
  onLost(reason: Error): void
  /** None could be made. */
  onFailed(reason: Error): void
}

export class Reconnecting {
  readonly #open: OpenUpstream
  readonly #handlers: ReconnectingHandlers
  readonly #closing = new AbortController()
  /** From the start of an attempt to the end of the connection that it made. */
  #busy = false
  #delayMs = FIRST_DELAY_MS
  #timer: NodeJS.Timeout | undefined

  constructor(open: OpenUpstream, handlers: ReconnectingHandlers) {
    this.#open = open
    this.#handlers = handlers
  }

  /** Connects now, unless it is connected or about to be. */
  hurry(): void {
    const { signal } = this.#closing
    if (this.#busy || signal.aborted) return
    clearTimeout(this.#timer)
    this.#busy = true
    let opened = false
    const unlessClosed =
      <T extends unknown[]>(handle: (...values: T) => void) =>
      (...values: T) => {
        if (!signal.aborted) handle(...values)
      }
    this.#open(
      {
        onOpen: unlessClosed((upstream) => {
          opened = true
          this.#handlers.onOpen(upstream)
        }),
        onText: unlessClosed((text) => this.#handlers.onText(text)),
        onDrained: unlessClosed(() => this.#handlers.onDrained()),
        onClosed: unlessClosed((reason) => {
          this.#busy = false
          this.#retry()
          if (opened) this.#handlers.onLost(reason)
          else this.#handlers.onFailed(reason)
        }),
      },
      signal,
    )
  }

  /** The gateway has proved that it works: after the next loss the delay begins anew. */
  worked(): void {
    this.#delayMs = FIRST_DELAY_MS
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closing.abort()
  }

  #retry(): void {
    this.#timer = setTimeout(() => this.hurry(), this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS)
  }
}

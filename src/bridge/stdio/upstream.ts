/** The bridge's connection to the gateway: one JSON text after the other, both ways. */
export interface UpstreamHandlers {
  /** It can be used from now on. */
  onOpen(upstream: Upstream): void
  onText(text: string): void
  /** Some of what was sent has left. */
  onDrained(): void
  /** It has ended, or could not be made; called once, and nothing after it. */
  onClosed(reason: Error): void
}

export interface Upstream {
  send(text: string): void
  /** Bytes that the gateway has not taken yet. */
  readonly unsentBytes: number
  pause(): void
  resume(): void
  close(): void
}

/** Starts to connect; aborting the signal ends the connection or the attempt. */
export type OpenUpstream = (handlers: UpstreamHandlers, signal: AbortSignal) => void

/** The gateway can't be used until a person does what the message says: a clause that completes a sentence. */
export class NeedsAttention extends Error {
  override readonly name = 'NeedsAttention'
}

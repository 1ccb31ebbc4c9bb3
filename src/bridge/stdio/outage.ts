/** How long the gateway has been away and why, and the answer for requests that wait for it. */
import { Timer } from './timer.ts'
import { NeedsAttention } from './upstream.ts'

export interface OutageOptions {
  /** What a person does when no gateway answers: a clause that completes a sentence. */
  remedy: string
  /** How long requests wait for a gateway, in milliseconds. */
  waitMs: number
  log(line: string): void
  /** Waiting is over: what waits is to be answered with this sentence. */
  onHopeless(message: string): void
}

export class Outage {
  readonly #options: OutageOptions
  readonly #timer = new Timer()
  #connected = false
  /** Whether requests have waited for as long as they may. */
  #overdue = false
  #attention: NeedsAttention | undefined
  #lastLine = ''

  constructor(options: OutageOptions) {
    this.#options = options
  }

  /** Whether a request that comes now has nothing to wait for but the next attempt. */
  get isHopeless(): boolean {
    return this.#overdue || this.#attention !== undefined
  }

  /** Why this connection will be of no use, if the gateway has said so. */
  get attention(): NeedsAttention | undefined {
    return this.#attention
  }

  /** There is no gateway from now on, unless that was so before. */
  begin(): void {
    this.#connected = false
    if (this.#timer.runs || this.#overdue) return
    this.#timer.start(this.#options.waitMs, () => {
      this.#overdue = true
      if (this.#connected) return
      this.log(this.#remedy)
      this.#options.onHopeless(this.#remedy)
    })
  }

  /** There is a connection; whether it is good for anything is not known yet. */
  connected(): void {
    this.#connected = true
    this.#attention = undefined
  }

  /** The gateway on this connection can't be used until a person does something. */
  complain(message: string): void {
    this.#attention = new NeedsAttention(message)
  }

  /** There is no connection, or no longer. */
  failed(reason: Error): void {
    this.log(`not connected: ${reason.message}`)
    this.#attention = reason instanceof NeedsAttention ? reason : undefined
    if (this.#attention) this.#options.onHopeless(`The gateway can't be used: ${reason.message}`)
    else if (this.#overdue) this.#options.onHopeless(this.#remedy)
  }

  /** The gateway works. */
  end(): void {
    this.#overdue = false
    this.#lastLine = ''
    this.#timer.stop()
  }

  stop(): void {
    this.#timer.stop()
  }

  /** Says a line, but not twice on end. */
  log(line: string): void {
    if (line !== this.#lastLine) this.#options.log(line)
    this.#lastLine = line
  }

  get #remedy(): string {
    const { remedy } = this.#options
    return `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}. Then try again.`
  }
}

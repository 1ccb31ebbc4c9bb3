/** The end of the gateway: it takes nothing new, lets what runs end, and says goodbye to who listens. */

/** How long running calls may take to end, in milliseconds. */
const GRACE_MS = 10_000
/** How often is looked whether they have, in milliseconds. */
const LOOK_EVERY_MS = 20

interface Closable {
  close(): void | Promise<void>
}

export interface StoppingOptions {
  notifier: { stopping(): void }
  /** What would bring anything new; closed first. */
  sources: readonly { close(): void }[]
  /** Whose subscriptions end, each with its result. */
  transports: readonly { endSubscriptions(): void }[]
  /** How many calls run. */
  inFlight(): number
  /** What the calls that run need; closed last, one after the other in this order. */
  resources: readonly Closable[]
  /** What could not be closed holds up nothing else. */
  onProblem(error: unknown): void
  /** Ends the process. */
  exit(): void
}

export class Stopping {
  readonly #options: StoppingOptions
  #hasBegun = false

  constructor(options: StoppingOptions) {
    this.#options = options
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Begins once, however often it is called. */
  begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    const { notifier, sources, transports, inFlight } = this.#options
    notifier.stopping()
    for (const source of sources) source.close()
    for (const transport of transports) transport.endSubscriptions()
    const deadline = Date.now() + GRACE_MS
    const ending = setInterval(() => {
      if (inFlight() > 0 && Date.now() < deadline) return
      clearInterval(ending)
      void this.#end()
    }, LOOK_EVERY_MS)
  }

  async #end(): Promise<void> {
    const { resources, exit, onProblem } = this.#options
    for (const resource of resources)
      try {
        await resource.close()
      } catch (error) {
        onProblem(error)
      }
    // One turn more, in which the last answers leave.
    setImmediate(exit)
  }
}

/** The end of the gateway: it takes nothing new, lets what runs end, and says goodbye to who listens. */

/** How long running calls may take to end, in milliseconds. */
const GRACE_MS = 10_000
/** How often is looked whether they have, in milliseconds. */
const LOOK_EVERY_MS = 20

interface Closable {
  close(): void
}

export interface StoppingOptions {
  notifier: { stopping(): void }
  /** What would bring anything new; closed first. */
  sources: readonly Closable[]
  /** Whose subscriptions end, each with its result. */
  transports: readonly { endSubscriptions(): void }[]
  /** How many calls run. */
  inFlight(): number
  /** What the calls that run need; closed last, in this order. */
  resources: readonly Closable[]
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

  /** Begins once, however often it is told. */
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
      this.#end()
    }, LOOK_EVERY_MS)
  }

  #end(): void {
    const { resources, exit } = this.#options
    for (const resource of resources) resource.close()
    // One turn more, in which the last answers leave.
    setImmediate(exit)
  }
}

/** A stream that is opened late: an answer that comes before there is anything else to say is no stream. */

export interface Ending {
  end(): void
}

export class LateStream<S extends Ending> {
  readonly #open: () => S
  readonly #timer: NodeJS.Timeout | undefined
  #stream: S | undefined

  /** It is opened by `get`, or after so many milliseconds, so that no proxy on the way gives up; undefined for never. */
  constructor(open: () => S, afterMs: number | undefined) {
    this.#open = open
    this.#timer = afterMs === undefined ? undefined : setTimeout(() => this.get(), afterMs)
  }

  /** The stream, opened if it was not. */
  get(): S {
    this.#stream ??= this.#open()
    return this.#stream
  }

  /** The stream where it is open. */
  get opened(): S | undefined {
    return this.#stream
  }

  /** Everything was said. */
  end(): void {
    clearTimeout(this.#timer)
    this.#stream?.end()
  }
}

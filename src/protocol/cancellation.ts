/** A signal that something is to stop, given once. */
export interface Cancellable {
  cancelled(reason: unknown): void
}

/**
 * Whether a call is to stop, and why. It does what an AbortController does, for a fraction of what that costs: its signal is
 * made when it is first asked for, which most calls never do.
 */
export class Cancellation {
  #isAborted = false
  #reason: unknown
  #controller: AbortController | undefined
  /** Most often there is one. */
  readonly #told: Cancellable[] = []

  get aborted(): boolean {
    return this.#isAborted
  }

  /** Undefined until it was aborted. */
  get reason(): unknown {
    return this.#reason
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#isAborted) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Calls a listener once it is aborted; not one that is added after that. */
  tell(one: Cancellable): void {
    if (!this.#isAborted) this.#told.push(one)
  }

  /** Removes a listener. */
  tellNot(one: Cancellable): void {
    const at = this.#told.indexOf(one)
    if (at >= 0) this.#told.splice(at, 1)
  }

  /** The first reason counts. */
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#reason = reason
    this.#controller?.abort(reason)
    for (const one of this.#told.splice(0)) one.cancelled(reason)
  }
}

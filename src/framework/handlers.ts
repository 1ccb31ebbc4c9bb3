/** Counts the handlers that have not returned. */
export class Handlers {
  #running = 0
  readonly #waiting = new Set<() => void>()

  get running(): number {
    return this.#running
  }

  started(): void {
    this.#running++
  }

  settled(): void {
    if (--this.#running > 0) return
    for (const resolve of this.#waiting) resolve()
  }

  /** Resolves once none runs, or after `timeoutMs`, since a handler may ignore that its call has ended; or when the signal aborts. */
  quiet(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#running === 0 || signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      signal?.addEventListener('abort', done, { once: true })
      this.#waiting.add(done)
    })
  }
}

/** Counts the handlers that have not returned, so that what they work with is not closed under them. */
export class Handlers {
  #running = 0
  #waiting: (() => void)[] = []

  get running(): number {
    return this.#running
  }

  started(): void {
    this.#running++
  }

  settled(): void {
    if (--this.#running > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves once none runs, or after `timeoutMs`: a handler may ignore that its call has ended. */
  quiet(timeoutMs: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

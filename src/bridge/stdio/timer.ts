/** One thing that is to happen later, unless something else happens first. */
export class Timer {
  #handle: NodeJS.Timeout | undefined

  get runs(): boolean {
    return this.#handle !== undefined
  }

  /** Starts anew. */
  start(ms: number, then: () => void): void {
    this.stop()
    this.#handle = setTimeout(() => {
      this.#handle = undefined
      then()
    }, ms)
  }

  stop(): void {
    clearTimeout(this.#handle)
    this.#handle = undefined
  }
}

/** Puts tokens that come quickly together, so that passing them on costs little beside making them. */
export class Burst {
  readonly #send: (text: string) => void
  readonly #everyMs: number
  #text = ''
  #sentAt = Number.NEGATIVE_INFINITY

  /** The first text goes out at once, further ones at most every so many milliseconds. */
  constructor(send: (text: string) => void, everyMs: number) {
    this.#send = send
    this.#everyMs = everyMs
  }

  push(text: string): void {
    this.#text += text
    if (performance.now() - this.#sentAt >= this.#everyMs) this.flush()
  }

  flush(): void {
    if (this.#text === '') return
    this.#send(this.#text)
    this.#text = ''
    this.#sentAt = performance.now()
  }
}

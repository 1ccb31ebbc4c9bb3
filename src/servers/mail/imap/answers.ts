/** A server that says much and never answers is no silent one, so it is stopped by this. */
import type { ImapFlow } from 'imapflow'

export class Answers {
  readonly #flow: ImapFlow
  readonly #withinMs: number
  #waiting = 0
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  /** Closes the connection where nothing that was waited for comes for so long. */
  constructor(flow: ImapFlow, withinMs: number) {
    this.#flow = flow
    this.#withinMs = withinMs
  }

  /** Whether it was closed so. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** What may be awaited within others, each of which then has all of the time. */
  async awaited<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++
    this.came()
    try {
      return await work()
    } finally {
      this.#waiting--
      this.came()
    }
  }

  /** Something came that was waited for. */
  came(): void {
    clearTimeout(this.#timer)
    if (this.#waiting > 0) this.#timer = setTimeout(() => this.#stop(), this.#withinMs)
  }

  #stop(): void {
    this.#isStopped = true
    this.#flow.close()
  }
}

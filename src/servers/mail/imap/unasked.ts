/** What a server tells of the mailbox that is open besides what it is asked for. */
import type { ExpungeEvent, ImapFlow } from 'imapflow'

/** Ranges of numbers that a server may say are gone, at a time. */
export const MAX_GONE = 100_000

export class Unasked {
  #changes = 0
  #onChange: (() => void) | undefined
  #gone: [number, number][] | undefined

  /** How often it has told of a change. */
  get changes(): number {
    return this.#changes
  }

  hear(flow: ImapFlow): void {
    for (const event of ['exists', 'flags'] as const) flow.on(event, () => this.#changed())
  }

  /** What is gone is told by numbers (RFC 7162, section 3.2.10), or by places, which say no more than that something is. */
  noteGone({ uid, earlier = false }: ExpungeEvent): void {
    if (!earlier) this.#changed()
    const ranges = this.#gone
    if (!ranges || uid === undefined) return
    const last = ranges.at(-1)
    if (last && last[1] === uid - 1) last[1] = uid
    else if (ranges.length <= MAX_GONE) ranges.push([uid, uid])
  }

  /** Collects numbers of what is gone, from now on. */
  collectGone(): readonly (readonly [number, number])[] {
    this.#gone = []
    return this.#gone
  }

  /** Resolves once it tells of more changes than so many. */
  after(changes: number): Promise<void> {
    if (this.#changes > changes) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onChange = resolve
    })
  }

  #changed(): void {
    this.#changes++
    this.#onChange?.()
  }
}

/**
 * What this process holds for its children: what they leave unread of what they are sent, and what has come of messages that
 * have not ended. Each has a bound, and all together have one.
 */

const MIB = 1024 * 1024
/** What one child may leave unread, in bytes: one that asks and does not read would fill this process. */
export const MAX_UNREAD_BYTES = 64 * MIB
/** What may be held for all children together, in bytes. */
export const MAX_HELD_BYTES = 128 * MIB

interface Holder {
  /** What is held for it now, in bytes. */
  readonly heldBytes: number
  /** Ends it; `why` continues the sentence "The server …". */
  giveUp(why: string): void
}

export class HeldForChildren {
  readonly #holders = new Set<Holder>()

  add(holder: Holder): void {
    this.#holders.add(holder)
  }

  delete(holder: Holder): void {
    this.#holders.delete(holder)
  }

  /** Ends those for which most is held, until it is no more in all than may be. */
  bound(): void {
    for (;;) {
      let sum = 0
      let most: Holder | undefined
      for (const holder of this.#holders) {
        sum += holder.heldBytes
        if (!most || holder.heldBytes > most.heldBytes) most = holder
      }
      if (!most || sum <= MAX_HELD_BYTES) return
      this.#holders.delete(most)
      most.giveUp(
        `was ended, since more than ${MAX_HELD_BYTES} bytes were held for all servers of its kind that run, most of them for this one: it left unread what it was sent, or did not end what it began to say`,
      )
    }
  }
}

/** Of this process. */
export const heldForChildren: HeldForChildren = new HeldForChildren()

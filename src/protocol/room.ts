/**
 * What a process holds of its callers' messages, bounded. A message that needs more waits, in order; no owner holds more than a
 * share of it, and what is larger than all of it comes alone.
 */

interface Waiting {
  bytes: number
  owner: string | undefined
  go(): void
}

export class Room {
  /** In bytes. */
  readonly limit: number
  /** What one owner may have of it; more where it is one thing alone. */
  readonly #share: number
  #held = 0
  readonly #byOwner = new Map<string | undefined, number>()
  readonly #waiting = new Set<Waiting>()

  constructor(limit: number, share = limit / 2) {
    this.limit = limit
    this.#share = share
  }

  get held(): number {
    return this.#held
  }

  /** Resolves once there is room, which is taken then; undefined where there was at once. Rejects with the signal's reason. */
  take(bytes: number, owner: string | undefined, signal: AbortSignal): Promise<void> | undefined {
    if (this.#waiting.size === 0 && this.#fits(bytes, owner)) return void this.put(bytes, owner)
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiting)
        reject(signal.reason)
        this.#next()
      }
      const waiting = {
        bytes,
        owner,
        go: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiting)
      // Its owner's share may be free where another's is not.
      this.#next()
    })
  }

  /** Counts what is held already, whether there is room or not. */
  put(bytes: number, owner: string | undefined): void {
    this.#held += bytes
    this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? 0) + bytes)
  }

  give(bytes: number, owner: string | undefined): void {
    if (bytes === 0) return
    this.#held -= bytes
    const left = (this.#byOwner.get(owner) ?? 0) - bytes
    if (left > 0) this.#byOwner.set(owner, left)
    else this.#byOwner.delete(owner)
    this.#next()
  }

  #next(): void {
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.bytes, waiting.owner)) {
        // A smaller one does not pass: the large would wait for ever. One that waits for its own share holds up no other.
        if (this.#isWithinShare(waiting.bytes, waiting.owner)) return
        continue
      }
      this.#waiting.delete(waiting)
      this.put(waiting.bytes, waiting.owner)
      waiting.go()
    }
  }

  #fits(bytes: number, owner: string | undefined): boolean {
    return this.#isWithinShare(bytes, owner) && (this.#held === 0 || this.#held + bytes <= this.limit)
  }

  #isWithinShare(bytes: number, owner: string | undefined): boolean {
    const own = this.#byOwner.get(owner) ?? 0
    return own === 0 || own + bytes <= this.#share
  }
}

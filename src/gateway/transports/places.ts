/** A bounded number of places, of which each key may take so many. If none is left, the holder idle for longest is evicted. */

/** What has a place. */
export interface Holder {
  /** Whether it can't be evicted now. */
  readonly isBusy: boolean
  /** Its place is another's; it closes itself. */
  evict(): void
}

export interface PlaceLimits {
  /** How many there are. */
  atOnce: number
  /** How many of them one key may have. */
  perKey: number
}

interface Place {
  readonly key: string
  /** The turn of what it did last. */
  used: number
}

export class Places {
  readonly #limits: PlaceLimits
  readonly #taken = new Map<Holder, Place>()
  /** Grows with each use. */
  #turn = 0
  readonly #perKey = new Map<string, number>()

  constructor(limits: PlaceLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#taken.size
  }

  /** How many places a key has. */
  sizeOf(key: string): number {
    return this.#perKey.get(key) ?? 0
  }

  /**
   * Takes a place, if need be that of another: of the same key if it has its share, else of the key that has most, so
   * that no key can take those of all others. Says which limit is reached if no holder can be evicted.
   */
  take(key: string, holder: Holder): 'taken' | 'key is full' | 'all are full' {
    if (this.sizeOf(key) >= this.#limits.perKey && !this.#evictIdlest(key)) return 'key is full'
    if (
      this.#taken.size >= this.#limits.atOnce &&
      !this.#evictIdlest(this.#largest()) &&
      !this.#evictIdlest()
    )
      return 'all are full'
    this.#taken.set(holder, { key, used: this.#turn++ })
    this.#perKey.set(key, this.sizeOf(key) + 1)
    return 'taken'
  }

  /** It did something. */
  used(holder: Holder): void {
    const place = this.#taken.get(holder)
    if (place) place.used = this.#turn++
  }

  leave(holder: Holder): void {
    const key = this.#taken.get(holder)?.key
    if (key === undefined) return
    this.#taken.delete(holder)
    const left = this.sizeOf(key) - 1
    if (left > 0) this.#perKey.set(key, left)
    else this.#perKey.delete(key)
  }

  /** Evicts the one of this key that is idle for longest; false if all are busy. */
  evictIdlest(key: string): boolean {
    return this.#evictIdlest(key)
  }

  #evictIdlest(of?: string): boolean {
    let longestIdle: Holder | undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const [holder, { key, used }] of this.#taken)
      if (used < oldest && !holder.isBusy && (of === undefined || key === of))
        [longestIdle, oldest] = [holder, used]
    if (!longestIdle) return false
    this.leave(longestIdle)
    longestIdle.evict()
    return true
  }

  #largest(): string {
    let [largest, most] = ['', 0]
    for (const [key, size] of this.#perKey) if (size > most) [largest, most] = [key, size]
    return largest
  }
}

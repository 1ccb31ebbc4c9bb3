/** A bounded number of places, of which each key may take so many. Where none is left, who is idle longest gives way. */

/** Who has a place. */
export interface Occupant {
  /** Whether it can't be asked to give way now. */
  readonly isBusy: boolean
  /** Told that its place is another's; it then leaves by itself. */
  giveWay(): void
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
  readonly #taken = new Map<Occupant, Place>()
  /** Grows with whatever somebody does. */
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
   * Takes a place, if need be that of another: of the same key where it has its share, else of the key that has most, so
   * that no key can take those of all others. Says whose number is full where nobody can give way.
   */
  take(key: string, occupant: Occupant): 'taken' | 'key is full' | 'all are full' {
    if (this.sizeOf(key) >= this.#limits.perKey && !this.#makeRoom(key)) return 'key is full'
    if (this.#taken.size >= this.#limits.atOnce && !this.#makeRoom(this.#largest()) && !this.#makeRoom())
      return 'all are full'
    this.#taken.set(occupant, { key, used: this.#turn++ })
    this.#perKey.set(key, this.sizeOf(key) + 1)
    return 'taken'
  }

  /** It did something. */
  used(occupant: Occupant): void {
    const place = this.#taken.get(occupant)
    if (place) place.used = this.#turn++
  }

  leave(occupant: Occupant): void {
    const key = this.#taken.get(occupant)?.key
    if (key === undefined) return
    this.#taken.delete(occupant)
    const left = this.sizeOf(key) - 1
    if (left > 0) this.#perKey.set(key, left)
    else this.#perKey.delete(key)
  }

  /** Has the one with this key that is idle longest give way; false where there is none. */
  makeRoom(key: string): boolean {
    return this.#makeRoom(key)
  }

  #makeRoom(of?: string): boolean {
    let longestIdle: Occupant | undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const [occupant, { key, used }] of this.#taken)
      if (used < oldest && !occupant.isBusy && (of === undefined || key === of))
        [longestIdle, oldest] = [occupant, used]
    if (!longestIdle) return false
    this.leave(longestIdle)
    longestIdle.giveWay()
    return true
  }

  #largest(): string {
    let [largest, most] = ['', 0]
    for (const [key, size] of this.#perKey) if (size > most) [largest, most] = [key, size]
    return largest
  }
}

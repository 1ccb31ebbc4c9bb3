/**
 * What is under way, by its id. Its entries come and go with each call, for which a Map is a bad place: when it has grown old,
 * each table that it gives up keeps the next one from being collected, and with them what stood in them, until V8 collects
 * everything. So these are lists, searched from the start; there are at most a few thousand calls at once, most often a few.
 */
export class InFlight<K, V> {
  readonly #keys: K[] = []
  readonly #values: V[] = []

  get size(): number {
    return this.#keys.length
  }

  has(key: K): boolean {
    return this.#keys.includes(key)
  }

  get(key: K): V | undefined {
    const at = this.#keys.indexOf(key)
    return at === -1 ? undefined : this.#values[at]
  }

  /** Adds it; what had this key before has it no longer. */
  set(key: K, value: V): void {
    const at = this.#keys.indexOf(key)
    if (at === -1) {
      this.#keys.push(key)
      this.#values.push(value)
    } else this.#values[at] = value
  }

  /** Whether there was one. The last takes its place, so that they are in no order. */
  delete(key: K): boolean {
    const at = this.#keys.indexOf(key)
    if (at === -1) return false
    const lastKey = this.#keys.pop() as K
    const lastValue = this.#values.pop() as V
    if (at < this.#keys.length) {
      this.#keys[at] = lastKey
      this.#values[at] = lastValue
    }
    return true
  }

  /** All values, in a list of their own: entries may go while it is read. */
  values(): V[] {
    return [...this.#values]
  }

  clear(): void {
    this.#keys.length = 0
    this.#values.length = 0
  }
}

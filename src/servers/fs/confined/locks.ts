/** One change of a file at a time within this process, so that no edit overwrites another one in flight. */

export class Locks {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `work` once no other work runs under any of the keys. Keys are taken all at once, so none can deadlock. */
  async hold<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = keys.map((key) => this.#last.get(key))
    const { promise, resolve } = Promise.withResolvers<void>()
    for (const key of keys) this.#last.set(key, promise)
    try {
      await Promise.all(before)
      return await work()
    } finally {
      resolve()
      for (const key of keys) if (this.#last.get(key) === promise) this.#last.delete(key)
    }
  }
}

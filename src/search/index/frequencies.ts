/** In how many texts words are: of one that many have it takes milliseconds to count, so that it is kept. */
import type { Reader } from '../../protocol/database.ts'

const MAX_KEPT = 10_000

export class Frequencies {
  readonly #database: Reader
  readonly #kept = new Map<string, number>()

  constructor(database: Reader) {
    this.#database = database
  }

  /** Without the words that are in none. */
  of(words: readonly string[]): Map<string, number> {
    const unknown = words.filter((word) => !this.#kept.has(word))
    const rows = this.#database.all<{ term: string; doc: number }>(
      'SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))',
      JSON.stringify(unknown),
    )
    const found = new Map(rows.map(({ term, doc }) => [term, doc]))
    for (const word of words) {
      const frequency = this.#kept.get(word)
      if (frequency !== undefined) found.set(word, frequency)
    }
    if (this.#kept.size > MAX_KEPT) this.#kept.clear()
    for (const [word, frequency] of found) this.#kept.set(word, frequency)
    return found
  }

  /** Something was written. */
  clear(): void {
    this.#kept.clear()
  }
}

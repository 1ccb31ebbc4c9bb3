/** The secrets that a process has read, so that none of them gets into its log or into a failed answer. */
import { isRecord } from '../protocol/values.ts'

/** What is shorter stands in any text by chance. In characters. */
const SHORTEST_HIDDEN = 4
/** Those of now and some of before are hidden. */
const MOST_HIDDEN = 32
const HIDDEN = '[secret]'

export class Secrets {
  readonly #read: (name: string) => Promise<string | undefined>
  /** The last one read comes last. */
  readonly #known = new Set<string>()
  /** As they are, and as they stand in JSON; the longest first, since one may be part of another. */
  #forms: readonly string[] = []

  constructor(read: (name: string) => Promise<string | undefined>) {
    this.#read = read
  }

  /** Reads it anew. Rejects as `read` does. */
  async read(name: string): Promise<string | undefined> {
    const value = await this.#read(name)
    if (value !== undefined) this.#note(value)
    return value
  }

  /** The text without any of them. */
  hide(text: string): string {
    return this.#forms.reduce((hidden, form) => hidden.replaceAll(form, HIDDEN), text)
  }

  /** A value of JSON without any of them, but for the names of properties. */
  hideIn(value: object): object {
    return this.#forms.length === 0 ? value : this.#without(value)
  }

  #without(value: object): object {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#hidden(inner)]))
  }

  #hidden(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value)
    if (Array.isArray(value)) return value.map((item) => this.#hidden(item))
    return isRecord(value) ? this.#without(value) : value
  }

  #note(secret: string): void {
    if (secret.length < SHORTEST_HIDDEN) return
    const isNew = !this.#known.delete(secret)
    this.#known.add(secret)
    if (!isNew) return
    for (const oldest of this.#known) if (this.#known.size > MOST_HIDDEN) this.#known.delete(oldest)
    this.#forms = [...this.#known]
      .flatMap((known) => [...new Set([known, JSON.stringify(known).slice(1, -1)])])
      .sort((one, other) => other.length - one.length)
  }
}

/** Looks that are repeated: what shows the state of the machine asks for it every few seconds, which says no more than once. */

/** How long a look stands for those after it, in milliseconds. */
const WITHIN_MS = 10 * 60_000
/** More callers and methods than this are not remembered. */
const MOST = 1000
const LOOK = /(^|\/)(get|list|show|status|usage)$/

/** Which successful looks the log has already. What changes something, and what fails, is never one of them. */
export class RepeatedLooks {
  readonly #loggedAt = new Map<string, number>()
  readonly #now: () => number

  /** `now` in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether this caller's same look is in the log, from not long ago; it counts as logged from now on if not. */
  has(who: string, method: string): boolean {
    if (!LOOK.test(method)) return false
    const key = `${who} ${method}`
    const at = this.#loggedAt.get(key)
    if (at !== undefined && this.#now() - at < WITHIN_MS) return true
    if (this.#loggedAt.size >= MOST) this.#loggedAt.clear()
    this.#loggedAt.set(key, this.#now())
    return false
  }
}

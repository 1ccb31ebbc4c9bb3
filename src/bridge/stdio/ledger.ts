/** What the client has sent and the gateway has not answered: what waits for a connection, and what is in flight. */
import type { Id, Request } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'

/** A message on its way to the gateway. */
export interface Entry {
  text: string
  /** Set for what has an answer. */
  request?: Request
  /** How often it was sent. */
  sent: number
  /** Whether its subscription was acknowledged to the client. */
  acknowledged?: boolean
}

export class Ledger {
  readonly #inFlight = new Map<Id, Entry>()
  readonly #maxWaiting: number
  readonly #maxWaitingBytes: number
  #waiting: Entry[] = []
  #waitingBytes = 0
  #settled: (() => void)[] = []

  /** Bounds for what waits; bytes count as characters. */
  constructor(maxWaiting: number, maxWaitingBytes: number) {
    this.#maxWaiting = maxWaiting
    this.#maxWaitingBytes = maxWaitingBytes
  }

  /** Resolves once no request is open that is still to be answered; subscriptions go on. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve)
      this.#checkSettled()
    })
  }

  has(id: Id): boolean {
    return this.#inFlight.has(id) || this.#waiting.some(({ request }) => request?.id === id)
  }

  inFlight(id: Id): Entry | undefined {
    return this.#inFlight.get(id)
  }

  /** Lets a message wait; false where there is no room for it. */
  wait(entry: Entry): boolean {
    if (
      this.#waiting.length >= this.#maxWaiting ||
      this.#waitingBytes + entry.text.length > this.#maxWaitingBytes
    )
      return false
    this.#waiting.push(entry)
    this.#waitingBytes += entry.text.length
    return true
  }

  /** Notes that a message is being sent. */
  sending(entry: Entry): void {
    entry.sent++
    if (entry.request) this.#inFlight.set(entry.request.id, entry)
  }

  /** Takes out what has been answered, or needs no answer any longer. */
  settle(id: Id): void {
    this.#inFlight.delete(id)
    this.#checkSettled()
  }

  /** Takes a request out of those that wait; whether it did. */
  withdraw(id: Id): boolean {
    const at = this.#waiting.findIndex(({ request }) => request?.id === id)
    if (at === -1) return false
    this.#waitingBytes -= this.#waiting[at]?.text.length ?? 0
    this.#waiting.splice(at, 1)
    this.#checkSettled()
    return true
  }

  /** Takes out the first that waits. */
  next(): Entry | undefined {
    const entry = this.#waiting.shift()
    if (entry) this.#waitingBytes -= entry.text.length
    return entry
  }

  /** Takes out what waits and is not worth it any longer. */
  giveUp(isHopeless: (entry: Entry) => boolean): Entry[] {
    const entries = this.#waiting.filter(isHopeless)
    this.#waiting = this.#waiting.filter((entry) => !isHopeless(entry))
    this.#waitingBytes = this.#waiting.reduce((sum, { text }) => sum + text.length, 0)
    this.#checkSettled()
    return entries
  }

  /** The connection broke: puts what may be sent again before all that waits, and gives the rest. */
  broken(mayRepeat: (entry: Entry) => boolean): Entry[] {
    const entries = [...this.#inFlight.values()]
    this.#inFlight.clear()
    const again = entries.filter(mayRepeat)
    this.#waiting.unshift(...again)
    for (const { text } of again) this.#waitingBytes += text.length
    this.#checkSettled()
    return entries.filter((entry) => !again.includes(entry))
  }

  #checkSettled(): void {
    if (this.#settled.length === 0) return
    const open = [...this.#inFlight.values(), ...this.#waiting]
    if (open.some(({ request }) => request && request.method !== METHOD.listen)) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }
}

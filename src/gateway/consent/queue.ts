/** Calls that wait for `luca approve`, since their client can't ask its person. */
import { randomBytes } from 'node:crypto'
import { RpcError } from '../../protocol/jsonrpc.ts'

export interface Waiting {
  id: string
  /** Who calls, for people. */
  who: string
  /** For whose servers it is; he may decide. */
  user: string
  tool: string
  /** Milliseconds since the epoch. */
  since: number
  /** For people; bounded. */
  arguments: string
  warning?: string
}

export type Decision = 'allowed' | 'denied' | 'unanswered'

export interface QueueOptions {
  /** How long a call waits, in milliseconds. */
  waitMs: number
  /** How many may wait at once. */
  atOnce: number
  onWaiting(waiting: Waiting): void
}

export class ApprovalQueue {
  readonly #options: QueueOptions
  readonly #waiting = new Map<string, { shown: Waiting; decide(decision: Decision): void }>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  list(): Waiting[] {
    return [...this.#waiting.values()].map(({ shown }) => shown)
  }

  /** Waits for a decision. Rejects with the signal's reason; throws RATE_LIMITED where too many wait. */
  wait(shown: Omit<Waiting, 'id' | 'since'>, signal: AbortSignal): Promise<Decision> {
    const { waitMs, atOnce, onWaiting } = this.#options
    if (this.#waiting.size >= atOnce)
      throw new RpcError(
        'RATE_LIMITED',
        `${atOnce} calls wait for approval, the most there may be (consent.waitingAtOnce); answer them with "luca approve" and try again.`,
        { data: { limit: 'consent.waitingAtOnce', retryAfterMs: waitMs } },
      )
    return new Promise((resolve, reject) => {
      const waiting = { ...shown, id: randomBytes(4).toString('hex'), since: Date.now() }
      const leave = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#waiting.delete(waiting.id)
      }
      const decide = (decision: Decision) => {
        leave()
        resolve(decision)
      }
      const onAbort = () => {
        leave()
        reject(signal.reason)
      }
      const timer = setTimeout(decide, waitMs, 'unanswered')
      this.#waiting.set(waiting.id, { shown: waiting, decide })
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      onWaiting(waiting)
    })
  }

  /** Of one user's calls alone if told. Throws INVALID_PARAMS for a call that is not waiting, or no longer. */
  decide(id: string, allow: boolean, user?: string): Waiting {
    const found = this.#waiting.get(id)
    if (!found || (user !== undefined && found.shown.user !== user))
      throw new RpcError(
        'INVALID_PARAMS',
        `No call "${id.slice(0, 40)}" is waiting: it was answered, given up by its client or out of time. "luca approve" shows those that wait.`,
      )
    found.decide(allow ? 'allowed' : 'denied')
    return found.shown
  }
}

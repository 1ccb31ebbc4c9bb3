/**
 * Watches the inboxes of accounts while this server is awake, on the connections that calls have opened (IDLE, RFC 2177): between calls, which
 * come first. What came while nobody waited is seen by a look before each wait.
 */
import type { Clock } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import type { Connections } from './connections.ts'
import { MailProblem } from './mail-problem.ts'
import { hasSleptSince, momentOf } from './sleep.ts'

/** For how long nobody must have used a connection, or a server told of more changes, in milliseconds. */
export const SETTLE_MS = 1000
/** Servers end what takes half an hour (RFC 2177), and routers forget. In milliseconds. */
export const RENEW_MS = 28 * 60_000
/** How often it is looked whether the machine slept, in milliseconds. */
export const TICK_MS = 60_000
/** How long a server may take over a look. */
export const LOOK_MS = 30_000
/** After a look that failed, or where a server does not let anyone wait. */
export const AGAIN_MS = 60_000

export interface WatchingHost {
  clock: Clock
  connections: Pick<Connections, 'drop' | 'isUsed' | 'uses'>
  /**
   * Looks at the inbox, and begins to wait: `news` resolves with whether something has changed. Undefined where there is none. Rejects with
   * a MailProblem.
   */
  look(
    account: Account,
    options: { isBrief: boolean; signal: AbortSignal },
  ): Promise<{ news: Promise<boolean> } | undefined>
}

/** Why a wait is over: something has changed, someone else uses the connection, or it is to be looked whether it still is one. */
type Over = 'changed' | 'ended' | 'old'

export class Watching {
  readonly #host: WatchingHost
  #isClosed = false
  readonly #watched = new Map<string, { ending: AbortController; ended: Promise<void> }>()

  constructor(host: WatchingHost) {
    this.#host = host
  }

  /** From now on, unless it is watched already. */
  begin(account: Account): void {
    const { id } = account
    if (this.#isClosed || this.#watched.has(id)) return
    const ending = new AbortController()
    const ended = this.#watch(account, ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted && !(error instanceof MailProblem)) throw error
    })
    const watched = { ending, ended }
    this.#watched.set(id, watched)
    void ended.finally(() => {
      if (this.#watched.get(id) === watched) this.#watched.delete(id)
    })
  }

  /** For accounts that are changed or forgotten. */
  async end(id: string): Promise<void> {
    const watched = this.#watched.get(id)
    watched?.ending.abort()
    await watched?.ended
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#watched.keys()].map((id) => this.end(id)))
  }

  async #watch(account: Account, signal: AbortSignal): Promise<void> {
    const { clock, connections } = this.#host
    for (let isBrief = true; ; ) {
      await clock.wait(SETTLE_MS, signal)
      if (connections.isUsed(account.id)) continue
      const looked = await this.#look(account, isBrief, signal)
      if (looked === undefined) return
      if (looked === 'dead') continue
      const uses = connections.uses(account.id)
      const over = looked === 'failed' ? 'ended' : await this.#over(looked.news, signal)
      isBrief = over !== 'changed'
      if (over === 'ended' && connections.uses(account.id) === uses) await clock.wait(AGAIN_MS, signal)
    }
  }

  /** `dead` where the server does not answer: the connection is given up then. */
  async #look(
    account: Account,
    isBrief: boolean,
    signal: AbortSignal,
  ): Promise<{ news: Promise<boolean> } | undefined | 'failed' | 'dead'> {
    const { clock, connections, look } = this.#host
    const over = new AbortController()
    const late = clock.wait(LOOK_MS, AbortSignal.any([signal, over.signal])).then(() => 'dead' as const)
    late.catch(() => {})
    try {
      const looked = await Promise.race([look(account, { isBrief, signal }), late])
      if (looked === 'dead') await connections.drop(account.id)
      return looked
    } catch (error) {
      if (!(error instanceof MailProblem) || !PASSING.has(error.problem)) throw error
      return 'failed'
    } finally {
      over.abort()
    }
  }

  async #over(news: Promise<boolean>, signal: AbortSignal): Promise<Over> {
    const over = new AbortController()
    const old = this.#old(AbortSignal.any([signal, over.signal]))
    old.catch(() => {})
    try {
      return await Promise.race([news.then((isChanged) => (isChanged ? 'changed' : 'ended')), old])
    } finally {
      over.abort()
    }
  }

  /** Resolves once a wait has lasted long enough, or the machine has slept. */
  async #old(signal: AbortSignal): Promise<'old'> {
    const { clock } = this.#host
    const begun = momentOf(clock)
    while (clock.monotonic() - begun.monotonic < RENEW_MS && !hasSleptSince(begun, clock))
      await clock.wait(TICK_MS, signal)
    return 'old'
  }
}

/** Trying again later may help. */
const PASSING: ReadonlySet<MailProblem['problem']> = new Set(['unreachable', 'broken'])

/**
 * Calls whose client can't ask its person. They are not made and not held: each gets an error at once, waits here for
 * `luca approve`, and is made when its client repeats it, once.
 */
import { randomBytes } from 'node:crypto'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type Held, type Memory, textBytes } from '../call/memory.ts'

/** What a call that waits takes besides its texts, in bytes. */
const WAITING_BYTES = 1024

export interface Waiting {
  id: string
  /** Who calls, for people. */
  who: string
  /** The user whose servers it is for; they may decide. */
  user: string
  tool: string
  /** In milliseconds. */
  waitedMs: number
  /** This and the next two are for people, and bounded. */
  arguments: string
  /** What it would do, where its server said so: `delete "/a.txt"`. */
  what?: string
  /** What would go out, where its server gave it: each line behind a mark. */
  text?: string
  warning?: string
}

/** A call that was not made. */
export interface Asked {
  /** Tells it from all others, and is the same when it is repeated. */
  identity: string
  /** Whose call it is, for a caller's share of the queue. */
  caller: string
  /** Names what it would destroy; undefined where that is not known. */
  state: string | undefined
  shown: Omit<Waiting, 'id' | 'waitedMs'>
}

interface Entry extends Asked {
  shown: Omit<Waiting, 'waitedMs'>
  since: number
  /** What it takes, counted for its user. */
  held: Held
  /** Undefined until it is decided. */
  allowed?: boolean
  /** Until when it can be decided, and then repeated. */
  until: number
}

export interface QueueOptions {
  memory: Memory
  /** How long a call can be decided, and then be repeated, in milliseconds. */
  waitMs: number
  /** How many may wait at once. */
  atOnce: number
  onWaiting(waiting: Waiting): void
  /** In milliseconds; it never goes back. */
  now(): number
}

/** One caller waits with at most one call in so many of those that there may be. */
const SHARE = 5

export class ApprovalQueue {
  readonly #options: QueueOptions
  /** By identity, in the order in which they came. */
  readonly #calls = new Map<string, Entry>()
  /** By a call's id. */
  readonly #listeners = new Map<string, Set<() => void>>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Those that are not decided yet. */
  list(): Waiting[] {
    this.#forgetOld()
    return this.#undecided().map((entry) => this.#waiting(entry))
  }

  /**
   * Puts a call in, or finds it where it waits already. Says whether it was denied. A caller with too many has its oldest one
   * dropped. Where all together are too many, so has the user who has clearly more than the one who asks, or else of their own
   * callers the one that has; throws RATE_LIMITED where there is none, or no memory.
   */
  enter(asked: Asked): { id: string; denied: boolean } {
    this.#forgetOld()
    const known = this.#calls.get(asked.identity)
    if (known && known.state === asked.state) return { id: known.shown.id, denied: known.allowed === false }
    this.drop(asked.identity)
    this.#makeRoom(asked)
    const { waitMs, onWaiting, now, memory } = this.#options
    const held = memory.take(asked.shown.user, 'consent', bytesOf(asked))
    const shown = { ...asked.shown, id: randomBytes(4).toString('hex') }
    const entry = { ...asked, shown, held, since: now(), until: now() + waitMs }
    this.#calls.set(asked.identity, entry)
    onWaiting(this.#waiting(entry))
    return { id: shown.id, denied: false }
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  /** The call with this identity if it was allowed: it is let through this once. */
  take(identity: string): Asked | undefined {
    const found = this.#calls.get(identity)
    if (!found?.allowed || found.until <= this.#options.now()) return undefined
    this.drop(identity)
    return found
  }

  /**
   * Of one user's calls alone if told. What was decided can be decided otherwise until the call is repeated. Throws
   * INVALID_PARAMS for a call that does not wait, or no longer.
   */
  decide(id: string, allow: boolean, user?: string): Waiting {
    this.#forgetOld()
    const found = [...this.#calls.values()].find(({ shown }) => shown.id === id)
    if (!found || (user !== undefined && found.shown.user !== user))
      throw new RpcError(
        'INVALID_PARAMS',
        `No call "${id.slice(0, 40)}" is waiting: it was made, or is out of time. "luca approve" shows those that wait.`,
      )
    found.allowed = allow
    found.until = this.#options.now() + this.#options.waitMs
    for (const listener of this.#listeners.get(id) ?? []) listener()
    return this.#waiting(found)
  }

  /** Whether the call with this identity was denied. */
  isDenied(identity: string): boolean {
    const found = this.#calls.get(identity)
    return found?.allowed === false && found.until > this.#options.now()
  }

  /** The call with this identity waits no longer: it is made, or was decided elsewhere. */
  drop(identity: string): void {
    this.#calls.get(identity)?.held.release()
    this.#calls.delete(identity)
  }

  /** Calls a listener when a call is decided here; gives what ends that. */
  onDecided(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }

  /** Drops the calls of a caller, decided or not. What waits for one of them tries it again, and reads that it may not. */
  dropOf(caller: string): void {
    for (const [identity, { caller: of, shown }] of this.#calls) {
      if (of !== caller) continue
      this.drop(identity)
      for (const listener of this.#listeners.get(shown.id) ?? []) listener()
    }
  }

  #waiting({ shown, since }: Entry): Waiting {
    return { ...shown, waitedMs: this.#options.now() - since }
  }

  #undecided(): Entry[] {
    return [...this.#calls.values()].filter(({ allowed }) => allowed === undefined)
  }

  #makeRoom({ caller, shown: { user } }: Asked): void {
    const { atOnce } = this.#options
    const all = [...this.#calls.values()]
    const own = all.filter((entry) => entry.caller === caller)
    if (own.length >= Math.max(1, Math.floor(atOnce / SHARE))) this.#dropOldest(own)
    else if (all.length >= atOnce) this.#dropOldest(this.#mostOfOther(caller, user))
  }

  /** The calls of the caller that has clearly more of them. Throws RATE_LIMITED where there is none. */
  #mostOfOther(caller: string, user: string): Entry[] {
    const { atOnce, waitMs } = this.#options
    const byUser = Map.groupBy(this.#calls.values(), ({ shown }) => shown.user)
    const byCaller = Map.groupBy(byUser.get(user) ?? [], (entry) => entry.caller)
    const most = clearlyMost(byUser, user) ?? clearlyMost(byCaller, caller)
    if (!most)
      throw new RpcError(
        'RATE_LIMITED',
        `${atOnce} calls wait for approval, the most there may be (consent.waitingAtOnce); answer them with "luca approve" and try again.`,
        { data: { limit: 'consent.waitingAtOnce', retryAfterMs: waitMs } },
      )
    return most
  }

  /** One that was decided goes last. */
  #dropOldest(entries: readonly Entry[]): void {
    const oldest = entries.find(({ allowed }) => allowed === undefined) ?? entries[0]
    if (oldest) this.drop(oldest.identity)
  }

  #forgetOld(): void {
    const now = this.#options.now()
    for (const [identity, { until }] of this.#calls) if (until <= now) this.drop(identity)
  }
}

function bytesOf({ identity, caller, state = '', shown }: Asked): number {
  const { who, tool, arguments: given, what = '', text: sent = '', warning = '' } = shown
  const texts = [identity, caller, state, who, tool, given, what, sent, warning]
  return texts.reduce((sum, text) => sum + textBytes(text), WAITING_BYTES)
}

/** What the one with the most has, where that is more than `own` would have with one more. */
function clearlyMost(entries: ReadonlyMap<string, Entry[]>, own: string): Entry[] | undefined {
  const most = [...entries.values()].reduce((one, other) => (other.length > one.length ? other : one), [])
  return most.length > (entries.get(own)?.length ?? 0) + 1 ? most : undefined
}

/**
 * The one place where bytes are counted that callers make the gateway hold: a budget for each user, and one for all. What
 * is over it is refused, waits, or makes room of what is only kept for a client that may reconnect. Estimates are meant
 * to be too high rather than too low; what runs besides, and garbage, stands in docs/limits.md.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'

/** What memory is held for. */
export const KINDS = ['bodies', 'calls', 'answers', 'events', 'sessions', 'connections', 'consent'] as const
export type Kind = (typeof KINDS)[number]

/** Up to so many bytes something is small: it may take the last of a budget, so that small calls pass large ones. */
export const SMALL_BYTES = 64 * 1024
/** What each call counts for besides its message, in bytes. */
export const CALL_BYTES = 4 * 1024
/**
 * What a connection takes, in bytes, with the little that lies in it and is not counted by itself. TLS keeps its buffers
 * for as long as there is one.
 */
export const CONNECTION_BYTES = {
  unix: 8 * 1024,
  http: 16 * 1024,
  https: 80 * 1024,
  ws: 8 * 1024,
  wss: 72 * 1024,
} as const
/** How long a message waits for memory that others have, in milliseconds, before it is refused. */
const ROOM_WITHIN_MS = 5000
/** A message whose length is not known is given room ahead of what has come, in this proportion. */
const GROWTH = 1.25
/** What large things may take of a budget. */
export const LARGE_SHARE = 3 / 4
/** So many bytes that were released are collected at once; garbage would count like what is held. */
export const GARBAGE_BYTES = 32 * 1024 * 1024
/** After how long a caller that finds a budget used up may try again, in milliseconds. */
const RETRY_MS = 1000
const MIB = 1024 * 1024

export interface MemoryOptions {
  perCallerBytes: number
  inAllBytes: number
  /** Called once much was released: a collection would free it. */
  onGarbage?: () => void
  /** Called with a connection that was ended since what its client left unread met a limit. */
  onGaveUp?: (user: string, reason: Error) => void
}

/** How much of a budget is used, and what by large things. */
class Budget {
  readonly limit: string
  readonly bytes: number
  used = 0
  large = 0
  /** How much of that may be dropped. */
  readonly kept = { used: 0, large: 0 }

  constructor(limit: string, bytes: number) {
    this.limit = limit
    this.bytes = bytes
  }

  fits(used: number, large: number): boolean {
    return this.used + used <= this.bytes && (large <= 0 || this.large + large <= this.bytes * LARGE_SHARE)
  }

  add(used: number, large: number, isKept: boolean): void {
    this.used += used
    this.large += large
    if (!isKept) return
    this.kept.used += used
    this.kept.large += large
  }

  /** Whether it fits once everything has gone that may. */
  couldFit(used: number, large: number): boolean {
    return this.fits(used - this.kept.used, large - this.kept.large)
  }

  /** Whether it fits where nothing else is held. */
  canEverFit(bytes: number): boolean {
    return bytes <= (bytes > SMALL_BYTES ? this.bytes * LARGE_SHARE : this.bytes)
  }
}

/** What one user makes the gateway hold. */
class Account {
  readonly budget: Budget
  /** What may be dropped, the oldest first. */
  readonly kept = new Set<KeptBytes>()

  constructor(bytes: number) {
    this.budget = new Budget('memory.perCallerMiB', bytes)
  }
}

/** Bytes that are kept until they are needed for something else. */
export interface Kept {
  readonly bytes: number
  /** Keeps nothing any longer; may be called again, and after it was dropped. */
  release(): void
}

interface Waiting {
  held: Held
  bytes: number
  go(): void
}

export class Memory {
  readonly #options: MemoryOptions
  readonly #all: Budget
  /** By user. They stay: users are few, and call again. */
  readonly #accounts = new Map<string, Account>()
  readonly #byKind: Record<Kind, number>
  /** Each in the order in which they came. */
  readonly #waiting = { small: new Set<Waiting>(), large: new Set<Waiting>() }
  #serving: NodeJS.Immediate | undefined
  #age = 0
  #garbage = 0

  constructor(options: MemoryOptions) {
    this.#options = options
    this.#all = new Budget('memory.inAllMiB', options.inAllBytes)
    this.#byKind = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>
  }

  /** What one user may have. */
  get perCallerBytes(): number {
    return this.#options.perCallerBytes
  }

  /** Bytes that are held, over all users. */
  get used(): number {
    return this.#all.used
  }

  /** The same by what they are held for. */
  get byKind(): Readonly<Record<Kind, number>> {
    return this.#byKind
  }

  /** Bytes that one user has held. */
  usedBy(user: string): number {
    return this.#accounts.get(user)?.budget.used ?? 0
  }

  /** Something that holds nothing yet. */
  hold(user: string, kind: Kind): Held {
    return new Held(this, user, kind)
  }

  /** Takes note that a client lost its connection since what it left unread met a limit. */
  gaveUp(user: string, reason: Error): void {
    this.#options.onGaveUp?.(user, reason)
  }

  /** Holds so many bytes for a user, until released. Throws RATE_LIMITED, with the name of the limit, where they don't fit. */
  take(user: string, kind: Kind, bytes: number): Held {
    const held = new Held(this, user, kind)
    held.resize(bytes)
    return held
  }

  /**
   * The same once there is room: in order, but that what is small does not wait for what is large. Throws RATE_LIMITED for
   * what can never fit, or the signal's reason.
   */
  async room(user: string, kind: Kind, bytes: number, signal?: AbortSignal): Promise<Held> {
    const held = new Held(this, user, kind)
    await held.roomFor(bytes, signal)
    return held
  }

  /** Takes note that so many bytes are garbage from now on, which never were counted. */
  letGo(bytes: number): void {
    this.#garbage += bytes
    if (this.#garbage < GARBAGE_BYTES) return
    this.#garbage = 0
    this.#options.onGarbage?.()
  }

  /**
   * Keeps so many bytes as long as they are not needed for anything else: then the oldest of that user go first, and `drop` is
   * called. Undefined where there is no room even so.
   */
  keep(user: string, bytes: number, drop: () => void): Kept | undefined {
    const kept = new KeptBytes(this, user, this.#age++, drop)
    if (!this.settle(kept, bytes)) return undefined
    this.#account(user).kept.add(kept)
    return kept
  }

  /** Changes what is held to `bytes`; false, and nothing changed, where they don't fit. For `Held` alone. */
  settle(held: Held, bytes: number): boolean {
    const before = held.bytes
    if (bytes > before && !this.#makeRoom(held, bytes)) return false
    this.#set(held, bytes)
    if (bytes < before) this.#serveSoon()
    return true
  }

  /** Resolves once `held` has grown to `bytes`. For `Held` alone. */
  wait(held: Held, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (!this.#account(held.user).budget.canEverFit(bytes) || !this.#all.canEverFit(bytes))
      return Promise.reject(this.refusal(held, bytes))
    const lane = bytes > SMALL_BYTES ? this.#waiting.large : this.#waiting.small
    return new Promise((resolve, reject) => {
      const leave = () => {
        lane.delete(waiting)
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        leave()
        reject(signal?.reason)
        // A message that waits behind it may fit.
        this.#serveSoon()
      }
      const go = () => {
        leave()
        resolve()
      }
      const waiting: Waiting = { held, bytes, go }
      signal?.addEventListener('abort', onAbort, { once: true })
      lane.add(waiting)
      this.#serve()
    })
  }

  /** Why `bytes` don't fit, and what to do. */
  refusal(held: Held, bytes: number): RpcError {
    const own = this.#account(held.user).budget
    for (const { limit, bytes: most } of [own, this.#all])
      if (bytes > most * LARGE_SHARE)
        return new RpcError(
          'RATE_LIMITED',
          `This takes ${mib(bytes)} MiB of memory, and the most for one message is ${mib(most * LARGE_SHARE)} MiB, three quarters of ${limit}; send or ask for less at a time.`,
          { data: { limit } },
        )
    const more = bytes - held.bytes
    const isOwn = this.#isOverOwn(held, bytes)
    const { limit, bytes: most, used } = isOwn ? own : this.#all
    return new RpcError(
      'RATE_LIMITED',
      isOwn
        ? `What your clients send, wait for and leave unread takes ${mib(used)} of the ${mib(most)} MiB that one user may have (${limit}), too much for ${mib(more)} more; read your answers, and try again when a call has ended.`
        : `The gateway holds ${mib(used)} of the ${mib(most)} MiB that all callers together may have (${limit}), too much for ${mib(more)} more; try again in a second.`,
      { data: { limit, retryAfterMs: RETRY_MS } },
    )
  }

  /** For `KeptBytes` alone. */
  forget(kept: KeptBytes): void {
    this.#account(kept.user).kept.delete(kept)
  }

  #account(user: string): Account {
    let account = this.#accounts.get(user)
    if (!account) {
      account = new Account(this.#options.perCallerBytes)
      this.#accounts.set(user, account)
    }
    return account
  }

  #set(held: Held, bytes: number): void {
    const more = bytes - held.bytes
    const large = largePart(held.kind, bytes) - largePart(held.kind, held.bytes)
    const isKept = held instanceof KeptBytes
    this.#account(held.user).budget.add(more, large, isKept)
    this.#all.add(more, large, isKept)
    this.#byKind[held.kind] += more
    held.bytes = bytes
    if (large < 0) this.letGo(-large)
  }

  /** Whether there is room for `held` to grow, once what was only kept has gone as far as needed. */
  #makeRoom(held: Held, bytes: number): boolean {
    const own = this.#account(held.user)
    const more = bytes - held.bytes
    const large = largePart(held.kind, bytes) - largePart(held.kind, held.bytes)
    if (own.budget.fits(more, large) && this.#all.fits(more, large)) return true
    if (!own.budget.couldFit(more, large) || !this.#all.couldFit(more, large)) return false
    while (!own.budget.fits(more, large)) this.#drop(oldest([own]))
    while (!this.#all.fits(more, large)) this.#drop(oldest(this.#accounts.values()))
    return true
  }

  #drop(kept: KeptBytes): void {
    this.forget(kept)
    this.#set(kept, 0)
    kept.drop()
  }

  /** With the next turn: what was released for something else of this turn is not another's by then. */
  #serveSoon(): void {
    if (this.#waiting.small.size === 0 && this.#waiting.large.size === 0) return
    this.#serving ??= setImmediate(() => {
      this.#serving = undefined
      this.#serve()
    })
  }

  /** Serves those that waited and now fit: none before an earlier one as large, unless that waits for its own user's budget. */
  #serve(): void {
    const { small, large } = this.#waiting
    for (const lane of [small, large]) {
      const blocked = new Set<string>()
      for (const { held, bytes, go } of lane) {
        if (blocked.has(held.user)) continue
        if (this.settle(held, bytes)) go()
        else if (this.#isOverOwn(held, bytes)) blocked.add(held.user)
        else break
      }
    }
  }

  #isOverOwn(held: Held, bytes: number): boolean {
    const { budget } = this.#account(held.user)
    return !budget.fits(bytes - held.bytes, largePart(held.kind, bytes) - largePart(held.kind, held.bytes))
  }
}

/** How many bytes V8 takes for a text. */
export const textBytes = (text: string): number =>
  Buffer.byteLength(text) === text.length ? text.length : 2 * text.length

/** Connections are small, each by itself: a small call may need a new one. */
const largePart = (kind: Kind, bytes: number): number =>
  bytes > SMALL_BYTES && kind !== 'connections' ? bytes : 0
const mib = (bytes: number): string => (Math.ceil((bytes / MIB) * 10) / 10).toString()

/** What has been kept for longest; there is something. */
function oldest(accounts: Iterable<Account>): KeptBytes {
  let found: KeptBytes | undefined
  for (const { kept } of accounts) {
    const [first] = kept
    if (first && (!found || first.age < found.age)) found = first
  }
  return found as KeptBytes
}

/** Bytes that are held for a user. */
export class Held {
  readonly user: string
  readonly kind: Kind
  bytes = 0
  protected readonly memory: Memory

  constructor(memory: Memory, user: string, kind: Kind) {
    this.memory = memory
    this.user = user
    this.kind = kind
  }

  /** Holds so many bytes from now on. Throws RATE_LIMITED, and goes on holding what it did, where they don't fit. */
  resize(bytes: number): void {
    if (!this.memory.settle(this, bytes)) throw this.memory.refusal(this, bytes)
  }

  /** Holds so many bytes from now on, and says so, where they fit. */
  fits(bytes: number): boolean {
    return this.memory.settle(this, bytes)
  }

  /** Resolves once it holds so many bytes, as `Memory.room` does. */
  roomFor(bytes: number, signal?: AbortSignal): Promise<void> {
    return this.memory.wait(this, bytes, signal)
  }

  /** Moves what it holds to another owner, with a lifetime of its own. */
  handOver(): Held {
    const other = new Held(this.memory, this.user, this.kind)
    other.bytes = this.bytes
    this.bytes = 0
    return other
  }

  /** Holds nothing any longer; may be called again. */
  release(): void {
    if (this.bytes > 0) this.memory.settle(this, 0)
  }
}

/** The room for a message that is coming in. It waits for others a little, and not anew with each of its parts. */
export class Growing {
  readonly #held: Held
  readonly #gone: AbortSignal
  #until: number | undefined

  /** `gone` ends the waiting. */
  constructor(held: Held, gone: AbortSignal) {
    this.#held = held
    this.#gone = gone
  }

  /** Resolves once there is room for so many bytes. Throws RATE_LIMITED where there is none in time, or the signal's reason. */
  async to(bytes: number): Promise<void> {
    if (bytes <= this.#held.bytes) return
    const wanted = Math.min(
      Math.ceil(bytes * (this.#held.bytes === 0 ? 1 : GROWTH)),
      Math.max(bytes, MAX_MESSAGE_BYTES),
    )
    if (this.#until === undefined && this.#held.fits(wanted)) return
    this.#until ??= performance.now() + ROOM_WITHIN_MS
    const left = AbortSignal.timeout(Math.max(0, Math.ceil(this.#until - performance.now())))
    try {
      await this.#held.roomFor(wanted, AbortSignal.any([this.#gone, left]))
    } catch (error) {
      if (this.#gone.aborted) throw error
      this.#held.resize(bytes)
    }
  }

  /** The message has come whole; the next one may wait again. */
  done(): void {
    this.#until = undefined
  }
}

class KeptBytes extends Held {
  readonly age: number
  /** Called when it is dropped, and no longer counted. */
  readonly drop: () => void

  constructor(memory: Memory, user: string, age: number, drop: () => void) {
    super(memory, user, 'events')
    this.age = age
    this.drop = drop
  }

  override release(): void {
    this.memory.forget(this)
    super.release()
  }
}

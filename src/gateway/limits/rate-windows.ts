/**
 * How many requests each user made within a sliding window. Tokens share their user's window, since who can make them
 * would get a fresh one with each; one with a tier of its own has its own besides. A window is cut into slices, so that
 * it takes the same memory whatever the limit; the slice that is leaving counts whole, so that no more than the limit
 * ever fit into a window. Time is monotonic: a clock that jumps neither locks anyone out nor lets anyone in.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Caller, Grant, Rate } from '../call/call.ts'

const SLICES = 60
/** The slice that has begun and the whole ones before it that reach into the window. */
const KEPT = SLICES + 1

/** What outlives the process: counts by their age, and when that was. */
export interface KeptWindow {
  key: string
  windowMs: number
  /** Milliseconds since the epoch. */
  at: number
  /** Age in milliseconds and count, of each slice that is not empty. */
  slices: [ageMs: number, count: number][]
}

export interface RateStore {
  load(): KeptWindow[]
  /** Replaces what is kept of these windows; resolves once that is written down. */
  save(windows: KeptWindow[]): Promise<void>
}

export interface RateClocks {
  /** Milliseconds that only ever grow. */
  monotonic(): number
  /** Milliseconds since the epoch. */
  wall(): number
}

const CLOCKS: RateClocks = { monotonic: () => performance.now(), wall: () => Date.now() }

interface Window {
  /** What it is kept under. */
  readonly key: string
  readonly tier: string
  rate: Rate
  counts: Uint32Array
  /** The number of the newest slice since the monotonic clock began. */
  newest: number
  total: number
  dirty: boolean
}

type Windows = Map<string, Map<string, Window>>

export class RateWindows {
  readonly #store: RateStore
  readonly #clocks: RateClocks
  /** By user or token, then by tier: asked at each call, for which no key is put together. */
  readonly #ofUsers: Windows = new Map()
  readonly #ofTokens: Windows = new Map()
  /** Kept counts of windows whose limit is not known until their caller comes. */
  readonly #kept: Map<string, KeptWindow>

  constructor(store: RateStore, clocks: RateClocks = CLOCKS) {
    this.#store = store
    this.#clocks = clocks
    this.#kept = new Map(store.load().map((window) => [window.key, window]))
  }

  /** Counts a request of a caller. Throws RATE_LIMITED, and counts nothing, where a window that it counts in is full. */
  take(caller: Caller, grant: Grant): void {
    const own = this.#ofToken(caller, grant)
    const users = this.#ofUser(caller, grant)
    if (own && leftIn(own) === 0) throw this.#full(own)
    if (users && leftIn(users) === 0) throw this.#full(users)
    if (own) count(own)
    if (users) count(users)
  }

  /** How many requests a caller has left; undefined for as many as it likes. */
  remaining(caller: Caller, grant: Grant): number | undefined {
    const own = this.#ofToken(caller, grant)
    const users = this.#ofUser(caller, grant)
    if (own && users) return Math.min(leftIn(own), leftIn(users))
    const one = own ?? users
    return one && leftIn(one)
  }

  /** Writes down what changed since the last time. Rejects as the store does; the next time writes it then. */
  async save(): Promise<void> {
    const now = this.#clocks.monotonic()
    const at = this.#clocks.wall()
    const windows = [...allOf(this.#ofUsers), ...allOf(this.#ofTokens)]
    for (const window of windows) this.#advance(window, now)
    const changed = windows.filter(({ dirty }) => dirty)
    const kept = changed.map((window) => ({
      key: window.key,
      windowMs: window.rate.windowMs,
      at,
      slices: slicesOf(window, now),
    }))
    for (const window of changed) window.dirty = false // what is counted from now on is for the next time
    try {
      if (kept.length > 0) await this.#store.save(kept)
    } catch (error) {
      for (const window of changed) window.dirty = true
      throw error
    }
    dropEmpty(this.#ofUsers)
    dropEmpty(this.#ofTokens)
  }

  /** The window of a token with a tier of its own; undefined for any other, and without a limit. */
  #ofToken({ id, tier: own }: Caller, { tier, rate }: Grant): Window | undefined {
    if (own === undefined || rate === undefined) return undefined
    return this.#current(this.#ofTokens, '', id, tier, rate)
  }

  #ofUser({ user }: Caller, { ofUser: { tier, rate } }: Grant): Window | undefined {
    return rate && this.#current(this.#ofUsers, 'user:', user, tier, rate)
  }

  /** A window as it is now; if there is none, made anew, with what was kept of it. */
  #current(windows: Windows, prefix: string, name: string, tier: string, rate: Rate): Window {
    const now = this.#clocks.monotonic()
    let window = windows.get(name)?.get(tier)
    if (window && window.rate.windowMs !== rate.windowMs) window = undefined // the tier was redefined
    if (!window) {
      window = {
        key: `${prefix}${name} ${tier}`,
        tier,
        rate,
        counts: new Uint32Array(KEPT),
        newest: sliceAt(now, rate),
        total: 0,
        dirty: false,
      }
      this.#restore(window, now)
      const byTier = windows.get(name) ?? new Map<string, Window>()
      windows.set(name, byTier.set(tier, window))
    }
    window.rate = rate
    this.#advance(window, now)
    return window
  }

  #restore(window: Window, now: number): void {
    const kept = this.#kept.get(window.key)
    this.#kept.delete(window.key)
    const { windowMs } = window.rate
    if (kept?.windowMs !== windowMs) return
    // A clock that was set back in between makes them no younger than they were.
    const elapsed = Math.max(0, this.#clocks.wall() - kept.at)
    for (const [ageMs, count] of kept.slices) {
      const slicesAgo = Math.floor((ageMs + elapsed) / (windowMs / SLICES))
      const slice = window.newest - slicesAgo
      if (slicesAgo >= KEPT) continue
      const slot = ((slice % KEPT) + KEPT) % KEPT
      window.counts[slot] = (window.counts[slot] ?? 0) + count
      window.total += count
    }
    this.#advance(window, now)
  }

  /** Forgets the slices that have left the window. */
  #advance(window: Window, now: number): void {
    const current = sliceAt(now, window.rate)
    const steps = Math.min(current - window.newest, KEPT)
    for (let i = 1; i <= steps; i++) {
      const slot = (((window.newest + i) % KEPT) + KEPT) % KEPT
      window.total -= window.counts[slot] ?? 0
      window.counts[slot] = 0
      window.dirty = true
    }
    window.newest = current
  }

  #full(window: Window): RpcError {
    const { tier, rate } = window
    const { requests, windowMs } = rate
    const retryAfterMs = Math.ceil(untilRoom(window, this.#clocks.monotonic()))
    return new RpcError(
      'RATE_LIMITED',
      `The tier ${tier} has ${requests} requests in ${windowMs / 60_000} minutes, and they are used up; try again in ${Math.ceil(retryAfterMs / 1000)} seconds.`,
      { data: { limit: `${tier}.rate_limit_requests`, retryAfterMs } },
    )
  }
}

const leftIn = ({ rate, total }: Window): number => Math.max(0, rate.requests - total)

function count(window: Window): void {
  const slot = window.newest % KEPT
  window.counts[slot] = (window.counts[slot] ?? 0) + 1
  window.total++
  window.dirty = true
}

const allOf = (windows: Windows): Window[] => [...windows.values()].flatMap((byTier) => [...byTier.values()])

function dropEmpty(windows: Windows): void {
  for (const [name, byTier] of windows) {
    for (const [tier, { total, dirty }] of byTier) if (total === 0 && !dirty) byTier.delete(tier)
    if (byTier.size === 0) windows.delete(name)
  }
}

const sliceAt = (now: number, { windowMs }: Rate): number => Math.floor(now / (windowMs / SLICES))

/** Milliseconds until the oldest slice that is not empty leaves the window. */
function untilRoom({ rate, counts, newest }: Window, now: number): number {
  const sliceMs = rate.windowMs / SLICES
  for (let ago = KEPT - 1; ago >= 0; ago--) {
    const slice = newest - ago
    if (counts[((slice % KEPT) + KEPT) % KEPT]) return (slice + KEPT) * sliceMs - now
  }
  return sliceMs
}

function slicesOf({ rate, counts, newest }: Window, now: number): [number, number][] {
  const sliceMs = rate.windowMs / SLICES
  const slices: [number, number][] = []
  for (let ago = 0; ago < KEPT; ago++) {
    const slice = newest - ago
    const count = counts[((slice % KEPT) + KEPT) % KEPT] ?? 0
    // The age of the youngest request that may be in it.
    if (count > 0) slices.push([Math.max(0, now - (slice + 1) * sliceMs), count])
  }
  return slices
}

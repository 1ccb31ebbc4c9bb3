/**
 * How many requests each caller made within its sliding window. A window is cut into slices, so that it takes the
 * same memory whatever the limit; the slice that is leaving counts whole, so that no more than the limit ever fit
 * into a window. Time is monotonic: a clock that jumps neither locks anyone out nor lets anyone in.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Grant } from '../call.ts'

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
  /** Replaces what is kept of these windows. */
  save(windows: KeptWindow[]): void
}

export interface RateClocks {
  /** Milliseconds that only ever grow. */
  monotonic(): number
  /** Milliseconds since the epoch. */
  wall(): number
}

const CLOCKS: RateClocks = { monotonic: () => performance.now(), wall: () => Date.now() }
type Rate = NonNullable<Grant['rate']>

interface Window {
  rate: Rate
  counts: Uint32Array
  /** The number of the newest slice since the monotonic clock began. */
  newest: number
  total: number
  dirty: boolean
}

export class RateWindows {
  readonly #store: RateStore
  readonly #clocks: RateClocks
  readonly #windows = new Map<string, Window>()
  /** Kept counts of windows whose limit is not known until their caller comes. */
  readonly #kept: Map<string, KeptWindow>

  constructor(store: RateStore, clocks: RateClocks = CLOCKS) {
    this.#store = store
    this.#clocks = clocks
    this.#kept = new Map(store.load().map((window) => [window.key, window]))
  }

  /** Counts a request of a caller. Throws RATE_LIMITED, and counts nothing, where the window is full. */
  take(principalId: string, { tier, rate }: Grant): void {
    if (rate === undefined) return
    const window = this.#window(keyOf(principalId, tier), rate)
    if (window.total >= rate.requests) throw this.#full(window, tier)
    const slot = window.newest % KEPT
    window.counts[slot] = (window.counts[slot] ?? 0) + 1
    window.total++
    window.dirty = true
  }

  /** How many requests a caller has left; undefined for as many as it likes. */
  remaining(principalId: string, { tier, rate }: Grant): number | undefined {
    if (rate === undefined) return undefined
    return Math.max(0, rate.requests - this.#window(keyOf(principalId, tier), rate).total)
  }

  /** Writes down what changed since the last time. Throws what the store throws; the next time writes it then. */
  save(): void {
    const now = this.#clocks.monotonic()
    const at = this.#clocks.wall()
    for (const window of this.#windows.values()) this.#advance(window, now)
    const changed = [...this.#windows].filter(([, window]) => window.dirty)
    if (changed.length > 0)
      this.#store.save(
        changed.map(([key, window]) => ({
          key,
          windowMs: window.rate.windowMs,
          at,
          slices: slicesOf(window, now),
        })),
      )
    for (const [key, window] of this.#windows) {
      window.dirty = false
      if (window.total === 0) this.#windows.delete(key)
    }
  }

  #window(key: string, rate: Rate): Window {
    const now = this.#clocks.monotonic()
    let window = this.#windows.get(key)
    if (window && window.rate.windowMs !== rate.windowMs) window = undefined // the tier was redefined
    if (!window) {
      window = { rate, counts: new Uint32Array(KEPT), newest: sliceAt(now, rate), total: 0, dirty: false }
      this.#restore(key, window, now)
      this.#windows.set(key, window)
    }
    window.rate = rate
    this.#advance(window, now)
    return window
  }

  #restore(key: string, window: Window, now: number): void {
    const kept = this.#kept.get(key)
    this.#kept.delete(key)
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

  #full(window: Window, tier: string): RpcError {
    const { requests, windowMs } = window.rate
    const retryAfterMs = Math.ceil(untilRoom(window, this.#clocks.monotonic()))
    return new RpcError(
      'RATE_LIMITED',
      `The tier ${tier} has ${requests} requests in ${windowMs / 60_000} minutes, and they are used up; try again in ${Math.ceil(retryAfterMs / 1000)} seconds.`,
      { data: { limit: `${tier}.rate_limit_requests`, retryAfterMs } },
    )
  }
}

const keyOf = (principalId: string, tier: string): string => `${principalId} ${tier}`

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

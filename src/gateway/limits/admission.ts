/**
 * Call → AdmittedCall: how many calls a user has, at once and in his window, and how long each may take. Callers count
 * for their user, whichever of his tokens they show: he can make as many as he likes.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import type { AdmittedCall, Call } from '../call.ts'
import type { RateWindows } from './rate-windows.ts'

export interface AdmissionOptions {
  atOnce: number
  atOncePerCaller: number
  /** How many subscriptions one user may have. */
  subscriptionsPerCaller: number
  timeoutMs: number
  rates: RateWindows
}

/** What is not counted: finding out what there is, waiting to be told, and the owner's administration. */
const isFree = (method: string): boolean =>
  method === METHOD.discover || method === METHOD.listen || method.startsWith('admin/')

export interface Permit {
  call: AdmittedCall
  /** Gives the place back; must be called once, whatever happened. */
  release(): void
}

export interface Admission {
  admit(call: Call): Permit
  /** Calls that are being worked on. */
  readonly inFlight: number
}

export function createAdmission({
  atOnce,
  atOncePerCaller,
  subscriptionsPerCaller,
  timeoutMs,
  rates,
}: AdmissionOptions): Admission {
  const byUser = new Map<string, number>()
  const subscriptions = new Map<string, number>()
  /** Of each user, the calls that left their places; without a bound, waiting calls would be without one. */
  const away = new Map<string, number>()
  let inFlight = 0
  let awayInAll = 0

  return {
    get inFlight() {
      return inFlight
    },
    admit(call) {
      const { user } = call.principal
      const own = byUser.get(user) ?? 0
      if (own >= atOncePerCaller)
        throw new RpcError(
          'RATE_LIMITED',
          `You have ${own} calls in flight, with all your tokens, the most for one user (calls.atOncePerCaller); try again when one has ended.`,
          { data: { limit: 'calls.atOncePerCaller', retryAfterMs: 1000 } },
        )
      if (inFlight >= atOnce)
        throw new RpcError(
          'RATE_LIMITED',
          `The gateway is at its limit of ${atOnce} calls at once (calls.atOnce); try again in a second.`,
          { data: { limit: 'calls.atOnce', retryAfterMs: 1000 } },
        )
      const isSubscription = call.method === METHOD.listen
      if (isSubscription && (subscriptions.get(user) ?? 0) >= subscriptionsPerCaller)
        throw new RpcError(
          'RATE_LIMITED',
          `You have ${subscriptionsPerCaller} subscriptions, with all your tokens, the most for one user (calls.subscriptionsPerCaller); end one first.`,
          { data: { limit: 'calls.subscriptionsPerCaller', retryAfterMs: 1000 } },
        )
      // The last check, since a request that is refused is not counted.
      if (!isFree(call.method)) rates.take(call.principal, call.grant)
      inFlight++
      increase(byUser, user)
      if (isSubscription) increase(subscriptions, user)

      let isAway = false
      const comeBack = () => {
        if (!isAway) return
        isAway = false
        awayInAll--
        decrease(away, user)
        inFlight++
        increase(byUser, user)
      }
      const leavePlace = () => {
        if (isAway || awayInAll >= atOnce || (away.get(user) ?? 0) >= atOncePerCaller) return () => {}
        isAway = true
        awayInAll++
        increase(away, user)
        inFlight--
        decrease(byUser, user)
        return comeBack
      }

      // A subscription lasts as long as its caller.
      const limitMs = isSubscription ? 0 : timeoutMs
      return {
        call: Object.assign(call, { timeoutMs: limitMs, leavePlace }) as AdmittedCall,
        release() {
          comeBack()
          inFlight--
          decrease(byUser, user)
          if (isSubscription) decrease(subscriptions, user)
        },
      }
    },
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function decrease(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1
  if (left === 0) counts.delete(key)
  else counts.set(key, left)
}

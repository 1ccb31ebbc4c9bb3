/** Call → AdmittedCall: how many calls a caller has, at once and in its window, and how long each may take. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import type { AdmittedCall, Call } from '../call.ts'
import type { RateWindows } from './rate-windows.ts'

export interface AdmissionOptions {
  atOnce: number
  atOncePerCaller: number
  /** How many subscriptions one caller may have. */
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
  const byCaller = new Map<string, number>()
  const subscriptions = new Map<string, number>()
  /** Of each caller, the calls that left their places; without a bound, waiting calls would be without one. */
  const away = new Map<string, number>()
  let inFlight = 0
  let awayInAll = 0

  return {
    get inFlight() {
      return inFlight
    },
    admit(call) {
      const caller = call.principal.id
      const own = byCaller.get(caller) ?? 0
      if (own >= atOncePerCaller)
        throw new RpcError(
          'RATE_LIMITED',
          `You have ${own} calls in flight, the most for one caller (calls.atOncePerCaller); try again when one has ended.`,
          { data: { limit: 'calls.atOncePerCaller', retryAfterMs: 1000 } },
        )
      if (inFlight >= atOnce)
        throw new RpcError(
          'RATE_LIMITED',
          `The gateway is at its limit of ${atOnce} calls at once (calls.atOnce); try again in a second.`,
          { data: { limit: 'calls.atOnce', retryAfterMs: 1000 } },
        )
      const isSubscription = call.method === METHOD.listen
      if (isSubscription && (subscriptions.get(caller) ?? 0) >= subscriptionsPerCaller)
        throw new RpcError(
          'RATE_LIMITED',
          `You have ${subscriptionsPerCaller} subscriptions, the most for one caller (calls.subscriptionsPerCaller); end one first.`,
          { data: { limit: 'calls.subscriptionsPerCaller', retryAfterMs: 1000 } },
        )
      // The last check, since a request that is refused is not counted.
      if (!isFree(call.method)) rates.take(caller, call.grant)
      inFlight++
      increase(byCaller, caller)
      if (isSubscription) increase(subscriptions, caller)

      let isAway = false
      const comeBack = () => {
        if (!isAway) return
        isAway = false
        awayInAll--
        decrease(away, caller)
        inFlight++
        increase(byCaller, caller)
      }
      const leavePlace = () => {
        if (isAway || awayInAll >= atOnce || (away.get(caller) ?? 0) >= atOncePerCaller) return () => {}
        isAway = true
        awayInAll++
        increase(away, caller)
        inFlight--
        decrease(byCaller, caller)
        return comeBack
      }

      // A subscription lasts as long as its caller.
      const limitMs = isSubscription ? 0 : timeoutMs
      return {
        call: Object.assign(call, { timeoutMs: limitMs, leavePlace }) as AdmittedCall,
        release() {
          comeBack()
          inFlight--
          decrease(byCaller, caller)
          if (isSubscription) decrease(subscriptions, caller)
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

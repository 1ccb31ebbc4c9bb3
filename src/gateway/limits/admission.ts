/** Call → AdmittedCall: a bound on calls at once, without which a stampede takes the memory of everyone. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import type { AdmittedCall, Call } from '../call.ts'

export interface AdmissionOptions {
  atOnce: number
  atOncePerCaller: number
  timeoutMs: number
}

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

export function createAdmission({ atOnce, atOncePerCaller, timeoutMs }: AdmissionOptions): Admission {
  const byCaller = new Map<string, number>()
  let inFlight = 0

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
      inFlight++
      byCaller.set(caller, own + 1)

      // A subscription lasts as long as its caller.
      const limitMs = call.method === METHOD.listen ? 0 : timeoutMs
      const deadline = limitMs === 0 ? undefined : withDeadline(call.signal, limitMs)
      return {
        call: Object.assign(call, {
          until: deadline?.signal ?? call.signal,
          timeoutMs: limitMs,
        }) as AdmittedCall,
        release() {
          deadline?.clear()
          inFlight--
          const left = (byCaller.get(caller) ?? 1) - 1
          if (left === 0) byCaller.delete(caller)
          else byCaller.set(caller, left)
        },
      }
    },
  }
}

function withDeadline(signal: AbortSignal, ms: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(
    () =>
      controller.abort(
        new RpcError(
          'INTERNAL',
          `The call took longer than ${ms / 1000} seconds and was stopped. Whether it took effect is not known.`,
        ),
      ),
    ms,
  )
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    },
  }
}

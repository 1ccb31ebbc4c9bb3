/** One audit line and one measurement for each call: who, what, how long, how it ended; never what it contained. */
import type { BatchedLog } from '../../host/batched-log.ts'
import type { Logger } from '../../host/log.ts'
import type { RepeatedLooks } from '../../host/repeated-looks.ts'
import { shapeOf } from '../../host/shape-of.ts'
import { ERRORS } from '../../protocol/errors.ts'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import { advertisedName } from '../../protocol/names.ts'
import type { CallTrace, Credential, Inbound, Outcome, ResolvedCall } from '../call/call.ts'
import type { Metrics } from './metrics.ts'

/** How many lines a minute are written of authentication failures. */
const ACCESS_LINES = 60
const MINUTE_MS = 60_000

/**
 * The access log: one line for each authentication failure; the credential itself is never written. Who is not let in must not
 * fill the log: of more than a bound in a minute the number alone is written, when one comes in a later minute.
 */
export function createAccessLog(log: Logger, now: () => number = Date.now) {
  let since = Number.NEGATIVE_INFINITY
  let count = 0
  return (credential: Credential, error: RpcError): void => {
    if (now() - since >= MINUTE_MS || now() < since) {
      if (count > ACCESS_LINES) log.warn({ notWritten: count - ACCESS_LINES }, 'more callers were refused')
      since = now()
      count = 0
    }
    if (++count > ACCESS_LINES) return
    log.warn(
      {
        credential: credential.kind,
        ...(credential.kind === 'peer' ? { uid: credential.uid } : {}),
        code: error.code,
      },
      error.message,
    )
  }
}

/** `audit` gets one line a call, but for the owner's looks at the gateway that are repeated; `log` what went wrong inside. */
export function createObserver(audit: BatchedLog, log: Logger, metrics: Metrics, looks: RepeatedLooks) {
  return (
    call: Inbound,
    resolved: ResolvedCall | undefined,
    trace: CallTrace,
    ms: number,
    outcome: Outcome,
  ): void => {
    const target = resolved?.target
    const tool = target && advertisedName(target.descriptor.service_name, target.name)
    const { arguments: args } = (resolved ?? call).params
    const status = outcome.kind
    if (tool) metrics.call(tool, status, ms / 1000)
    if (trace.llm) metrics.llmTokens(trace.llm)
    const error = outcome.kind === 'error' ? outcome.error : undefined
    const isLook = error === undefined && call.method.startsWith('admin/')
    if (isLook && looks.has(call.principal.name, call.method)) return
    audit.info(
      {
        who: call.principal.name,
        user: call.principal.user,
        id: trace.id,
        parent: call.within?.parent,
        via: call.transport,
        method: call.method.slice(0, 100),
        tool,
        ms: Math.round(ms * 10) / 10,
        outcome: status,
        cold: trace.cold,
        llm: trace.llm,
        code: error?.code,
        args: args === undefined ? undefined : shapeOf(args),
      },
      'call',
    )
    // Errors of the caller go to the caller; the line above has the code.
    if (error?.cause !== undefined && error.code === ERRORS.INTERNAL.code)
      log.error({ err: error.cause, tool, method: call.method.slice(0, 100) }, error.message)
  }
}

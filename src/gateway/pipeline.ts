/**
 * The way of a call, top to bottom: auth → limits → consent → routing → server, and back. This file alone sees every
 * stage; it releases what a call holds and writes down what became of it, whatever happened.
 */
import { type RpcError, toRpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { isRecord, present } from '../protocol/values.ts'
import type { AnswerRoom } from './answer-room.ts'
import type { Auth } from './auth/auth.ts'
import type { CallTrace, Credential, Gate, Inbound } from './call.ts'
import type { Consent } from './consent/consent.ts'
import type { Admission, Permit } from './limits/admission.ts'
import type { Memory } from './memory.ts'
import type { Router } from './routing/router.ts'

export interface Stages {
  memory: Memory
  stalledMs: number
  answers: AnswerRoom
  auth: Auth
  limits: Admission
  consent: Consent
  routing: Router
  /** Told of everyone who was not let in. */
  turnedAway(credential: Credential, error: RpcError): void
  /** Told of every call once, when it has ended. */
  observe(call: Inbound, trace: CallTrace, ms: number, outcome: Outcome): void
}

/** How a call ended; `failed` is a tool's own error, told within a result. */
export type Outcome =
  | { kind: 'ok' | 'failed' | 'input_required' | 'cancelled' }
  | { kind: 'error'; error: RpcError }

export function createPipeline({
  memory,
  stalledMs,
  answers,
  auth,
  limits,
  consent,
  routing,
  turnedAway,
  observe,
}: Stages): Gate {
  return {
    memory,
    stalledMs,
    identify(credential) {
      try {
        return auth.identify(credential)
      } catch (thrown) {
        const error = toRpcError(thrown)
        turnedAway(credential, error)
        throw error
      }
    },
    mirroredHeaders: (server, tool) => routing.mirroredHeaders(server, tool),
    onDecided: (ticket, listener) => consent.onDecided(ticket, listener),
    sessionEnded: (session) => routing.sessionEnded(session),
    hasServer: (server) => routing.hasServer(server),

    async run(inbound) {
      const started = performance.now()
      const trace: CallTrace = {}
      let outcome: Outcome = { kind: 'ok' }
      let permit: Permit | undefined
      try {
        // Of the gateway's own methods some take null as a value: no choice of tools any longer.
        if (!inbound.method.startsWith(ADMIN)) inbound.params = withoutNulls(inbound.params)
        routing.unwrap(inbound)
        inbound.target = routing.targetOf(inbound)
        const call = auth.authorise(inbound)
        permit = limits.admit(call)
        const verdict = consent.obtain(permit.call)
        // A server that starts, and a model that is waited for, have it looked again (`Call.checkAgain`).
        permit.call.checkAgain()
        const result =
          'answer' in verdict
            ? verdict.answer
            : consent.finish(verdict.call, await routing.route(verdict.call, trace))
        outcome = { kind: kindOf(result) }
        return result
      } catch (thrown) {
        const error = toRpcError(thrown)
        outcome = inbound.signal.aborted ? { kind: 'cancelled' } : { kind: 'error', error }
        throw error
      } finally {
        permit?.release()
        answers.ended(inbound)
        observe(inbound, trace, performance.now() - started, outcome)
      }
    },
  }
}

const ADMIN = 'admin/'

/** Null means absent, for whatever a method may be given and for what is said about it. The same object where none is. */
function withoutNulls(params: Inbound['params']): Inbound['params'] {
  const given = present(params)
  const { _meta: meta } = given
  const said = isRecord(meta) ? present(meta) : meta
  return said === meta ? given : { ...given, _meta: said }
}

function kindOf(result: Result): 'ok' | 'failed' | 'input_required' {
  if (result.resultType === 'input_required') return 'input_required'
  return result.isError === true ? 'failed' : 'ok'
}

/**
 * The way of a call, top to bottom: resolving → auth → limits → consent → routing → server, and back. This file alone sees every
 * stage; it releases what a call holds and writes down what became of it, whatever happened.
 */
import { type RpcError, toRpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import type { Auth } from './auth/auth.ts'
import type { AnswerRoom } from './call/answer-room.ts'
import type { CallTrace, Credential, Gate, Inbound, Outcome, ResolvedCall } from './call/call.ts'
import type { Memory } from './call/memory.ts'
import type { Callbacks } from './callbacks/callbacks.ts'
import type { Consent } from './consent/consent.ts'
import type { Admission, Permit } from './limits/admission.ts'
import type { Router } from './routing/router.ts'

export interface Stages {
  memory: Memory
  stalledMs: number
  answers: AnswerRoom
  auth: Auth
  limits: Admission
  consent: Consent
  callbacks: Callbacks
  routing: Router
  /** Called with every authentication failure. */
  authenticationFailed(credential: Credential, error: RpcError): void
  /** Called once with every call that has ended, and its target where that is known. */
  observe(
    inbound: Inbound,
    resolved: ResolvedCall | undefined,
    trace: CallTrace,
    ms: number,
    outcome: Outcome,
  ): void
}

export function createPipeline({
  memory,
  stalledMs,
  answers,
  auth,
  limits,
  consent,
  callbacks,
  routing,
  authenticationFailed,
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
        authenticationFailed(credential, error)
        throw error
      }
    },
    mirroredHeaders: (server, tool) => routing.mirroredHeaders(server, tool),
    onDecided: (ticket, listener) =>
      callbacks.onDecided(ticket, listener) ?? consent.onDecided(ticket, listener),
    leave: (held) => callbacks.leave(held),
    sessionEnded: (session) => routing.sessionEnded(session),
    hasServer: (server) => routing.hasServer(server),

    async run(inbound) {
      const started = performance.now()
      const trace: CallTrace = {}
      let outcome: Outcome = { kind: 'ok' }
      let resolved: ResolvedCall | undefined
      let permit: Permit | undefined
      try {
        resolved = routing.resolve(inbound)
        permit = limits.admit(auth.authorise(resolved))
        const verdict = consent.obtain(permit.call)
        // A server that starts, and a model that is waited for, have it looked again (`AuthorisedCall.checkAgain`).
        permit.call.checkAgain()
        const result =
          'answer' in verdict
            ? verdict.answer
            : consent.finish(verdict.call, await callbacks.follow(verdict.call, trace, routing.route))
        outcome = { kind: kindOf(result) }
        return result
      } catch (thrown) {
        const error = toRpcError(thrown)
        outcome = (inbound.cancellation ?? inbound.signal).aborted
          ? { kind: 'cancelled' }
          : { kind: 'error', error }
        throw error
      } finally {
        if (permit) {
          permit.release()
          answers.ended(permit.call)
        }
        observe(inbound, resolved, trace, performance.now() - started, outcome)
      }
    },
  }
}

function kindOf(result: Result): 'ok' | 'failed' | 'input_required' {
  if (result.resultType === 'input_required') return 'input_required'
  return result.isError === true ? 'failed' : 'ok'
}

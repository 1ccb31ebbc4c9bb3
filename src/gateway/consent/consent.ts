/**
 * AdmittedCall → ConsentedCall: before something can be destroyed a person says yes. The client asks where it can
 * (elicitation); else the call waits for `luca approve`. No answer is a no.
 */
import { missingCapability } from '../../protocol/client-capabilities.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type InputRequiredResult, METHOD, type Result } from '../../protocol/mcp.ts'
import type { AdmittedCall, ConsentedCall, Subject } from '../call.ts'
import { question, readAnswer, shownArguments, toolOf } from './question.ts'
import { ApprovalQueue, type Waiting } from './queue.ts'
import { TicketOffice } from './ticket.ts'

/** How long a "for an hour" holds, in milliseconds. */
const ALLOWED_FOR_MS = 60 * 60_000
/** How long a caller counts as one that has read what others wrote, in milliseconds. */
const TAINTED_FOR_MS = 10 * 60_000

export interface ConsentOptions {
  /** Whether destructive tools are asked about at all. */
  ask: boolean
  /** Names of tools that are never asked about, such as `fs_write_file`. */
  trustedTools: readonly string[]
  waitMs: number
  waitingAtOnce: number
  onWaiting(waiting: Waiting): void
  now?: () => number
}

/** A call to go on with, or the answer to give instead. */
export type Verdict = { call: ConsentedCall } | { answer: Result }

export interface Consent {
  /** Resolves once it is known whether the call may be made. Throws RpcError. */
  obtain(call: AdmittedCall): Promise<Verdict> | Verdict
  /** Takes note of a call's result, and gives it on: a server's own question must carry the consent along. */
  finish(call: ConsentedCall, result: Result): Result
  waiting(): Waiting[]
  /** Of one user's calls alone if told. Throws INVALID_PARAMS for a call that is not waiting. */
  decide(id: string, allow: boolean, user?: string): Waiting
}

export function createConsent(options: ConsentOptions): Consent {
  const now = options.now ?? Date.now
  const tickets = new TicketOffice(now)
  const queue = new ApprovalQueue({
    waitMs: options.waitMs,
    atOnce: options.waitingAtOnce,
    onWaiting: options.onWaiting,
  })
  const trusted = new Set(options.trustedTools)
  /** Until when a caller may use a tool without being asked. */
  const allowed = new Map<string, number>()
  /** Which tool showed a caller what others wrote, and until when that counts. */
  const tainted = new Map<string, { tool: string; until: number }>()
  /** Calls that a question of their server is to find agreed to. */
  const agreed = new WeakSet<ConsentedCall>()

  return {
    obtain(call) {
      const { subject } = call
      if (!subject?.destructive || !options.ask) return { call: call as ConsentedCall }
      if (TicketOffice.isTicket(call.params.requestState)) return redeem(call, subject)
      if (trusted.has(toolOf(subject)) || isAllowed(call, subject)) return go(call)
      const request = question(call, subject, warningFor(call))
      const canAsk = Object.values(request).every(
        (input) => !missingCapability(input, call.client.capabilities),
      )
      if (!canAsk) return waitInQueue(call, subject)
      const requestState = tickets.issue(call, { agreed: false })
      return { answer: { resultType: 'input_required', inputRequests: request, requestState } }
    },
    finish(call, result) {
      const { subject, principal } = call
      if (subject?.untrusted !== undefined && result.resultType === 'complete')
        tainted.set(principal.id, { tool: toolOf(subject), until: now() + TAINTED_FOR_MS })
      if (result.resultType !== 'input_required' || !agreed.has(call)) return result
      const { requestState: inner } = result as InputRequiredResult
      const requestState = tickets.issue(call, { agreed: true, ...(inner === undefined ? {} : { inner }) })
      return { ...result, requestState }
    },
    waiting: () => queue.list(),
    decide: (id, allow, user) => queue.decide(id, allow, user),
  }

  function redeem(call: AdmittedCall, subject: Subject): Verdict {
    const ticket = tickets.redeem(call, call.params.requestState as string)
    const { inputResponses, requestState: _, ...params } = call.params
    if (ticket.agreed) {
      call.params = { ...params, inputResponses, ...(ticket.inner ? { requestState: ticket.inner } : {}) }
      return go(call)
    }
    const answer = readAnswer(inputResponses)
    if (answer === 'no') return refuse(call, 'The person at the client did not allow this call.')
    if (answer === 'for_a_while') allowed.set(keyOf(call, subject), now() + ALLOWED_FOR_MS)
    call.params = params
    return go(call)
  }

  async function waitInQueue(call: AdmittedCall, subject: Subject): Promise<Verdict> {
    const warning = warningFor(call)
    const decision = await queue.wait(
      {
        who: call.client.info?.name ?? call.principal.name,
        user: call.principal.user,
        tool: toolOf(subject),
        arguments: shownArguments(call),
        ...(warning === undefined ? {} : { warning }),
      },
      call.signal,
    )
    if (decision === 'allowed') return go(call)
    const sentence =
      decision === 'denied'
        ? 'The owner did not allow this call ("luca approve").'
        : `Nobody allowed this call within ${options.waitMs / 1000} seconds, so it was not made; the owner can with "luca approve" while it waits.`
    return refuse(call, sentence)
  }

  function go(call: AdmittedCall): Verdict {
    agreed.add(call as ConsentedCall)
    return { call: call as ConsentedCall }
  }

  function isAllowed(call: AdmittedCall, subject: Subject): boolean {
    const key = keyOf(call, subject)
    const until = allowed.get(key)
    if (until === undefined) return false
    if (until > now()) return true
    allowed.delete(key)
    return false
  }

  function warningFor({ principal }: AdmittedCall): string | undefined {
    const taint = tainted.get(principal.id)
    if (taint === undefined) return undefined
    if (taint.until > now())
      return `Before this it read what others wrote (${taint.tool}), which may be trying to make it do this.`
    tainted.delete(principal.id)
    return undefined
  }
}

const keyOf = ({ principal }: AdmittedCall, subject: Subject) => `${principal.id} ${toolOf(subject)}`

/** A model reads why, as a tool's result, and can go on without it; anyone else gets an error. */
function refuse({ method }: AdmittedCall, sentence: string): Verdict {
  if (method !== METHOD.callTool) throw new RpcError('FORBIDDEN', sentence)
  const text = `${sentence} Don't repeat it unless you are asked to.`
  return { answer: { resultType: 'complete', content: [{ type: 'text', text }], isError: true } }
}

/**
 * AdmittedCall → ConsentedCall: before something is destroyed a person says yes. The client asks where it can
 * (elicitation); else the call is not made, and can be repeated after `luca approve`. No answer is a no.
 */

import { type Clocks, ForwardClock } from '../../host/forward-clock.ts'
import { missingCapability } from '../../protocol/client-capabilities.ts'
import { ERRORS } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import {
  CONSENT_REQUIRED,
  type ConsentRequiredResult,
  type InputRequiredResult,
  META,
  METHOD,
  type Result,
} from '../../protocol/mcp.ts'
import type { AdmittedCall, ConsentedCall, Target } from '../call/call.ts'
import { askerOf, identityOf } from '../call/identity.ts'
import type { Memory } from '../call/memory.ts'
import { readBefore } from '../call/within.ts'
import { argumentLines } from './arguments.ts'
import {
  isEffectSeen,
  question,
  readAnswer,
  shownEffect,
  textLines,
  toolOf,
  unaskedText,
  wayOf,
  whoCalls,
} from './question.ts'
import { ApprovalQueue, type Waiting } from './queue.ts'
import { type Ticket, TicketOffice } from './ticket.ts'

/** How long a "for an hour" holds, in milliseconds. */
const ALLOWED_FOR_MS = 60 * 60_000
/** How many of those there may be: a client can call itself something else each time. */
const MAX_ALLOWED = 1000
/** How long a caller counts as one that has read what others wrote, in milliseconds. */
const TAINTED_FOR_MS = 10 * 60_000
/** How many tools are named that showed it. */
const MAX_NAMED = 6

export interface ConsentOptions {
  /** Where what waits is counted. */
  memory: Memory
  /** Whether destructive tools are asked about at all. */
  ask: boolean
  /** Names of tools that are never asked about, such as `fs_write_file`. */
  trustedTools: readonly string[]
  /** How long a call of a client that can't ask can be allowed, and then be repeated, in milliseconds. */
  waitMs: number
  waitingAtOnce: number
  onWaiting(waiting: Waiting): void
  clocks?: Clocks
}

/** A call to go on with, or the answer to give instead. */
export type Verdict = { call: ConsentedCall } | { answer: Result }

export interface Consent {
  /** Whether the call may be made, or at least tried. Throws RpcError. */
  obtain(call: AdmittedCall): Verdict
  /**
   * Takes note of a call's result, and gives it on: a server's own question must carry the consent along, and where a server
   * asks for consent, the answer is the question. Throws RpcError.
   */
  finish(call: ConsentedCall, result: Result): Result
  waiting(): Waiting[]
  /** Of one user's calls alone if told. Throws INVALID_PARAMS for a call that is not waiting. */
  decide(id: string, allow: boolean, user?: string): Waiting
  /** Calls a listener when `luca approve` decides about a call that waits; gives what ends that. */
  onDecided(id: string, listener: () => void): () => void
  /** Drops what a caller was allowed, and what waits for that. */
  endOf(principalId: string): void
}

interface Taint {
  tool: string
  until: number
  /** Which call a server read it within, for itself; its caller knows nothing of it before that has ended. */
  by?: string | undefined
}

/** What a call would destroy, where its server said so. */
type Effect = Pick<Ticket, 'what' | 'state' | 'inner' | 'eachTime'>

export function createConsent(options: ConsentOptions): Consent {
  const clock = new ForwardClock(0, options.clocks)
  const now = () => clock.now()
  const tickets = new TicketOffice(options.memory, now)
  const queue = new ApprovalQueue({
    memory: options.memory,
    waitMs: options.waitMs,
    atOnce: options.waitingAtOnce,
    onWaiting: options.onWaiting,
    now,
  })
  const trusted = new Set(options.trustedTools)
  /** Until when a client may use a tool without being asked. */
  const allowed = new Map<string, number>()
  /** Which tool showed a caller what others wrote, and until when that counts. */
  const tainted = new Map<string, Taint>()
  /** Calls that a question of their server is to find agreed to. */
  const agreed = new WeakSet<ConsentedCall>()

  return {
    obtain(call) {
      const { target } = call.resolved
      if (!target || !(target.destructive || isGuarded(call, target))) return { call: call as ConsentedCall }
      if (!options.ask) return go(call, target)
      if (TicketOffice.isTicket(call.params.requestState)) return redeem(call, target)
      if (!isGuarded(call, target) && (isTrusted(call, target) || isAllowed(call, target)))
        return go(call, target)
      const approved = queue.isEmpty ? undefined : queue.take(identityOf(call))
      if (approved) return go(call, target, approved.state)
      if (target.asksItself) return { call: leftToServer(call, target) }
      return { answer: ask(call, target, {}) }
    },
    finish(call, result) {
      const { target } = call.resolved
      const { principal } = call
      if (target?.untrusted !== undefined && result.resultType === 'complete') {
        const before = tainted.get(principal.id)
        // What a server reads for itself, such as a file to attach, says less than what its caller has read.
        const isNamed = call.within !== undefined && before !== undefined && before.until > now()
        const by = call.within && !isNamed ? identityOf(call.within.outermost) : undefined
        const taint = isNamed ? before : { tool: toolOf(target), by }
        tainted.set(principal.id, { ...taint, until: now() + TAINTED_FOR_MS })
      }
      if (target?.asksItself && result.resultType === CONSENT_REQUIRED) {
        const { what, state, text, eachTime, requestState: inner } = result as ConsentRequiredResult
        // Of what goes out a person must see all, such as each who gets it.
        if (eachTime && !isEffectSeen(what)) return refusal(call, TOO_LONG)
        const effect = { what, state, ...(eachTime && { eachTime }), ...(inner !== undefined && { inner }) }
        return ask(call, target, effect, text)
      }
      if (result.resultType !== 'input_required' || !agreed.has(call)) return result
      const { requestState: inner } = result as InputRequiredResult
      const requestState = tickets.issue(call, {
        agreed: true,
        ...(typeof call.agreed === 'string' ? { state: call.agreed } : {}),
        ...(inner === undefined ? {} : { inner }),
      })
      return { ...result, requestState }
    },
    waiting: () => queue.list(),
    decide: (id, allow, user) => queue.decide(id, allow, user),
    onDecided: (id, listener) => queue.onDecided(id, listener),
    endOf(principalId) {
      queue.dropOf(principalId)
      tainted.delete(principalId)
      for (const key of allowed.keys()) if (key.startsWith(`${principalId} `)) allowed.delete(key)
    },
  }

  /** The question, or what to do without a person to ask. Meanwhile `luca approve` can decide as well: the first counts. */
  function ask(call: AdmittedCall, target: Target, asked: Effect, text?: string): Result {
    const effect = isGuarded(call, target) ? { ...asked, eachTime: true as const } : asked
    const inputRequests = question(call, target, { ...effect, text, warning: warningFor(call) })
    const canAsk = Object.values(inputRequests).every(
      (input) => !missingCapability(input, call.client.capabilities),
    )
    if (!canAsk) return unasked(call, target, effect, text)
    const waiting = waitIfThereIsRoom(call, target, effect, text)
    if (waiting?.denied) return refusal(call, NOT_ALLOWED)
    return {
      resultType: 'input_required',
      inputRequests,
      requestState: tickets.issue(call, { agreed: false, ...effect }),
      ...(waiting ? { _meta: { [META.ticket]: waiting.id } } : {}),
    }
  }

  /** Who can ask does so too where the queue is full. */
  function waitIfThereIsRoom(call: AdmittedCall, target: Target, effect: Effect, text?: string) {
    try {
      return wait(call, target, effect, text)
    } catch (error) {
      if (error instanceof RpcError && error.code === ERRORS.RATE_LIMITED.code) return undefined
      throw error
    }
  }

  function wait(call: AdmittedCall, target: Target, { what, state }: Effect, text?: string) {
    const warning = warningFor(call)
    return queue.enter({
      identity: identityOf(call),
      caller: call.principal.id,
      state,
      shown: {
        who: whoCalls(call),
        user: call.principal.user,
        tool: wayOf(call, target),
        arguments: argumentLines(call, target).join(', '),
        ...(what === undefined ? {} : { what: shownEffect(what) }),
        ...(text === undefined ? {} : { text: textLines(text).join('\n') }),
        ...(warning === undefined ? {} : { warning }),
      },
    })
  }

  function redeem(call: AdmittedCall, target: Target): Verdict {
    const ticket = tickets.redeem(call, call.params.requestState as string)
    const { inputResponses, requestState: _, ...params } = call.params
    call.params = ticket.inner === undefined ? params : { ...params, requestState: ticket.inner }
    if (ticket.agreed) {
      call.params.inputResponses = inputResponses
      return go(call, target, ticket.state)
    }
    const identity = identityOf(call)
    const answer = readAnswer(inputResponses)
    // Until the call is made, a no counts wherever it was said.
    if (answer === 'no') queue.drop(identity)
    else if (queue.isDenied(identity)) return { answer: refusal(call, NOT_ALLOWED) }
    switch (answer) {
      case 'once':
        queue.drop(identity)
        return go(call, target, ticket.state)
      case 'for_a_while':
        if (ticket.eachTime) return { answer: refusal(call, 'Each of these calls is asked about by itself.') }
        queue.drop(identity)
        allowed.set(keyOf(call, target), now() + ALLOWED_FOR_MS)
        // Who had the oldest is asked again.
        if (allowed.size > MAX_ALLOWED) allowed.delete(allowed.keys().next().value as string)
        return go(call, target)
      case 'none': {
        const approved = queue.take(identity)
        return approved ? go(call, target, approved.state) : { answer: unasked(call, target, ticket) }
      }
      case 'no':
        return { answer: refusal(call, 'The person at the client did not allow this call.') }
    }
  }

  /** Tells who can't ask how to go on, and lets the owner decide meanwhile. */
  function unasked(call: AdmittedCall, target: Target, effect: Effect, text?: string): Result {
    const { id, denied } = wait(call, target, effect, text)
    if (denied) return refusal(call, NOT_ALLOWED)
    return notMade(call, unaskedText(call, target, { what: effect.what, id, waitMs: options.waitMs }), id)
  }

  /** Lets a call through; to a server that asks itself with what was agreed to, which is anything where that is not told. */
  function go(call: AdmittedCall, target: Target, state?: string): Verdict {
    const consented = call as ConsentedCall
    if (target.asksItself) consented.agreed = state ?? true
    agreed.add(consented)
    return { call: consented }
  }

  function isTrusted({ principal }: AdmittedCall, target: Target): boolean {
    return trusted.has(toolOf(target)) || principal.trusts?.(target.capability) === true
  }

  function isAllowed(call: AdmittedCall, target: Target): boolean {
    if (allowed.size === 0) return false
    const key = keyOf(call, target)
    const until = allowed.get(key)
    if (until === undefined) return false
    if (until > now()) return true
    allowed.delete(key)
    return false
  }

  function warningFor(call: AdmittedCall): string | undefined {
    const read = readBefore(call)
    if (read.length > 0) return warning(read)
    const { id } = call.principal
    const taint = tainted.get(id)
    if (taint === undefined) return undefined
    if (taint.by !== undefined && taint.by === identityOf(call)) return undefined
    if (taint.until > now()) return warning([taint.tool])
    tainted.delete(id)
    return undefined
  }
}

/**
 * Whether a language model asks for it that has read what others wrote, and it can do harm: it is asked about each time, whatever
 * else is allowed. A server that asks itself knows which of its calls destroy something.
 */
/** Its server knows what it would do, and asks about that. */
function leftToServer(call: AdmittedCall, target: Target): ConsentedCall {
  const left = call as ConsentedCall
  if (isGuarded(call, target)) left.guarded = true
  return left
}

const isGuarded = (call: AdmittedCall, { destructive, reachesOut }: Target): boolean =>
  (destructive || reachesOut) && readBefore(call).length > 0

function warning(tools: readonly string[]): string {
  const more = tools.length - MAX_NAMED
  const named = tools.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
  return `Before this it read text of others (${named}), which may be trying to make it do this.`
}

const TOO_LONG =
  'What this call would do is too long for a person to see all of it, so nobody is asked. Do less in one call, such as for fewer people.'
const NOT_ALLOWED = 'The owner did not allow this call ("luca approve").'

const keyOf = (call: AdmittedCall, target: Target) =>
  `${call.principal.id} ${askerOf(call)} ${toolOf(target)}`

const refusal = (call: AdmittedCall, sentence: string): Result =>
  notMade(call, `${sentence} Don't repeat it unless you are asked to.`)

/** A model reads why, as a tool's result, and can go on without it; anyone else gets an error. */
function notMade({ method }: AdmittedCall, text: string, ticket?: string): Result {
  if (method !== METHOD.callTool)
    throw new RpcError('FORBIDDEN', text, ticket === undefined ? {} : { data: { ticket } })
  return {
    resultType: 'complete',
    content: [{ type: 'text', text }],
    isError: true,
    ...(ticket === undefined ? {} : { _meta: { [META.ticket]: ticket } }),
  }
}

/**
 * AuthorisedCall → AdmittedCall: how many calls a user has, at once and in their window, and how long each may take. Callers
 * count for their user, whichever token they show: a user can make as many as they like.
 */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import type { AdmittedCall, AuthorisedCall, Slot } from '../call/call.ts'
import type { RateWindows } from './rate-windows.ts'

export interface AdmissionOptions {
  atOnce: number
  atOncePerCaller: number
  /** How many subscriptions one user may have. */
  subscriptionsPerCaller: number
  timeoutMs: number
  rates: RateWindows
}

const FREE: ReadonlySet<string> = new Set([METHOD.discover, METHOD.listen, METHOD.woken, METHOD.heard])

/**
 * What is not counted: discovery, subscriptions, what the gateway calls by itself, and the owner's
 * administration.
 */
const isFree = (method: string): boolean => FREE.has(method) || method.startsWith('admin/')

/** What is going on of one user, or of all. */
interface Share {
  calls: number
  subscriptions: number
  /** Calls that gave their slots to others; without a bound, waiting calls would be without one. */
  suspended: number
}

const emptyShare = (): Share => ({ calls: 0, subscriptions: 0, suspended: 0 })

export class Admission {
  readonly #options: AdmissionOptions
  readonly #all = emptyShare()
  /** By user. They stay: users are few, and call again. */
  readonly #shares = new Map<string, Share>()

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Running calls. */
  get inFlight(): number {
    return this.#all.calls
  }

  /** Throws RATE_LIMITED, and counts nothing, where a limit is met. */
  admit(call: AuthorisedCall): Permit {
    const { atOnce, atOncePerCaller, subscriptionsPerCaller, rates } = this.#options
    const own = this.#shareOf(call.principal.user)
    const borrows = lenderOf(call) !== undefined
    if (!borrows && own.calls >= atOncePerCaller)
      throw refusal(
        'calls.atOncePerCaller',
        `You have ${own.calls} calls in flight, with all your tokens, the most for one user (calls.atOncePerCaller); try again when one has ended.`,
      )
    if (!borrows && this.#all.calls >= atOnce)
      throw refusal(
        'calls.atOnce',
        `The gateway is at its limit of ${atOnce} calls at once (calls.atOnce); try again in a second.`,
      )
    const isSubscription = call.method === METHOD.listen
    if (isSubscription && own.subscriptions >= subscriptionsPerCaller)
      throw refusal(
        'calls.subscriptionsPerCaller',
        `You have ${own.subscriptions} subscriptions, with all your tokens, the most for one user (calls.subscriptionsPerCaller); end one first.`,
      )
    // The last check, since a request that is refused is not counted.
    if (!isFree(call.method)) rates.take(call.principal, call.grant)
    return new Permit(call, isSubscription, this.#all, own, this.#options)
  }

  #shareOf(user: string): Share {
    let share = this.#shares.get(user)
    if (!share) {
      share = emptyShare()
      this.#shares.set(user, share)
    }
    return share
  }
}

/** The slot of one call; one object without functions of its own, since each call makes one. */
export class Permit implements Slot {
  readonly call: AdmittedCall
  readonly #all: Share
  readonly #own: Share
  readonly #options: AdmissionOptions
  readonly #isSubscription: boolean
  #isSuspended = false
  /** Whose slot it has: of the call that it is made within, which waits for it. */
  #lender: Permit | undefined
  /** The call that has its slot meanwhile. */
  #borrower: Permit | undefined

  constructor(
    call: AuthorisedCall,
    isSubscription: boolean,
    all: Share,
    own: Share,
    options: AdmissionOptions,
  ) {
    const admitted = call as AuthorisedCall & { timeoutMs?: number; deadline?: number; slot?: Slot }
    // A subscription lasts as long as its caller.
    admitted.timeoutMs = isSubscription ? 0 : options.timeoutMs
    admitted.deadline = performance.now() + admitted.timeoutMs
    if (call.within) endWithin(admitted, call.within.call.deadline)
    admitted.slot = this
    this.call = admitted as AdmittedCall
    this.#isSubscription = isSubscription
    this.#all = all
    this.#own = own
    this.#options = options
    this.#lender = lenderOf(call)
    if (this.#lender) this.#lender.#borrower = this
    else this.#count('calls', 1)
    if (this.#isSubscription) this.#count('subscriptions', 1)
  }

  suspend(): void {
    const { atOnce, atOncePerCaller } = this.#options
    if (
      this.#isSuspended ||
      this.#borrower ||
      this.#all.suspended >= atOnce ||
      this.#own.suspended >= atOncePerCaller
    )
      return
    this.#isSuspended = true
    this.#count('suspended', 1)
    this.#count('calls', -1)
  }

  resume(): void {
    if (!this.#isSuspended) return
    this.#isSuspended = false
    this.#count('suspended', -1)
    this.#count('calls', 1)
  }

  /** Gives the slot back; must be called once, whatever happened. */
  release(): void {
    this.resume()
    // What was made within it may end after it.
    if (this.#borrower) this.#borrower.#lender = this.#lender
    if (this.#lender) this.#lender.#borrower = this.#borrower
    else if (!this.#borrower) this.#count('calls', -1)
    if (this.#isSubscription) this.#count('subscriptions', -1)
  }

  /** Whether a call that is made within this one may have its slot. */
  get lends(): boolean {
    return !this.#isSuspended && this.#borrower === undefined
  }

  #count(what: keyof Share, by: 1 | -1): void {
    this.#all[what] += by
    this.#own[what] += by
  }
}

/** Whose slot a call gets: of the one that it is made within, unless another one has it. */
function lenderOf({ within }: AuthorisedCall): Permit | undefined {
  const slot = within?.call.slot
  return slot instanceof Permit && slot.lends ? slot : undefined
}

/** A call within another one must have ended before that. */
function endWithin(call: { timeoutMs?: number; deadline?: number }, latest: number): void {
  const now = performance.now()
  call.timeoutMs = Math.max(1, Math.min(call.timeoutMs ?? 0, latest - now))
  call.deadline = now + call.timeoutMs
}

const refusal = (limit: string, message: string): RpcError =>
  new RpcError('RATE_LIMITED', message, { data: { limit, retryAfterMs: 1000 } })

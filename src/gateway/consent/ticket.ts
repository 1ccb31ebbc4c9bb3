/**
 * The request state of a question about consent: what the client hands back with the answer. It holds for one
 * request of one client, for a short time, and once. The key lives and dies with the process.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { AdmittedCall } from '../call/call.ts'
import { identityOf } from '../call/identity.ts'
import type { Held, Memory } from '../call/memory.ts'

const PREFIX = 'consent.'
const LIFETIME_MS = 10 * 60_000
/** What it takes to know one that was handed back again, in bytes. */
const USED_BYTES = 256

export interface Ticket {
  /** Whether consent was given; a server's own question comes after that. */
  agreed: boolean
  /** What the consent is for, as a server that asks itself names it, and says it to people. */
  state?: string
  what?: string
  /** Whether the consent holds for this call alone. */
  eachTime?: true
  /** The server's own request state. */
  inner?: string
}

interface Sealed extends Ticket {
  request: string
  expires: number
  nonce: string
}

export class TicketOffice {
  readonly #key = randomBytes(32)
  /** Nonces of tickets that were handed back, until they would have expired. */
  readonly #used = new Map<string, { expires: number; held: Held }>()
  readonly #memory: Memory
  readonly #now: () => number
  #sweep: NodeJS.Timeout | undefined

  constructor(memory: Memory, now: () => number) {
    this.#memory = memory
    this.#now = now
  }

  static isTicket(state: unknown): state is string {
    return typeof state === 'string' && state.startsWith(PREFIX)
  }

  issue(call: AdmittedCall, ticket: Ticket): string {
    const sealed: Sealed = {
      ...ticket,
      request: identityOf(call),
      expires: this.#now() + LIFETIME_MS,
      nonce: randomBytes(12).toString('base64url'),
    }
    const body = Buffer.from(JSON.stringify(sealed)).toString('base64url')
    return `${PREFIX}${body}.${this.#sign(body).toString('base64url')}`
  }

  /**
   * What a ticket says; it can't be handed back again. Throws the same INVALID_PARAMS whatever is wrong with it, and
   * RATE_LIMITED where its user has no memory left in which that is kept.
   */
  redeem(call: AdmittedCall, state: string): Ticket {
    const sealed = this.#open(state)
    const now = this.#now()
    if (
      sealed === undefined ||
      sealed.expires <= now ||
      sealed.request !== identityOf(call) ||
      this.#used.has(sealed.nonce)
    )
      throw new RpcError(
        'INVALID_PARAMS',
        'This requestState is not valid, or no longer; start the call again without it.',
      )
    this.#forgetOld()
    const held = this.#memory.take(call.principal.user, 'consent', USED_BYTES)
    this.#used.set(sealed.nonce, { expires: now + LIFETIME_MS, held })
    this.#sweep ??= setInterval(() => this.#forgetOld(), LIFETIME_MS).unref()
    return sealed
  }

  #forgetOld(): void {
    const now = this.#now()
    for (const [nonce, { expires, held }] of this.#used) {
      if (expires > now) return // they are in the order of their time
      this.#used.delete(nonce)
      held.release()
    }
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  #open(state: string): Sealed | undefined {
    const [body = '', signature = ''] = state.slice(PREFIX.length).split('.')
    const given = Buffer.from(signature, 'base64url')
    const wanted = this.#sign(body)
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  }

  #sign(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest()
  }
}

/** The sessions there are: bound to who opened them, ended when unused, and never more than a number. */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Gate, Principal } from '../../call/call.ts'
import type { SessionFacts } from '../session.ts'
import { HttpError } from './errors.ts'
import { HttpSession } from './http-session.ts'

export interface SessionLimits {
  idleMs: number
  atOnce: number
  /** How many of them may be of one user, so that no user takes them all. */
  atOncePerCaller: number
}

/** After how long a client that finds all sessions in use may try again, in milliseconds. */
const IN_USE_RETRY_MS = 5000

export class Sessions {
  readonly #gate: Gate
  readonly #limits: SessionLimits
  readonly #all = new Map<string, HttpSession>()
  readonly #sweep: NodeJS.Timeout

  constructor(gate: Gate, limits: SessionLimits) {
    this.#gate = gate
    this.#limits = limits
    this.#sweep = setInterval(() => this.#endIdle(), Math.min(limits.idleMs, 30_000)).unref()
  }

  get count(): number {
    return this.#all.size
  }

  open(facts: SessionFacts): HttpSession {
    const { atOnce, atOncePerCaller } = this.#limits
    const all = [...this.#all.values()]
    const own = all.filter((session) => session.facts.principal.user === facts.principal.user)
    if (own.length >= atOncePerCaller) this.#makeRoom(own, 'sessions.atOncePerCaller')
    else if (all.length >= atOnce) this.#makeRoom(all, 'sessions.atOnce')
    const session = new HttpSession(this.#gate, facts)
    this.#all.set(session.id, session)
    return session
  }

  /**
   * The session with this id, for who opened it at the endpoint it was opened at. To anyone else it does not
   * exist: 404, upon which clients begin a new one.
   */
  get(id: string | string[] | undefined, principal: Principal, server: string | undefined): HttpSession {
    if (typeof id !== 'string')
      throw new HttpError(
        400,
        new RpcError('INVALID_REQUEST', 'The header Mcp-Session-Id is missing; send "initialize" first.'),
      )
    const session = this.#all.get(id)
    if (!session || session.facts.principal.id !== principal.id || session.facts.server !== server)
      throw new HttpError(
        404,
        new RpcError(
          'INVALID_REQUEST',
          'There is no such session, or it has ended; send "initialize" to begin a new one.',
        ),
      )
    session.lastUsed = performance.now()
    return session
  }

  end(session: HttpSession): void {
    this.#all.delete(session.id)
    session.end()
  }

  endOf(principalId: string): void {
    for (const session of this.#all.values())
      if (session.facts.principal.id === principalId) this.end(session)
  }

  close(): void {
    clearInterval(this.#sweep)
    for (const session of this.#all.values()) this.end(session)
  }

  #endIdle(): void {
    const before = performance.now() - this.#limits.idleMs
    for (const session of this.#all.values())
      if (session.isIdle && session.lastUsed < before) this.end(session)
  }

  /** Ends the one that was not used for longest. Throws HttpError where all are in use. */
  #makeRoom(sessions: HttpSession[], limit: string): void {
    const [longestUnused] = sessions.filter((s) => s.isIdle).sort((a, b) => a.lastUsed - b.lastUsed)
    if (longestUnused) return void this.end(longestUnused)
    throw new HttpError(
      503,
      new RpcError(
        'RATE_LIMITED',
        `There are ${sessions.length} sessions in use, the most there may be (${limit}); try again when one has ended.`,
        { data: { limit, retryAfterMs: IN_USE_RETRY_MS } },
      ),
    )
  }
}

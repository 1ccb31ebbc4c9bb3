/** One connection an account, made when it is needed and kept while this server is awake. */

import type { Outward, Service } from '../../../host/outward/outward.ts'
import { unlessAborted } from '../../../host/unless-aborted.ts'
import type { Clock } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import type { ImapClient } from '../imap/client.ts'
import type { SmtpSession } from '../smtp/session.ts'
import type { Credential, Credentials } from './credentials.ts'
import { MailProblem } from './mail-problem.ts'
import { openImap, openSmtp } from './open.ts'
import { hasSleptSince, type Moment, momentOf } from './sleep.ts'

/** How long a server that was not reached is left alone: ever longer, in milliseconds. */
const FIRST_PAUSE_MS = 5000
const LONGEST_PAUSE_MS = 5 * 60_000

export interface ConnectionsHost {
  credentials: Credentials
  clock: Clock
  outward: Outward
  /** A connection is open that nobody uses any more. */
  onFree(account: Account): void
}

interface Held {
  opening: Promise<ImapClient>
  users: number
  /** When it was last used. */
  at: Moment
}

interface Pause {
  failures: number
  until: number
  why: MailProblem
}

export class Connections {
  readonly #host: ConnectionsHost
  readonly #held = new Map<string, Held>()
  readonly #pauses = new Map<string, Pause>()
  readonly #uses = new Map<string, number>()
  readonly #ending = new AbortController()

  constructor(host: ConnectionsHost) {
    this.#host = host
  }

  /** Rejects with a MailProblem, or the reason of the signal. */
  async use<T>(account: Account, work: (client: ImapClient) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const held = this.#take(account)
    try {
      return await unlessAborted(held.opening.then(work), signal)
    } finally {
      this.#give(account, held)
    }
  }

  /** Whether anyone uses one; of before the machine slept, nobody does for long. */
  isUsed(id: string): boolean {
    const held = this.#held.get(id)
    return held !== undefined && held.users > 0 && !hasSleptSince(held.at, this.#host.clock)
  }

  /** How often one was used. */
  uses(id: string): number {
    return this.#uses.get(id) ?? 0
  }

  /** Logs in once with settings that are not kept yet. Rejects with a MailProblem, or the reason of the signal. */
  async tryOut(account: Account, signal: AbortSignal): Promise<void> {
    const until = AbortSignal.any([signal, this.#ending.signal])
    const client = await this.#host.credentials.tryOut(account, (credential) =>
      this.#loggedIn(account, credential, until),
    )
    await client.close()
  }

  /** Logs in where mail of an account is sent by, for one use. Rejects with a MailProblem, or the reason of the signal. */
  async smtp(account: Account, signal: AbortSignal): Promise<SmtpSession> {
    const smtp = smtpOf(account)
    const until = AbortSignal.any([signal, this.#ending.signal])
    // A refusal is not kept: many servers that let their users read let none send so.
    const attempt = async (credential: Credential): Promise<SmtpSession> => {
      const { logInToSmtp } = await import('../smtp/session.ts')
      const socket = await openSmtp(this.#host.outward, smtp, until)
      return await logInToSmtp(socket, { host: smtp.host, user: smtp.user, ...credential })
    }
    return await this.#host.credentials.tryOut(account, attempt, { toSend: true })
  }

  /** What a domain says of a service; nothing where it says nothing. */
  async servicesOf(name: string, signal: AbortSignal): Promise<Service[]> {
    return await this.#host.outward.services(name, signal)
  }

  /** For accounts that were changed. */
  async drop(id: string): Promise<void> {
    this.#pauses.delete(id)
    const held = this.#held.get(id)
    this.#held.delete(id)
    await held?.opening.then(
      (client) => client.close(),
      () => {},
    )
  }

  async close(): Promise<void> {
    this.#ending.abort(new MailProblem('unreachable', 'This server is being stopped.'))
    await Promise.all([...this.#held.keys()].map((id) => this.drop(id)))
  }

  #take(account: Account): Held {
    const { id } = account
    const { clock } = this.#host
    const kept = this.#held.get(id)
    if (kept && hasSleptSince(kept.at, clock)) void this.drop(id)
    const held = this.#held.get(id) ?? { opening: this.#opened(account), users: 0, at: momentOf(clock) }
    this.#held.set(id, held)
    held.users++
    this.#uses.set(id, this.uses(id) + 1)
    return held
  }

  #give(account: Account, held: Held): void {
    held.at = momentOf(this.#host.clock)
    if (--held.users > 0) return
    const forget = () => this.#forget(account.id, held)
    // What has ended, or never came to be, is not used again.
    held.opening.then(
      (client) => (client.isOpen ? this.#host.onFree(account) : forget()),
      () => forget(),
    )
  }

  #forget(id: string, held: Held): void {
    if (this.#held.get(id) === held) this.#held.delete(id)
  }

  async #opened(account: Account): Promise<ImapClient> {
    const { id } = account
    const { credentials, clock } = this.#host
    const pause = this.#pauses.get(id)
    if (pause && clock.monotonic() < pause.until)
      throw new MailProblem('unreachable', pause.why.message, { cause: pause.why })
    try {
      const client = await credentials.logIn(account, (credential) =>
        this.#loggedIn(account, credential, this.#ending.signal),
      )
      this.#pauses.delete(id)
      return client
    } catch (error) {
      if (error instanceof MailProblem && error.problem !== 'login') this.#pause(id, error)
      throw error
    }
  }

  async #loggedIn({ imap }: Account, credential: Credential, signal: AbortSignal): Promise<ImapClient> {
    // Loaded first: a connection that is open is listened to.
    const { logIn } = await import('../imap/imapflow.ts')
    const socket = await openImap(this.#host.outward, imap, signal)
    return await logIn(socket, { ...credential, host: imap.host, port: imap.port, user: imap.user })
  }

  #pause(id: string, why: MailProblem): void {
    const failures = (this.#pauses.get(id)?.failures ?? 0) + 1
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
    this.#pauses.set(id, { failures, until: this.#host.clock.monotonic() + ms, why })
  }
}

/** Where mail of an account is sent by. Throws a MailProblem where that is not known. */
export function smtpOf({ smtp, email }: Account): NonNullable<Account['smtp']> {
  if (smtp) return smtp
  throw new MailProblem(
    'refused',
    `It is not known where mail of ${email} is sent by. Its owner adds it anew with "luca mail add ${email} --smtp-host HOST".`,
  )
}

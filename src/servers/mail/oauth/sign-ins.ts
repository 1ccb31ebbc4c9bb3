/** Accounts that people sign in to in a browser: with a code at first, and by tokens that are renewed from then on. */
import { clientSecretOf, keySecretOf } from '../../../contracts/mail-secrets.ts'
import type { Outward } from '../../../host/outward/outward.ts'
import { unlessAborted } from '../../../host/unless-aborted.ts'
import type { Clock } from '../../../protocol/define.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import type { Provider } from './providers.ts'
import { seal, unseal } from './sealed.ts'
import {
  type Asking,
  askForCode,
  askForRenewal,
  askForTokens,
  type DeviceCode,
  Refusal,
  type Tokens,
} from './token-server.ts'

/** How long before its end a token counts as expired, in milliseconds: it has to arrive. */
const MARGIN_MS = 60_000
/** How long a token is used whose end was not said. */
const USUAL_LIFETIME_MS = 50 * 60_000
/** By how much one asks less often, where the provider says so (RFC 8628, section 3.5), and at least, where it is not reached. */
const SLOWER_MS = 5000
const LONGEST_INTERVAL_MS = 60_000

export interface SignInsHost {
  accounts: AccountStore
  clock: Clock
  /** A secret by its name; undefined where none is kept. */
  secretOf(name: string): Promise<string | undefined>
  outward: Outward
  /** Throws a MailProblem where it is not set. */
  providerNamed(name: string): Provider
}

/** Who signs in, and the secret that seals what they get. */
export interface SignedIn {
  id: string
  email: string
  provider: string
  secret: string
}

interface Pending extends DeviceCode {
  provider: string
  /** By the monotonic clock. */
  endsAt: number
  askAt: number
}

interface Access {
  token: string
  /** By the wall clock, which goes on while the machine sleeps. */
  endsAt: number
  /** What was its refresh token sealed with. */
  secret: string
}

export class SignIns {
  readonly #host: SignInsHost
  readonly #pending = new Map<string, Pending>()
  readonly #access = new Map<string, Access>()
  readonly #renewals = new Map<string, Promise<Access>>()
  readonly #ending = new AbortController()

  constructor(host: SignInsHost) {
    this.#host = host
  }

  /** Asks for a code for an account. Rejects with a MailProblem. */
  async begin(account: string, provider: string, signal: AbortSignal): Promise<DeviceCode> {
    await this.#keyOf(account)
    const code = await this.#asked(provider, `Signing in at ${provider} can't begin`, (asking) =>
      askForCode(asking, signal),
    )
    const now = this.#host.clock.monotonic()
    this.#pending.set(account, {
      ...code,
      provider,
      endsAt: now + code.lifetimeMs,
      askAt: now + code.intervalMs,
    })
    return code
  }

  /**
   * Waits until the person has signed in, and keeps what that gives; false where `atMostMs` went by first. Rejects with a MailProblem where
   * it comes to nothing.
   */
  async finish(
    account: string,
    { atMostMs, signal }: { atMostMs: number; signal: AbortSignal },
  ): Promise<boolean> {
    const { clock } = this.#host
    const pending = this.#pending.get(account)
    if (!pending) throw problem(`Nobody is signing in to ${account} now.`)
    const until = clock.monotonic() + atMostMs
    while (true) {
      if (pending.askAt > until) {
        await clock.wait(until - clock.monotonic(), signal)
        return false
      }
      await clock.wait(Math.max(0, pending.askAt - clock.monotonic()), signal)
      if (clock.monotonic() >= pending.endsAt) return this.#given(account, 'The code has expired.')
      const tokens = await this.#polled(account, pending, signal)
      if (tokens) {
        await this.#keep(account, pending, tokens)
        return true
      }
      pending.askAt = clock.monotonic() + pending.intervalMs
    }
  }

  /** A token to log in with, and whether it was made for this. Rejects with a MailProblem. */
  async access(who: SignedIn): Promise<{ token: string; isFresh: boolean }> {
    const known = this.#access.get(who.id)
    if (known && known.secret === who.secret && known.endsAt > this.#host.clock.wall())
      return { token: known.token, isFresh: false }
    return { token: (await this.#renewed(who)).token, isFresh: true }
  }

  /** Another token, since this one is refused. Rejects with a MailProblem. */
  async accessBesides(who: SignedIn, refused: string): Promise<string> {
    if (this.#access.get(who.id)?.token === refused) this.#access.delete(who.id)
    return (await this.access(who)).token
  }

  forget(account: string): void {
    this.#pending.delete(account)
    this.#access.delete(account)
  }

  close(): void {
    this.#ending.abort(new MailProblem('unreachable', 'This server is being stopped.'))
  }

  /** Undefined where the person has not signed in yet. */
  async #polled(account: string, pending: Pending, signal: AbortSignal): Promise<Tokens | undefined> {
    const asking = await this.#asking(pending.provider)
    try {
      return await askForTokens(asking, pending.deviceCode, signal)
    } catch (error) {
      if (error instanceof MailProblem && error.problem === 'unreachable') {
        const slower = Math.max(pending.intervalMs * 2, SLOWER_MS)
        pending.intervalMs = Math.min(slower, LONGEST_INTERVAL_MS)
        return undefined
      }
      if (!(error instanceof Refusal)) throw error
      if (error.code === 'authorization_pending') return undefined
      if (error.code === 'slow_down') {
        pending.intervalMs += SLOWER_MS
        return undefined
      }
      if (error.code === 'expired_token') return this.#given(account, 'The code has expired.')
      if (error.code === 'access_denied')
        return this.#given(account, `At ${pending.provider}, this was not allowed.`)
      return this.#given(account, `Signing in came to nothing: ${error.message}.`)
    }
  }

  async #keyOf(account: string): Promise<string> {
    const key = await this.#host.secretOf(keySecretOf(account))
    if (key !== undefined) return key
    throw new MailProblem(
      'login',
      `The secret that seals what belongs to ${account} is not there. Forget the account with "luca mail forget ${account}", and add it anew.`,
    )
  }

  /** Gives up. */
  #given(account: string, why: string): never {
    this.#pending.delete(account)
    throw problem(why)
  }

  async #keep(account: string, { provider }: Pending, tokens: Tokens): Promise<void> {
    this.#pending.delete(account)
    const secret = await this.#keyOf(account)
    if (tokens.refreshToken === undefined)
      throw problem(
        `${provider} gives no token for the time after this one. Its application, or the scopes in mail.yaml, have to allow that.`,
      )
    await this.#host.accounts.keepToken(account, seal(tokens.refreshToken, secret, account))
    this.#access.set(account, this.#accessOf(tokens, secret))
  }

  /** Once at a time: a token that is renewed is of no use afterwards. */
  async #renewed(who: SignedIn): Promise<Access> {
    const running =
      this.#renewals.get(who.id) ?? this.#renew(who).finally(() => this.#renewals.delete(who.id))
    this.#renewals.set(who.id, running)
    return await unlessAborted(running, this.#ending.signal)
  }

  async #renew({ id, email, provider, secret }: SignedIn): Promise<Access> {
    const { accounts } = this.#host
    const sealed = accounts.token(id)
    const refreshToken = sealed === undefined ? undefined : unseal(sealed, secret, id)
    if (refreshToken === undefined) throw new MailProblem('login', `Nobody is signed in to ${email}.`)
    const tokens = await this.#asked(provider, `${email} is not signed in any more`, (asking) =>
      askForRenewal(asking, refreshToken, this.#ending.signal),
    )
    if (tokens.refreshToken !== undefined && tokens.refreshToken !== refreshToken)
      await accounts.keepToken(id, seal(tokens.refreshToken, secret, id))
    const access = this.#accessOf(tokens, secret)
    this.#access.set(id, access)
    return access
  }

  /** A refusal as a MailProblem, which begins with the sentence. */
  async #asked<T>(provider: string, sentence: string, ask: (asking: Asking) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.#asking(provider))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new MailProblem(
        error.code === 'temporarily_unavailable' ? 'unreachable' : 'login',
        `${sentence}: ${error.message}.`,
        { cause: error },
      )
    }
  }

  async #asking(name: string): Promise<Asking> {
    const { providerNamed, outward, secretOf } = this.#host
    const provider = providerNamed(name)
    return { provider, outward, clientSecret: await secretOf(clientSecretOf(name)) }
  }

  #accessOf({ accessToken, lifetimeMs = USUAL_LIFETIME_MS }: Tokens, secret: string): Access {
    const endsAt = this.#host.clock.wall() + Math.max(0, lifetimeMs - MARGIN_MS)
    return { token: accessToken, endsAt, secret }
  }
}

const problem = (why: string): MailProblem =>
  new MailProblem('login', `${why} Begin again with "luca mail add ADDRESS --oauth".`)

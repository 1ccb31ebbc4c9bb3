/** What accounts log in with. One whose server refuses it is not tried again before it is another. */
import { keySecretOf, smtpSecretOf } from '../../../contracts/mail-secrets.ts'
import type { Account } from '../accounts/account.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { adviceFor } from '../accounts/providers.ts'
import type { SignedIn, SignIns } from '../oauth/sign-ins.ts'
import { MailProblem } from './mail-problem.ts'

/** What a server is shown, whatever protocol it speaks. */
export type Credential = { password: string } | { accessToken: string }

/** Rejects with a MailProblem of the kind `login` where the server refuses what it is shown. */
type Attempt<T> = (credential: Credential) => Promise<T>

export interface CredentialsHost {
  accounts: AccountStore
  signIns: SignIns
  /** A secret by its name; undefined where none is kept. */
  secretOf(name: string): Promise<string | undefined>
}

export class Credentials {
  readonly #accounts: AccountStore
  readonly #signIns: SignIns
  readonly #secretOf: CredentialsHost['secretOf']

  constructor({ accounts, signIns, secretOf }: CredentialsHost) {
    this.#accounts = accounts
    this.#signIns = signIns
    this.#secretOf = secretOf
  }

  /** Logs in. Rejects as `attempt` does; after a refusal at once, as long as nothing has changed. */
  async logIn<T>(account: Account, attempt: Attempt<T>): Promise<T> {
    const { id } = account
    const secret = await this.#kept(account)
    const why = this.#accounts.whyRefused(id, secret)
    if (why !== undefined) throw new MailProblem('login', why)
    try {
      const opened = await this.#attempted(account, secret, attempt)
      await this.#accounts.noteAccepted(id)
      return opened
    } catch (error) {
      if (!(error instanceof MailProblem && error.problem === 'login')) throw error
      const said = `${error.message} ${nextStep(account)}`
      await this.#accounts.noteRefused(id, secret, said)
      throw new MailProblem('login', said, { cause: error })
    }
  }

  /** The same once, for settings that are not kept yet, or to send. */
  async tryOut<T>(account: Account, attempt: Attempt<T>, { toSend = false } = {}): Promise<T> {
    const isOwn = toSend && account.ownSmtpPassword === true && account.oauth === undefined
    const secret = isOwn ? await this.#smtpPassword(account) : await this.#kept(account)
    return await this.#attempted(account, secret, attempt)
  }

  async #attempted<T>(account: Account, secret: string, attempt: Attempt<T>): Promise<T> {
    const { id, email, oauth } = account
    if (oauth === undefined) return await attempt({ password: secret })
    const who: SignedIn = { id, email, provider: oauth, secret }
    const { token, isFresh } = await this.#signIns.access(who)
    try {
      return await attempt({ accessToken: token })
    } catch (error) {
      if (isFresh || !(error instanceof MailProblem && error.problem === 'login')) throw error
      return await attempt({ accessToken: await this.#signIns.accessBesides(who, token) })
    }
  }

  async #smtpPassword({ id, email }: Account): Promise<string> {
    const secret = await this.#secretOf(smtpSecretOf(id))
    if (secret !== undefined) return secret
    throw new MailProblem(
      'login',
      `The password that mail of ${email} is sent with is not there. Its owner gives it with "luca mail password ${id} --smtp".`,
    )
  }

  async #kept({ id, email, oauth }: Account): Promise<string> {
    const secret = await this.#secretOf(oauth === undefined ? id : keySecretOf(id))
    if (secret !== undefined) return secret
    throw new MailProblem(
      'login',
      oauth === undefined
        ? `The password of ${email} is not there. Its owner gives it with "luca mail password ${id}".`
        : `The secret that seals what belongs to ${email} is not there. Forget the account with "luca mail forget ${id}", and add it anew.`,
    )
  }
}

const nextStep = ({ id, email, oauth, imap }: Account): string =>
  oauth === undefined
    ? `It is not asked again before that changes: "luca mail password ${id}" sets another. ${adviceFor(imap.host)}`
    : `It is not asked again before its owner signs in again: "luca mail add ${email} --name ${id} --oauth --provider ${oauth}".`

/** What accounts log in with. One whose server refuses it is not tried again before it is another. */
import type { Account } from '../accounts/account.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { MailProblem } from './mail-problem.ts'

/** What a server is shown, whatever protocol it speaks. */
export interface Credential {
  password: string
}

export interface CredentialsHost {
  accounts: AccountStore
  /** The secret of an account; undefined where none is kept. */
  secretOf(id: string): Promise<string | undefined>
}

export class Credentials {
  readonly #accounts: AccountStore
  readonly #secretOf: CredentialsHost['secretOf']

  constructor({ accounts, secretOf }: CredentialsHost) {
    this.#accounts = accounts
    this.#secretOf = secretOf
  }

  /**
   * Logs in by `attempt`, which rejects with a MailProblem of the kind `login` where the server refuses what it is shown. Rejects with
   * that, and at once as long as nothing has changed since.
   */
  async logIn<T>(account: Account, attempt: (credential: Credential) => Promise<T>): Promise<T> {
    const { id } = account
    const secret = await this.#kept(account)
    const why = this.#accounts.whyRefused(id, secret)
    if (why !== undefined) throw new MailProblem('login', why)
    try {
      const opened = await attempt({ password: secret })
      await this.#accounts.noteAccepted(id)
      return opened
    } catch (error) {
      if (!(error instanceof MailProblem && error.problem === 'login')) throw error
      const said = `${error.message} It is not asked again before that changes: "luca mail password ${id}" sets another. Many providers want an app password, which you make in their settings.`
      await this.#accounts.noteRefused(id, secret, said)
      throw new MailProblem('login', said, { cause: error })
    }
  }

  /** The same once, for settings that are not kept yet. */
  async tryOut<T>(account: Account, attempt: (credential: Credential) => Promise<T>): Promise<T> {
    return await attempt({ password: await this.#kept(account) })
  }

  async #kept({ id, email }: Account): Promise<string> {
    const secret = await this.#secretOf(id)
    if (secret !== undefined) return secret
    throw new MailProblem(
      'login',
      `The password of ${email} is not there. Its owner gives it with "luca mail password ${id}".`,
    )
  }
}

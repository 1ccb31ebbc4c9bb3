/**
 * Sends what was agreed to, once. What is in the database decides, so that a kill at any moment neither loses a mail nor sends it twice: it is
 * `sending` there before a server gets the first byte, and what is found so by another process is never sent again.
 */
import type { Clock } from '../../../protocol/define.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { keepsWhatIsSent } from '../accounts/providers.ts'
import type { Connections } from '../connection/connections.ts'
import { MailProblem, NotTaken, Unknown } from '../connection/mail-problem.ts'
import { type Folder, fileOnce } from './filing.ts'
import type { OutboxMail, OutboxStore } from './outbox-store.ts'

export interface OutboxOptions {
  store: OutboxStore
  accounts: AccountStore
  connections: Connections
  clock: Clock
  /** How long a mail can be called back, in milliseconds. */
  delayMs: number
}

/** What is to be done about a mail after an attempt. */
export interface Delivery {
  mail: OutboxMail
  /** When it is to be tried again; undefined where nothing is left to do. */
  again: number | undefined
}

const MINUTE_MS = 60_000
/** Between one attempt and the next; the last one goes on. */
const PAUSES_MS = [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE_MS)
/** After so long, or so many attempts to put a copy away, it is given up. */
const GIVE_UP_MS = 48 * 60 * MINUTE_MS
const MAX_FILINGS = 8
/** How long a mail that is being handed over is waited for when the process ends, in milliseconds. */
const ENDING_MS = 5000

export class Outbox {
  readonly #options: OutboxOptions
  readonly #running = new Map<number, Promise<Delivery>>()
  readonly #ending = new AbortController()

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** When what is agreed to now leaves. */
  due(): number {
    return this.#options.clock.wall() + this.#options.delayMs
  }

  isDue({ due }: Pick<OutboxMail, 'due'>): boolean {
    return due <= this.#options.clock.wall()
  }

  /** Keeps a mail for its time. It is there when this resolves. */
  async add(mail: Omit<Parameters<OutboxStore['add']>[0], 'agreedAt'>): Promise<OutboxMail> {
    return await this.#options.store.add({ ...mail, agreedAt: this.#options.clock.wall() })
  }

  /** What has not left, and then what was done last; of each the newest first. `after` is the last of the page before. */
  list(limit: number, after?: Pick<OutboxMail, 'id' | 'state'>): OutboxMail[] {
    return this.#options.store.page(limit, after)
  }

  /** What an account was to send and has not, which is lost where it is forgotten; the oldest first. */
  unsentOf(account: string): OutboxMail[] {
    return this.#options.store.unsentOf(account)
  }

  /** Calls a mail back. Throws a ToolError where it has left, or may have. */
  async cancel(id: number): Promise<OutboxMail> {
    const { store } = this.#options
    const mail = store.byId(id)
    if (!mail)
      throw new ToolError(
        (tool) => `There is no email ${id} in the outbox; ${tool('list_outbox')} shows it.`,
        {
          kind: 'not_found',
        },
      )
    if (await store.move(id, ['waiting'], { state: 'cancelled', isTold: true })) {
      await store.dropBytes(id)
      return { ...mail, state: 'cancelled' }
    }
    throw new ToolError(`It can't be called back any more: ${SAID[store.byId(id)?.state ?? mail.state]}.`)
  }

  /** Does what is to be done about a mail now. Undefined where there is none such, or its account is forgotten. */
  async deliver(messageId: string): Promise<Delivery | undefined> {
    const mail = this.#options.store.byMessageId(messageId)
    if (!mail) return undefined
    const running =
      this.#running.get(mail.id) ?? this.#step(mail).finally(() => this.#running.delete(mail.id))
    this.#running.set(mail.id, running)
    return await running
  }

  async noteTold({ id, state }: OutboxMail): Promise<void> {
    await this.#options.store.move(id, [state], { isTold: true })
  }

  /** What is being handed over may come to its end. */
  async close(): Promise<void> {
    const running = [...this.#running.values()].map((one) => one.catch(() => {}))
    const over = new AbortController()
    const wait = this.#options.clock.wait(ENDING_MS, over.signal).catch(() => {})
    await Promise.race([Promise.all(running), wait])
    over.abort()
    this.#ending.abort(new MailProblem('unreachable', 'This server is being stopped.'))
    await Promise.all(running)
  }

  async #step(mail: OutboxMail): Promise<Delivery> {
    const { store, clock } = this.#options
    if (mail.state === 'waiting') {
      if (mail.due > clock.wall()) return { mail, again: mail.due }
      await this.#send(mail)
    }
    // Nobody here does it, so another process did, and was ended.
    if (mail.state === 'sending') await this.#settle(mail)
    const now = store.byId(mail.id) ?? mail
    if ((now.state === 'sent' || now.state === 'failed') && !now.isFiled) await this.#file(now)
    const after = store.byId(mail.id) ?? mail
    const isLeft = after.state === 'waiting' || after.state === 'sending' || !isDone(after)
    return { mail: after, again: isLeft ? Math.max(after.due, clock.wall()) : undefined }
  }

  async #send(mail: OutboxMail): Promise<void> {
    const { store, accounts, connections } = this.#options
    const { id, sender: from, recipients: to, messageId } = mail
    const bytes = store.bytes(id)
    if (!bytes) throw new Error(`The outbox has no bytes of ${messageId}.`)
    try {
      const account = accounts.named(mail.account)
      accounts.mustAllow(account, 'send')
      const session = await connections.smtp(account, this.#ending.signal)
      try {
        const { refused } = await session.send({ from, to }, bytes, async () => {
          if (!(await store.move(id, ['waiting'], { state: 'sending' }))) throw new CalledBack()
        })
        const problem =
          refused.length > 0 ? `Not for these, who are refused: ${refused.join('; ')}` : undefined
        await store.move(id, ['sending'], { state: 'sent', tries: 0, ...(problem && { problem }) })
      } finally {
        session.close()
      }
    } catch (error) {
      if (!(error instanceof CalledBack)) await this.#failed(mail, error)
    }
  }

  async #failed(mail: OutboxMail, error: unknown): Promise<void> {
    const { store, clock } = this.#options
    const { id, agreedAt } = mail
    if (error instanceof Unknown) {
      await store.move(id, ['sending'], { state: 'unknown', problem: `${error.message} ${NOT_AGAIN}` })
      return
    }
    if (!(error instanceof ToolError)) throw error
    const { message: problem } = error
    const now = clock.wall()
    if (isTemporary(error) && now - agreedAt < GIVE_UP_MS) {
      const tries = mail.tries + 1
      await store.move(id, ['waiting', 'sending'], {
        state: 'waiting',
        tries,
        due: now + pauseMs(tries),
        problem,
      })
      return
    }
    await store.move(id, ['waiting', 'sending'], { state: 'failed', tries: 0, problem })
  }

  /** Finds out what became of a mail whose process was ended in the middle, where its server keeps what is sent. */
  async #settle(mail: OutboxMail): Promise<void> {
    const { store, accounts, connections, clock } = this.#options
    const { id, messageId } = mail
    try {
      const account = accounts.named(mail.account)
      const isThere = await connections.use(
        account,
        (client) => fileOnce(client, 'sent', messageId, undefined),
        this.#ending.signal,
      )
      if (isThere === 'there') {
        await store.move(id, ['sending'], { state: 'sent', isFiled: true })
        return await store.dropBytes(id)
      }
    } catch (error) {
      if (!(error instanceof MailProblem)) throw error
      const tries = mail.tries + 1
      if (isTemporary(error) && tries < PAUSES_MS.length) {
        await store.move(id, ['sending'], {
          tries,
          due: clock.wall() + pauseMs(tries),
          problem: error.message,
        })
        return
      }
    }
    const problem = `This machine was stopped while the email was handed over. Whether it left is not known. ${NOT_AGAIN}`
    await store.move(id, ['sending'], { state: 'unknown', problem })
  }

  /** Puts a copy where people look for it: in Sent, or in Drafts where it did not leave. */
  async #file(mail: OutboxMail): Promise<void> {
    const { store, accounts, connections, clock } = this.#options
    const { id, state, messageId, problem = '' } = mail
    const bytes = store.bytes(id)
    try {
      const account = accounts.named(mail.account)
      const folder: Folder = state === 'sent' ? 'sent' : 'drafts'
      if (!bytes || (folder === 'sent' && keepsWhatIsSent(account.smtp?.host ?? '')))
        return await store.dropBytes(id)
      const filed = await connections.use(
        account,
        (client) => fileOnce(client, folder, messageId, bytes),
        this.#ending.signal,
      )
      const where = filed === 'no folder' ? `There is no folder of ${folder} to keep it in.` : WHERE[folder]
      const said = [problem, where].filter((one) => one !== '').join(' ')
      if (said !== problem) await store.move(id, [state], { problem: said })
      await store.dropBytes(id)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const tries = mail.tries + 1
      if (tries < MAX_FILINGS) await store.move(id, [state], { tries, due: clock.wall() + pauseMs(tries) })
      else {
        await store.move(id, [state], {
          problem: `${problem} No copy of it could be kept. ${error.message}`.trim(),
        })
        await store.dropBytes(id)
      }
    }
  }
}

/** It was called back just before it would have left. */
class CalledBack extends Error {}

const NOT_AGAIN = 'It is not sent again by itself: look whether it came, or send it anew.'

const WHERE: Readonly<Record<Folder, string>> = { sent: '', drafts: 'It lies in the drafts.' }

const SAID: Readonly<Record<OutboxMail['state'], string>> = {
  waiting: 'it is waiting',
  sending: 'it is being sent',
  sent: 'it was sent',
  failed: 'it could not be sent',
  unknown: 'whether it left is not known',
  cancelled: 'it was called back before',
}

const isDone = ({ state, isFiled }: OutboxMail): boolean =>
  state === 'unknown' || state === 'cancelled' || ((state === 'sent' || state === 'failed') && isFiled)

const isTemporary = (error: ToolError): boolean =>
  error instanceof NotTaken
    ? error.isTemporary
    : error instanceof MailProblem && error.problem === 'unreachable'

const pauseMs = (tries: number): number => PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1] ?? MINUTE_MS

/** The mail of this server's user: what is kept, and what its servers have. */
import type { DocumentPage, DocumentWanted } from '../../documents/document-page.ts'
import type { Service } from '../../host/outward/outward.ts'
import type { BackgroundRun, Clock, ServerHost, ToolContext } from '../../protocol/define.ts'
import { ToolError } from '../../protocol/define.ts'
import type { Account } from './accounts/account.ts'
import type { AccountStore } from './accounts/account-store.ts'
import type { CachedMailbox, CachedMessage, CacheQuery, MailCache } from './cache/mail-cache.ts'
import type { Connections } from './connection/connections.ts'
import { MailProblem } from './connection/mail-problem.ts'
import { Watching } from './connection/watching.ts'
import type { ImapClient, OpenMailbox, Part, ServerQuery } from './imap/client.ts'
import { chosen, inboxUri } from './mailboxes.ts'
import { isCalendar } from './message/calendar.ts'
import type { Calendar } from './message/read-calendar.ts'
import { fetchTexts, type MessageText, readPieces } from './message/read-message.ts'
import type { PackedFile } from './message/tnef/tnef.ts'
import type { Workers } from './message/workers.ts'
import type { SignIns } from './oauth/sign-ins.ts'
import type { Sending } from './sending/sending.ts'
import { type FillHost, fill, mustFill } from './sync/fill.ts'
import { AT_ONCE, look } from './sync/look.ts'

export type MailCall = Pick<ToolContext, 'signal' | 'caller' | 'background' | 'wake' | 'events'>

/** What an answer rests on. */
export interface AsOf {
  /** When the folder was looked at, since the epoch in milliseconds; 0 for never. */
  lookedAt: number
  /** Why it could not be looked at now. */
  problem: MailProblem | undefined
  /** Whether older messages are still being fetched. */
  isPartial: boolean
}

export interface MailOptions {
  accounts: AccountStore
  cache: MailCache
  connections: Connections
  signIns: SignIns
  sending: Sending
  workers: Workers
  clock: Clock
  changed: ServerHost['changed']
  hurry: ServerHost['hurry']
  /** How often the inboxes are looked at while nobody asks, in minutes; 0 for never. */
  everyMinutes: number
}

/** The event that mail has come. */
export const NEW = 'mail.new'
/** The work in the background. */
export const FILL = 'fill'
/** The entry of the wake list. */
export const LOOK = 'look'
/** How old what is kept may be where nothing looks by itself, in milliseconds, and how late that may be. */
const FRESH_MS = 60_000

/** How old the list of folders may be, in milliseconds. */
const FOLDERS_MS = 10 * 60_000
/** Of one message, and of each in bytes. */
const MAX_CALENDARS = 5
const MAX_CALENDAR_BYTES = 4 * 1024 * 1024
const MAX_HTML_BYTES = 1024 * 1024
/** Messages of a conversation that are told. */
const MAX_CONVERSATION = 50

export class Mail {
  readonly accounts: AccountStore
  readonly cache: MailCache
  readonly connections: Connections
  readonly signIns: SignIns
  /** What leaves. */
  readonly sending: Sending
  readonly #workers: Workers
  readonly #clock: Clock
  readonly #changed: ServerHost['changed']
  readonly #hurry: ServerHost['hurry']
  readonly #watching: Watching
  readonly #filling: FillHost
  readonly #everyMinutes: number
  readonly #freshMs: number
  /** Folders in which something was changed of which it is not known what they have now. */
  readonly #unsure = new Set<number>()
  /** Whether something came that is to be told, which was seen while no call ran. */
  #hasNews = false

  constructor({
    accounts,
    cache,
    connections,
    signIns,
    sending,
    workers,
    clock,
    changed,
    hurry,
    everyMinutes,
  }: MailOptions) {
    this.accounts = accounts
    this.cache = cache
    this.connections = connections
    this.signIns = signIns
    this.sending = sending
    this.#workers = workers
    this.#clock = clock
    this.#changed = changed
    this.#hurry = hurry
    this.#watching = new Watching({
      clock,
      connections,
      look: (account, options) => this.#lookAndWait(account, options),
    })
    this.#filling = { accounts, cache, connections, workers, clock }
    this.#everyMinutes = everyMinutes
    this.#freshMs = everyMinutes * 60_000 + FRESH_MS
  }

  /**
   * Adds an account, or changes one, once it can be logged in to. Its mail is looked at from now on. Gives why mail of it can't be sent,
   * where that is so: it is kept all the same. Rejects with a MailProblem.
   */
  async keepAccount(account: Account, call: Pick<MailCall, 'wake' | 'signal'>): Promise<string | undefined> {
    await this.connections.tryOut(account, call.signal)
    const sending = await this.connections.smtp(account, call.signal).then(
      (session) => session.close(),
      (error: unknown) => error,
    )
    if (sending !== undefined && !(sending instanceof MailProblem)) throw sending
    await this.accounts.keep(account, this.#clock.wall())
    await this.#drop(account.id)
    if (this.#everyMinutes > 0) await call.wake.every(LOOK, { minutes: this.#everyMinutes })
    return sending?.message
  }

  servicesOf(name: string, signal: AbortSignal): Promise<Service[]> {
    return this.connections.servicesOf(name, signal)
  }

  /** Logs in, also to send where that is asked for, lists the folders and looks at the inbox. Rejects with a MailProblem. */
  async check(
    account: Account,
    call: MailCall,
    { toSend }: { toSend: boolean },
  ): Promise<{ mailboxes: number; messages: number }> {
    await this.#drop(account.id)
    if (toSend) (await this.connections.smtp(account, call.signal)).close()
    const { mailboxes } = await this.mailboxes(account, call, { isFresh: true })
    const inbox = chosen(mailboxes, 'inbox')
    if (inbox) await this.refresh(account, inbox, call, { isFresh: true })
    const messages = inbox ? (this.cache.mailbox(inbox.id)?.messages ?? 0) : 0
    return { mailboxes: mailboxes.length, messages }
  }

  /** Forgets an account, and all that is kept of its mail. */
  async forget(id: string, call: Pick<MailCall, 'wake'>): Promise<void> {
    await this.#drop(id)
    this.signIns.forget(id)
    await this.accounts.forget(id)
    await this.cache.shred()
    if (this.accounts.all().length === 0) await call.wake.cancel(LOOK)
  }

  /** By the wall clock, since the epoch in milliseconds. */
  get now(): number {
    return this.#clock.wall()
  }

  /** The folders of an account. Rejects with a MailProblem where none are known yet and its server can't be asked. */
  async mailboxes(
    account: Account,
    call: MailCall,
    { isFresh = false } = {},
  ): Promise<{ mailboxes: CachedMailbox[]; problem: MailProblem | undefined }> {
    const { cache } = this
    const at = cache.mailboxesAt(account.id)
    const isOld = isFresh || this.#clock.wall() - at > Math.max(FOLDERS_MS, this.#freshMs)
    const problem = isOld
      ? await this.#unlessProblem(at > 0 && !isFresh, () =>
          this.connections.use(account, (client) => this.#listMailboxes(account, client), call.signal),
        )
      : undefined
    return { mailboxes: cache.mailboxes(account.id), problem }
  }

  /** The folder that is meant: by its path, its last name, or what it is for. Rejects with a ToolError that names those there are. */
  async mailbox(account: Account, named: string | undefined, call: MailCall): Promise<CachedMailbox> {
    const { mailboxes } = await this.mailboxes(account, call)
    const found = chosen(mailboxes, named ?? 'inbox')
    if (found) return found
    const names = mailboxes.slice(0, 50).map(({ path }) => path)
    throw new ToolError(
      `There is no folder ${JSON.stringify(named ?? 'inbox')}. There is ${names.join(', ')}.`,
      {
        kind: 'not_found',
        untrusted: 'mail',
      },
    )
  }

  /** Has what is kept of a folder be as new as it must be. */
  async refresh(
    account: Account,
    mailbox: CachedMailbox,
    call: MailCall,
    { isFresh = false } = {},
  ): Promise<AsOf> {
    const { cache } = this
    const isOld =
      isFresh || this.#unsure.has(mailbox.id) || this.#clock.wall() - mailbox.lookedAt > this.#freshMs
    const problem = isOld
      ? await this.#unlessProblem(mailbox.lookedAt > 0 && !isFresh, () =>
          this.#look(account, mailbox, call.signal),
        )
      : undefined
    await this.tellNews(call)
    const now = cache.mailbox(mailbox.id)
    const isPartial = (now?.missing.length ?? 0) > 0
    if (isPartial || (isOld && mustFill(this.#filling, account))) await call.background(FILL)
    return { lookedAt: now?.lookedAt ?? 0, problem, isPartial }
  }

  /** Has a folder be looked at before it is listed again. */
  distrust({ id }: CachedMailbox): void {
    this.#unsure.add(id)
  }

  /** Whether all of a folder that a search could find is kept here: its headers, and its texts since a time where those are searched. */
  isKept(
    { id, lookedAt, missing }: CachedMailbox,
    { text, since }: { text: boolean; since: number | undefined },
  ) {
    return (
      lookedAt > 0 &&
      missing.length === 0 &&
      !(text && this.cache.texts.missing([id], since ?? 0, 1).length > 0)
    )
  }

  find(query: CacheQuery): CachedMessage[] {
    return this.cache.find(query)
  }

  /** Numbers that the server finds in a folder, as messages that are kept. Rejects with a MailProblem. */
  async findOnServer(
    account: Account,
    mailbox: CachedMailbox,
    query: ServerQuery,
    call: MailCall,
    limit: number,
  ): Promise<CachedMessage[]> {
    return await this.connections.use(
      account,
      (client) =>
        client.inMailbox(mailbox.path, async (open) => {
          const uids = await open.search(query)
          const newest = uids.slice(-limit)
          const looked = await look(this.cache, mailbox, open, { atLeast: AT_ONCE, now: this.#clock.wall() })
          if (!looked) return []
          const known = new Set(this.cache.byUid(mailbox.id, newest).map(({ uid }) => uid))
          const unknown = newest.filter((uid) => !known.has(uid))
          for await (const header of open.headersOf(unknown))
            if (unknown.includes(header.uid))
              await this.cache.keepHeaders(mailbox.id, [header], [header.uid, header.uid])
          return this.cache.byUid(mailbox.id, newest).sort((one, other) => other.time - one.time)
        }),
      call.signal,
    )
  }

  /** A message, and where it lies. Throws a ToolError where there is none of that number. */
  located(id: number): { message: CachedMessage; mailbox: CachedMailbox; account: Account } {
    const message = this.cache.message(id)
    const mailbox = message && this.cache.mailbox(message.mailbox)
    if (!message || !mailbox)
      throw new ToolError(
        (tool) =>
          `There is no message ${id}: it was moved or deleted, or never there. ${tool('list_emails')} and ${tool('search_emails')} give the numbers of messages.`,
        { kind: 'not_found' },
      )
    return { message, mailbox, account: this.accounts.named(mailbox.account) }
  }

  /** The text of a message: kept, or fetched without its attachments. */
  async text(id: number, call: MailCall): Promise<MessageText> {
    const { message } = this.located(id)
    const kept = this.cache.texts.of(id)
    if (kept !== undefined) return kept
    const { parts } = message.header
    const pieces = await this.#fromMessage(id, call, (open) => fetchTexts(open, message.uid, parts))
    const read = await readPieces(this.#workers, call, parts, pieces)
    await this.cache.texts.keep(message, read)
    return read
  }

  /** As much of an attachment as is wanted, read as a document in a worker. Throws a ToolError for what can't be read. */
  readDocument(bytes: Buffer, name: string, wanted: DocumentWanted, call: MailCall): Promise<DocumentPage> {
    return this.#workers.run(call, 'readDocument', [bytes, name, wanted], [bytes])
  }

  /** A file of a package of Outlook, by its name; undefined where there is none. */
  unpack(bytes: Buffer, named: string, call: MailCall): Promise<PackedFile | undefined> {
    return this.#workers.run(call, 'unpack', [bytes, named], [bytes])
  }

  /** What is in the calendars of a message, each once. */
  async calendars(id: number, call: MailCall): Promise<Calendar[]> {
    const { message } = this.located(id)
    const parts = message.header.parts.filter(isCalendar).slice(0, MAX_CALENDARS)
    const all = await this.#fromMessage(id, call, async (open) => {
      const bytes = []
      for (const part of parts) bytes.push(await open.part(message.uid, part, MAX_CALENDAR_BYTES))
      return bytes.every((one) => one !== undefined) ? bytes : undefined
    })
    const read = new Map<string, Calendar>()
    for (const [i, bytes] of all.entries()) {
      const calendar = await this.#workers.run(call, 'readCalendar', [bytes, parts[i]?.charset], [bytes])
      read.set(JSON.stringify(calendar), calendar)
    }
    return [...read.values()]
  }

  /** The HTML of a message as it is; empty where it has none. */
  async html(id: number, call: MailCall): Promise<string> {
    const { message } = this.located(id)
    const part = message.header.parts.find(({ type, isAttachment }) => type === 'text/html' && !isAttachment)
    if (!part) return ''
    const bytes = await this.#fromMessage(id, call, (open) => open.part(message.uid, part, MAX_HTML_BYTES))
    return await this.#workers.run(call, 'decode', [bytes, part.charset], [bytes])
  }

  /** One of the parts of a message, before its transfer encoding; no more than `maxBytes`. */
  async part(id: number, part: Part, maxBytes: number, call: MailCall): Promise<Buffer> {
    const { message } = this.located(id)
    return await this.#fromMessage(id, call, (open) => open.part(message.uid, part, maxBytes))
  }

  /** What is in the text of a calendar. */
  async calendarIn(text: string, call: MailCall): Promise<Calendar> {
    return await this.#workers.run(call, 'readCalendar', [Buffer.from(text), 'utf-8'])
  }

  /** What its server has of a message; undefined from `work` says that it has it no more. */
  async #fromMessage<T>(
    id: number,
    call: MailCall,
    work: (open: OpenMailbox) => Promise<T | undefined>,
  ): Promise<T> {
    const { mailbox, account } = this.located(id)
    const found = await this.connections.use(
      account,
      (client) =>
        client.inMailbox(mailbox.path, async (open) =>
          open.state.uidValidity === mailbox.uidValidity ? await work(open) : undefined,
        ),
      call.signal,
    )
    if (found === undefined)
      throw new ToolError('This message is not there any more: it was moved or deleted.', {
        kind: 'not_found',
      })
    return found
  }

  conversation(id: number): CachedMessage[] {
    const { message, account } = this.located(id)
    return this.cache.conversation(account.id, message, MAX_CONVERSATION)
  }

  /** Watches the inbox of an account for as long as this server is awake; calls that open a connection do so as well. */
  watch(account: Account): void {
    this.#watching.begin(account)
  }

  /** Tells what came into inboxes, once. */
  async tellNews({ events }: Pick<MailCall, 'events'>): Promise<void> {
    for (const { account, mailbox, path, upTo, count } of this.cache.news()) {
      if (count > 0) await events.tell(NEW, { account, mailbox: path, count })
      await this.cache.noteTold({ mailbox, upTo })
    }
  }

  /** Does what the entry is for: tells what came while nobody called, or else looks at every inbox first. */
  async look(call: MailCall): Promise<void> {
    if (!this.#hasNews) await this.lookAtInboxes(call)
    this.#hasNews = false
    await this.tellNews(call)
  }

  /** Looks at every inbox, and has what is not here yet be fetched. */
  async lookAtInboxes(call: Pick<MailCall, 'signal' | 'background'>): Promise<void> {
    for (const account of this.accounts.all()) {
      const inbox = chosen(this.cache.mailboxes(account.id), 'inbox')
      if (!inbox) continue
      try {
        await this.#look(account, inbox, call.signal)
        if (mustFill(this.#filling, account)) await call.background(FILL)
      } catch (error) {
        if (!(error instanceof MailProblem)) throw error
      }
    }
  }

  /** Fetches what is not here yet. Rejects with a MailProblem where some of it can't be had now. */
  async fill(run: BackgroundRun): Promise<void> {
    await fill(this.#filling, run)
  }

  async close(): Promise<void> {
    await this.sending.outbox.close()
    this.signIns.close()
    await this.#watching.close()
    await this.connections.close()
    await this.#workers.close()
  }

  async #listMailboxes(account: Account, client: ImapClient): Promise<void> {
    await this.cache.keepMailboxes(account.id, await client.mailboxes(), this.#clock.wall())
  }

  async #look(account: Account, mailbox: CachedMailbox, signal: AbortSignal): Promise<void> {
    await this.connections.use(
      account,
      (client) => client.inMailbox(mailbox.path, (open) => this.#lookAt(mailbox, open)),
      signal,
    )
  }

  async #lookAndWait(
    account: Account,
    { isBrief, signal }: { isBrief: boolean; signal: AbortSignal },
  ): Promise<{ news: Promise<boolean> } | undefined> {
    const inbox = chosen(this.cache.mailboxes(account.id), 'inbox')
    if (!inbox) return undefined
    return await this.connections.use(
      account,
      (client) =>
        client.inMailbox(inbox.path, async (open) => {
          await this.#lookAt(inbox, open, isBrief)
          this.#hasNews = this.cache.news().some(({ count }) => count > 0)
          if (this.#hasNews) this.#hurry(LOOK)
          return { news: open.news() }
        }),
      signal,
    )
  }

  async #lookAt(mailbox: CachedMailbox, open: OpenMailbox, isBrief = false): Promise<void> {
    const { cache } = this
    const now = cache.mailbox(mailbox.id) ?? mailbox
    const looked = await look(cache, now, open, {
      atLeast: AT_ONCE,
      now: this.#clock.wall(),
      isBrief: isBrief && !this.#unsure.has(mailbox.id),
    })
    this.#unsure.delete(mailbox.id)
    if (looked?.isChanged && mailbox.role === 'inbox') this.#changed.resource(inboxUri(mailbox.account))
  }

  async #drop(id: string): Promise<void> {
    await this.#watching.end(id)
    await this.connections.drop(id)
  }

  /** The problem, where there is something to tell in spite of it. */
  async #unlessProblem(isKnown: boolean, work: () => Promise<unknown>): Promise<MailProblem | undefined> {
    try {
      await work()
      return undefined
    } catch (error) {
      if (isKnown && error instanceof MailProblem) return error
      throw error
    }
  }
}

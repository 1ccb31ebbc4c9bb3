/** IMAP by imapflow (https://imapflow.com), on a connection that was made and checked by this server. */
import type { Socket } from 'node:net'
import {
  type FetchMessageObject,
  type FetchQueryObject,
  ImapFlow,
  type ListResponse,
  type MailboxObject,
} from 'imapflow'
import type { Credential } from '../connection/credentials.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import { Answers } from './answers.ts'
import { changesOf } from './changes.ts'
import type {
  Change,
  ChangingMailbox,
  ImapClient,
  Mailbox,
  MailboxRole,
  MailboxState,
  MessageHeader,
  OpenMailbox,
  Part,
  ServerQuery,
} from './client.ts'
import { mustGreet } from './greeting.ts'
import { headerOf } from './header.ts'
import { isDamaged, MAX_RAW_BYTES, RAW_FIELDS, readRawHeaders } from './raw-headers.ts'
import { hasDamagedName, MAX_MIME_BYTES, mimeKeyOf, NAME_FIELDS, rawName } from './raw-names.ts'
import { loginProblem, problemOf, Refusals } from './refusals.ts'
import { decoded } from './transfer.ts'
import { MAX_GONE, Unasked } from './unasked.ts'

export type Login = Credential & {
  host: string
  /** 993 without. */
  port?: number
  user: string
}

export interface ImapLimits {
  /** How long the server may be silent, in milliseconds: before it greets, and after. */
  greetingMs: number
  silenceMs: number
  /** How long it may take over one answer, whatever else it says meanwhile; in milliseconds. */
  answerMs: number
  /** A line of it, what it sends within one (a part of a message is bounded by what is asked for), and both together; in bytes. */
  lineBytes: number
  literalBytes: number
  responseBytes: number
  /** Words of one response; each takes a hundred bytes while they are read. */
  tokens: number
}

const MEGABYTE = 1024 * 1024
export const IMAP_LIMITS: Readonly<ImapLimits> = {
  greetingMs: 15_000,
  silenceMs: 60_000,
  answerMs: 10 * 60_000,
  lineBytes: 8 * MEGABYTE,
  literalBytes: 32 * MEGABYTE,
  responseBytes: 40 * MEGABYTE,
  tokens: 400_000,
}

/** Of one folder. */
const MAX_MESSAGES = 5_000_000
/** How many messages a server may tell of besides those that it is asked for. */
const UNASKED = 1000
const MAX_UID = 2 ** 32 - 1
/** Messages whose headers are fetched a second time with what is asked for at once, since letters of them were lost. */
const MAX_RAW = 100

const HEADER: FetchQueryObject = {
  uid: true,
  flags: true,
  internalDate: true,
  size: true,
  envelope: true,
  bodyStructure: true,
  headers: ['references'],
}

/** Logs in. Rejects with a MailProblem; the connection is closed then. */
export async function logIn(
  socket: Socket,
  { host, port = 993, user, ...credential }: Login,
  limits: ImapLimits = IMAP_LIMITS,
): Promise<ImapClient> {
  // Until the library listens, and after it has stopped.
  socket.on('error', () => {})
  if (socket.destroyed) throw new MailProblem('unreachable', `${host} closed the connection.`)
  await mustGreet(socket, host, limits.greetingMs)
  const unasked = new Unasked()
  const refusals = new Refusals()
  const flow = new ImapFlow({
    host,
    port,
    secure: true,
    transport: {
      connect(_options, onConnect) {
        process.nextTick(onConnect)
        return socket
      },
    },
    auth: 'password' in credential ? { user, pass: credential.password } : { user, ...credential },
    clientInfo: { name: 'llmbasedos' },
    logger: refusals.logger,
    disableAutoIdle: true,
    qresync: true,
    expungeHandler: (event) => unasked.noteGone(event),
    greetingTimeout: limits.greetingMs,
    socketTimeout: limits.silenceMs,
    maxLineLength: limits.lineBytes,
    maxLiteralSize: limits.literalBytes,
    maxResponseSize: limits.responseBytes,
    maxResponseTokens: limits.tokens,
  })
  // It is emitted once, after which the connection is closed; whoever waits is told by their own promise.
  flow.on('error', () => {})
  unasked.hear(flow)
  const answers = new Answers(flow, limits.answerMs)
  try {
    await answers.awaited(() => flow.connect())
  } catch (error) {
    socket.destroy()
    throw answers.isStopped ? endless(host, error) : loginProblem(error, host, 'accessToken' in credential)
  }
  return new ImapFlowClient(flow, host, { unasked, refusals, answers })
}

class ImapFlowClient implements ImapClient {
  readonly #flow: ImapFlow
  readonly #host: string
  readonly #unasked: Unasked
  readonly #refusals: Refusals
  readonly #answers: Answers

  constructor(
    flow: ImapFlow,
    host: string,
    { unasked, refusals, answers }: { unasked: Unasked; refusals: Refusals; answers: Answers },
  ) {
    this.#flow = flow
    this.#host = host
    this.#unasked = unasked
    this.#refusals = refusals
    this.#answers = answers
  }

  get isOpen(): boolean {
    return this.#flow.usable
  }

  async mailboxes(): Promise<Mailbox[]> {
    const all = await this.#answers
      .awaited(() => this.#flow.list())
      .catch((error: unknown) => this.#fail(error))
    return all.map(mailboxOf)
  }

  inMailbox<T>(path: string, work: (mailbox: OpenMailbox) => Promise<T>): Promise<T> {
    return this.#answers.awaited(() =>
      this.#holding(path, true, (mailbox, told) => work(this.#open(mailbox, told))),
    )
  }

  changing<T>(path: string, work: (mailbox: ChangingMailbox) => Promise<T>): Promise<T> {
    return this.#answers.awaited(() =>
      this.#holding(path, false, (mailbox, told) => {
        if (mailbox.readOnly)
          throw new MailProblem('refused', `The server lets nothing be changed in ${JSON.stringify(path)}.`)
        return work(
          Object.assign(this.#open(mailbox, told), changesOf(this.#flow, this.#refusals, this.#host)),
        )
      }),
    )
  }

  #open(mailbox: MailboxObject, told: number): FlowMailbox {
    const heard = { unasked: this.#unasked, answers: this.#answers, told }
    return new FlowMailbox(this.#flow, mailbox, heard, (error) => this.#fail(error))
  }

  async #holding<T>(
    path: string,
    readOnly: boolean,
    work: (mailbox: MailboxObject, told: number) => Promise<T>,
  ): Promise<T> {
    const before = this.#flow.mailbox
    const told = this.#unasked.changes
    const lock = await this.#flow
      .getMailboxLock(path, { readOnly })
      .catch((error: unknown) =>
        this.#fail(error, `There is no folder ${JSON.stringify(path)} that can be opened.`),
      )
    try {
      // One that was open already does not tell what came since.
      const mailbox =
        this.#flow.mailbox === before
          ? await this.#flow.mailboxOpen(path, { readOnly }).catch((error: unknown) => this.#fail(error))
          : this.#flow.mailbox
      if (!mailbox) throw new MailProblem('unreachable', `${this.#host} closed the connection.`)
      return await work(mailbox, told)
    } finally {
      lock.release()
    }
  }

  async append(path: string, bytes: Buffer, flags: readonly string[]): Promise<void> {
    await this.#answers
      .awaited(() => this.#flow.append(path, bytes, [...flags]))
      .catch((error: unknown) => this.#fail(error, `Nothing can be put into ${JSON.stringify(path)}.`))
  }

  async close(): Promise<void> {
    // A server that does not answer is not waited for.
    const over = setTimeout(() => this.#flow.close(), GOODBYE_MS)
    await this.#flow.logout().catch(() => this.#flow.close())
    clearTimeout(over)
  }

  #fail(error: unknown, sentence?: string): never {
    throw this.#answers.isStopped ? endless(this.#host, error) : problemOf(error, this.#host, sentence)
  }
}

const endless = (host: string, cause: unknown): MailProblem =>
  new MailProblem('broken', `${host} says much and does not come to an answer, and was stopped.`, { cause })

const GOODBYE_MS = 1000
const DAY_MS = 86_400_000

class FlowMailbox implements OpenMailbox {
  readonly state: MailboxState
  readonly #flow: ImapFlow
  readonly #unasked: Unasked
  readonly #answers: Answers
  readonly #fail: (error: unknown) => never
  /** How much it had told before this was opened. */
  readonly #told: number

  constructor(
    flow: ImapFlow,
    mailbox: MailboxObject,
    { unasked, answers, told }: { unasked: Unasked; answers: Answers; told: number },
    fail: (error: unknown) => never,
  ) {
    this.#flow = flow
    this.#unasked = unasked
    this.#answers = answers
    this.#fail = fail
    this.#told = told
    this.state = {
      uidValidity: String(mailbox.uidValidity),
      uidNext: mailbox.uidNext,
      messages: mailbox.exists,
      changes: mailbox.highestModseq === undefined ? undefined : String(mailbox.highestModseq),
      tellsGone: flow.enabled.has('QRESYNC') && mailbox.highestModseq !== undefined,
    }
  }

  newest(count: number): AsyncIterable<MessageHeader> {
    const { messages } = this.state
    return this.#headers(`${Math.max(1, messages - count + 1)}:*`, { uid: false }, count)
  }

  headers(firstUid: number, lastUid: number): AsyncIterable<MessageHeader> {
    return this.#headers(`${firstUid}:${lastUid}`, { uid: true }, lastUid - firstUid + 1)
  }

  headersOf(uids: readonly number[]): AsyncIterable<MessageHeader> {
    return this.#headers(uids.join(','), { uid: true }, uids.length)
  }

  async uids(): Promise<number[]> {
    if (this.state.messages === 0) return []
    const found = await this.#answer(() => this.#flow.search({ all: true }, { uid: true }))
    return found || []
  }

  async *changes(since?: string): AsyncGenerator<Change> {
    if (this.state.messages === 0) return void (yield { gone: [1, MAX_UID] })
    const options = { uid: true, ...(since !== undefined && { changedSince: BigInt(since) }) }
    const most = Math.min(this.state.messages, MAX_MESSAGES)
    const gone = this.#unasked.collectGone()
    for await (const { uid, flags } of this.#fetch('1:*', { uid: true, flags: true }, options, most))
      yield { uid, flags: [...(flags ?? [])] }
    if (gone.length > MAX_GONE)
      this.#stop('The server of this account says of more messages that they are gone than it had')
    for (const range of gone) yield { gone: range }
  }

  async news(): Promise<boolean> {
    const ended = this.#flow.idle().catch(() => {})
    return await Promise.race([this.#unasked.after(this.#told).then(() => true), ended.then(() => false)])
  }

  async search(query: ServerQuery): Promise<number[]> {
    const { since, before, isSeen, isFlagged, largerThan, ...texts } = query
    const found = await this.#answer(() =>
      this.#flow.search(
        {
          all: true,
          ...texts,
          ...(since !== undefined && { sentSince: new Date(since - DAY_MS) }),
          ...(before !== undefined && { sentBefore: new Date(before + DAY_MS) }),
          ...(isSeen !== undefined && { seen: isSeen }),
          ...(isFlagged !== undefined && { flagged: isFlagged }),
          ...(largerThan !== undefined && { larger: largerThan }),
        },
        { uid: true },
      ),
    )
    return found || []
  }

  async withMessageId(id: string): Promise<number[]> {
    const found = await this.#answer(() =>
      this.#flow.search({ header: { 'message-id': `<${id}>` } }, { uid: true }),
    )
    return found || []
  }

  async part(uid: number, part: Part, maxBytes: number): Promise<Buffer | undefined> {
    // As it is sent, a byte of base64 has six bits, and lines end; of the rest none is longer than twice.
    const bytes = await this.sent(uid, part, 0, maxBytes * 2)
    return bytes && decoded(bytes, part.encoding).subarray(0, maxBytes)
  }

  async sent(uid: number, { id }: Part, start: number, length: number): Promise<Buffer | undefined> {
    const query = { uid: true, bodyParts: [{ key: id, start, maxLength: length }] }
    const message = await this.#answer(() => this.#flow.fetchOne(String(uid), query, { uid: true }))
    // Beyond its end there is nothing.
    return message ? (message.bodyParts?.get(id) ?? Buffer.alloc(0)).subarray(0, length) : undefined
  }

  async *#headers(range: string, by: { uid: boolean }, most: number): AsyncGenerator<MessageHeader> {
    if (this.state.messages === 0 || most === 0) return
    const headers: MessageHeader[] = []
    const damaged = new Map<number, FetchMessageObject>()
    // What a server tells unasked, such as new flags, has no envelope.
    for await (const message of this.#fetch(range, HEADER, by, most))
      if (message.envelope) {
        headers.push(headerOf(message))
        if (damaged.size < MAX_RAW && isDamaged(message.envelope)) damaged.set(message.uid, message)
      }
    const raw = await this.#rawHeaders([...damaged.keys()])
    const unnamed = headers.filter(({ parts }) => parts.some(hasDamagedName)).slice(0, MAX_RAW)
    const names = await this.#rawNames(unnamed)
    for (const header of headers) {
      const message = damaged.get(header.uid)
      const bytes = raw.get(header.uid)
      const whole =
        message && bytes
          ? headerOf({
              ...message,
              envelope: { ...message.envelope, ...(await readRawHeaders(bytes, header.parts)) },
            })
          : header
      const named = names.get(header.uid)
      yield named ? { ...whole, parts: named } : whole
    }
  }

  /** Parts whose names are as they were sent, by the numbers of their messages. */
  async #rawNames(headers: readonly MessageHeader[]): Promise<Map<number, Part[]>> {
    const all = new Map<number, Part[]>()
    for (const { uid, parts } of headers) {
      const keys = parts.filter(hasDamagedName).flatMap((part) => mimeKeyOf(part) ?? [])
      const bodyParts = keys.map((key) => ({ key, start: 0, maxLength: MAX_MIME_BYTES }))
      const query = { uid: true, ...(keys.length > 0 ? { bodyParts } : { headers: NAME_FIELDS }) }
      for await (const found of this.#fetch(String(uid), query, { uid: true }, 1)) {
        if (found.uid !== uid) continue
        const renamed = parts.map(async (part) => {
          if (!hasDamagedName(part)) return part
          const key = mimeKeyOf(part)
          const mime = key === undefined ? found.headers : found.bodyParts?.get(key)
          return { ...part, fileName: (mime && (await rawName(mime, parts))) ?? part.fileName }
        })
        all.set(uid, await Promise.all(renamed))
      }
    }
    return all
  }

  async #rawHeaders(uids: readonly number[]): Promise<Map<number, Buffer>> {
    const raw = new Map<number, Buffer>()
    if (uids.length === 0) return raw
    const query = { uid: true, headers: RAW_FIELDS }
    for await (const { uid, headers } of this.#fetch(uids.join(','), query, { uid: true }, uids.length))
      if (headers) raw.set(uid, Buffer.from(headers.subarray(0, MAX_RAW_BYTES + 1)))
    return raw
  }

  async *#fetch(
    range: string,
    query: FetchQueryObject,
    options: { uid: boolean; changedSince?: bigint },
    most: number,
  ): AsyncGenerator<FetchMessageObject> {
    let count = 0
    try {
      for await (const message of this.#flow.fetch(range, query, options)) {
        if (++count > most + UNASKED) this.#stop('The server of this account sends more messages than it has')
        this.#answers.came()
        yield message
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  #answer<T>(command: () => Promise<T>): Promise<T> {
    return this.#answers.awaited(command).catch(this.#fail)
  }

  #stop(why: string): never {
    this.#flow.close()
    throw new MailProblem('broken', `${why}, and was stopped.`)
  }
}

const ROLES: Readonly<Record<string, MailboxRole>> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Drafts': 'drafts',
  '\\Trash': 'trash',
  '\\Junk': 'junk',
  '\\Archive': 'archive',
  '\\All': 'all',
  '\\Flagged': 'flagged',
}

const mailboxOf = ({ path, specialUse, flags }: ListResponse): Mailbox => ({
  path,
  role: specialUse === undefined ? undefined : ROLES[specialUse],
  canOpen: !flags.has('\\Noselect') && !flags.has('\\NonExistent'),
})

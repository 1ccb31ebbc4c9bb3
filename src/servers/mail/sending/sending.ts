/** Mail that is written here: checked, shown to a person, and given to the outbox. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path/posix'
import type { ToolContext } from '../../../protocol/define.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { type Connections, smtpOf } from '../connection/connections.ts'
import { sizeInWords } from '../size-in-words.ts'
import { type Attachment, compose, type Draft, mustBeSendable } from './compose.ts'
import { filesAt } from './files.ts'
import { fileOnce } from './filing.ts'
import type { KnownPeople } from './known-people.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxMail } from './outbox-store.ts'
import { addressesOf, isSame } from './reply.ts'

export type SendingCall = Pick<ToolContext, 'consent' | 'mustAsk' | 'wake' | 'signal' | 'gateway'>

/** Entries of the wake list for mails that are to leave begin so, and go on with the Message-ID. */
export const SEND_KEY = 'send:'

export interface SendingOptions {
  accounts: AccountStore
  connections: Connections
  outbox: Outbox
  people: KnownPeople
  /** Of all that one email takes along. */
  maxAttachedBytes: number
}

export class Sending {
  readonly outbox: Outbox
  readonly maxAttachedBytes: number
  readonly #options: SendingOptions

  constructor(options: SendingOptions) {
    this.outbox = options.outbox
    this.maxAttachedBytes = options.maxAttachedBytes
    this.#options = options
  }

  /** The address of an account that mail is sent from. Throws a ToolError for one that is none of its own. */
  senderOf(account: Account, from: string | undefined): string {
    if (from === undefined) return account.email
    const own = addressesOf(account)
    if (own.some((one) => isSame(one, from))) return from
    throw new ToolError(
      `${JSON.stringify(from.slice(0, 100))} is no address of this account, which sends from ${own.join(', ')}.`,
      { kind: 'invalid' },
    )
  }

  /** Asks a person, and gives the mail to the outbox. Throws a ToolError before it asks, where it can't be sent. */
  async send(account: Account, written: Draft, call: SendingCall): Promise<OutboxMail> {
    const { accounts } = this.#options
    accounts.mustAllow(account, 'send')
    smtpOf(account)
    mustHaveRecipients(written)
    mustBeSendable(written)
    const draft = await this.#withFiles(written, call)
    call.consent(this.#question(draft), stateOf(account, draft), { text: draft.text, eachTime: true })
    const { messageId, bytes } = await compose(draft, new Date())
    const due = this.outbox.due()
    // It comes for nothing where this process is ended before the mail is kept.
    await call.wake.at(SEND_KEY + messageId, due)
    const mail = await this.outbox.add({
      account: account.id,
      messageId,
      sender: draft.from,
      recipients: [...draft.to, ...draft.cc, ...draft.bcc].map(({ address }) => address),
      subject: draft.subject,
      bytes,
      due,
      origin: draft.origin,
    })
    // One whose time had come was looked for before it was there.
    if (this.outbox.isDue(mail)) await call.wake.at(SEND_KEY + messageId, due)
    return mail
  }

  /** Puts it into the folder of drafts; asks first where files go along, which leave this machine by that. Rejects with a ToolError. */
  async saveDraft(account: Account, written: Draft, call: SendingCall): Promise<void> {
    const { accounts, connections } = this.#options
    accounts.mustAllow(account, 'write')
    mustBeSendable(written)
    const draft = await this.#withFiles(written, call)
    const { attachments = [], subject } = draft
    if (attachments.length > 0 || call.mustAsk)
      call.consent(
        `keep ${attachments.length > 0 ? listed(attachments) : 'an email'} at ${account.imap.host}, in a draft of ${account.email} with the subject ${JSON.stringify(beginning(subject, SUBJECT_SHOWN))}`,
        stateOf(account, draft),
        { ...(call.mustAsk && { text: draft.text }), eachTime: true },
      )
    const { messageId, bytes } = await compose(draft, new Date(), { keepBcc: true })
    const filed = await connections.use(
      account,
      (client) => fileOnce(client, 'drafts', messageId, bytes),
      call.signal,
    )
    if (filed === 'no folder')
      throw new ToolError(
        'This account has no folder of drafts. Its owner makes one with another mail program.',
        {
          kind: 'not_found',
        },
      )
  }

  /** With the user's files, as they are now: what has changed once a person has agreed is another email. */
  async #withFiles({ files = [], ...draft }: Draft, call: SendingCall): Promise<Draft> {
    if (files.length === 0) return draft
    const { maxAttachedBytes } = this
    const { attachments = [] } = draft
    const there = attachments.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const added = await filesAt(files, maxAttachedBytes, there, call)
    return { ...draft, attachments: [...added, ...attachments] }
  }

  /** What a person is asked, after "would". All who get it are in it. */
  #question({ from, to, cc, bcc, subject, attachments = [] }: Draft): string {
    const { people } = this.#options
    const all = [...to, ...cc, ...bcc].map(({ address }) => address)
    const by = Map.groupBy(all, (address) => people.acquaintance(address))
    const list = (name: string, some: readonly { address: string }[]) =>
      some.length === 0 ? '' : `${name} ${some.map(({ address }) => address).join(', ')}`
    const inTexts = by.get('text') ?? []
    const unknown = by.get('new') ?? []
    const warnings = [
      inTexts.length > 0 &&
        `${inTexts.join(', ')}: only the text of an email names this address; nothing came from there, and nothing went there`,
      unknown.length > 0 && `${unknown.join(', ')}: no email from there or to there is known`,
    ]
    return [
      [`send an email as ${from}`, list('to', to), list('cc', cc), list('bcc', bcc)]
        .filter(Boolean)
        .join(' '),
      `subject ${JSON.stringify(beginning(subject, SUBJECT_SHOWN))}`,
      attachments.length > 0 && `attached ${listed(attachments)}`,
      ...warnings,
    ]
      .filter(Boolean)
      .join('; ')
  }
}

/** What is longer is named by its beginning: all who get a mail must have room in what a person is asked. */
const SUBJECT_SHOWN = 200
/** Of files; the user's own come first, and are all among them. */
const NAMES_SHOWN = 10
const NAME_SHOWN = 60

const beginning = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`

/** How a name ends says what opens it. */
const ENDING_SHOWN = 20

const shortened = (name: string): string =>
  name.length <= NAME_SHOWN
    ? name
    : `${name.slice(0, NAME_SHOWN - ENDING_SHOWN)}…${name.slice(-ENDING_SHOWN)}`.toWellFormed()

function listed(attachments: readonly Attachment[]): string {
  const some = attachments.slice(0, NAMES_SHOWN).map(({ fileName, path, bytes }) => {
    const name = JSON.stringify(shortened(path ?? fileName))
    const as =
      path === undefined || basename(path) === fileName ? '' : ` as ${JSON.stringify(shortened(fileName))}`
    return `${name}${as} (${sizeInWords(bytes.length)})`
  })
  const rest = attachments.slice(NAMES_SHOWN)
  const size = rest.reduce((sum, { bytes }) => sum + bytes.length, 0)
  return `${some.join(', ')}${rest.length > 0 ? ` and ${rest.length} more (${sizeInWords(size)})` : ''}`
}

/** All addresses together, in characters: a person who is asked sees each of them. */
const MAX_SHOWN = 1500

function mustHaveRecipients({ to, cc, bcc }: Draft): void {
  const all = [...to, ...cc, ...bcc]
  const length = all.reduce((sum, { address }) => sum + address.length + 2, 0)
  if (all.length === 0) throw new ToolError('Nobody is named that it goes to.', { kind: 'invalid' })
  if (length > MAX_SHOWN)
    throw new ToolError(
      `These addresses take more than ${MAX_SHOWN} characters. Send it to fewer at a time.`,
      {
        kind: 'invalid',
      },
    )
}

/** Names what is agreed to: another text is another email. */
function stateOf(account: Account, { attachments = [], ...draft }: Draft): string {
  const digests = attachments.map(({ fileName, bytes }) => [
    fileName,
    createHash('sha256').update(bytes).digest('hex'),
  ])
  return createHash('sha256')
    .update(JSON.stringify([account.id, draft, digests]))
    .digest('base64url')
}

import { defineTool } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Account } from '../accounts/account.ts'
import type { CachedMailbox, CachedMessage } from '../cache/mail-cache.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import type { ServerQuery } from '../imap/client.ts'
import type { Mail, MailCall } from '../mail.ts'
import { chosen } from '../mailboxes.ts'
import {
  AccountParameter,
  afterOf,
  DEFAULT_LIST,
  ListOutput,
  listReply,
  MailboxParameter,
  noteOf,
  Options,
  PageParameters,
  READ_ONLY,
  timeOf,
} from './shapes.ts'

const words = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 500, description }))

export const searchEmails = defineTool({
  name: 'search_emails',
  title: 'Search Emails',
  description:
    'Finds emails, in all folders if none is named. Everything that is given must be so. Words are those of the email, in its language.',
  capability: 'mail.read',
  input: Type.Object(
    {
      text: words('Words of its text, subject or people.'),
      from: words('A name or an address.'),
      to: words('A name or an address.'),
      subject: words('Words of its subject.'),
      attachment: words('Part of the name of a file that is attached.'),
      since: words('A date such as 2026-10-01, or 30d for the last 30 days.'),
      before: words('A date; that day is not included.'),
      unread: Type.Optional(Type.Boolean()),
      flagged: Type.Optional(Type.Boolean()),
      hasAttachment: Type.Optional(Type.Boolean()),
      largerThan: Type.Optional(Type.Integer({ minimum: 0, description: 'In bytes.' })),
      account: AccountParameter,
      mailbox: MailboxParameter,
      ...PageParameters,
    },
    Options,
  ),
  output: ListOutput,
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler(
    { account: named, mailbox: folder, limit = DEFAULT_LIST, cursor, ...asked },
    call,
    mail: Mail,
  ) {
    const after = afterOf(cursor)
    const account = mail.accounts.named(named)
    const { now } = mail
    const query = {
      ...asked,
      since: timeOf(asked.since, 'since', now),
      before: timeOf(asked.before, 'before', now),
    }
    const mailboxes = await mailboxesOf(mail, account, folder, call)
    const onServer = after ? undefined : await askServer(mail, account, mailboxes, query, limit, call)
    const { text, from, to, subject, attachment } = query
    const found = mail.find({
      mailboxes: mailboxes.map(({ id }) => id),
      words: {
        ...(text !== undefined && { text }),
        ...(from !== undefined && { sender: from }),
        ...(to !== undefined && { recipients: to }),
        ...(subject !== undefined && { subject }),
        ...(attachment !== undefined && { attachments: attachment }),
      },
      since: query.since,
      before: query.before,
      isSeen: query.unread === undefined ? undefined : !query.unread,
      isFlagged: query.flagged,
      hasAttachment: query.hasAttachment,
      largerThan: query.largerThan,
      after,
      limit: limit + 1,
    })
    const byId = new Map([...found, ...(onServer?.found ?? [])].map((message) => [message.id, message]))
    const all = [...byId.values()].sort((one, other) => other.time - one.time || other.id - one.id)
    const paths = new Map(mailboxes.map((one) => [one.id, one]))
    return listReply(
      all,
      {
        limit,
        pathOf: (id) => paths.get(id)?.path ?? '',
        isSent: (id) => paths.get(id)?.role === 'sent',
        empty:
          'Nothing was found. Use fewer words, or those that the email has; a word of its subject or a name finds most.',
        note: onServer?.note,
      },
      call,
    )
  },
})

async function mailboxesOf(
  mail: Mail,
  account: Account,
  folder: string | undefined,
  call: MailCall,
): Promise<CachedMailbox[]> {
  if (folder !== undefined) return [await mail.mailbox(account, folder, call)]
  const { mailboxes } = await mail.mailboxes(account, call)
  return mailboxes.filter(({ canOpen, role }) => canOpen && role !== 'junk' && role !== 'trash')
}

/** Of the folders that are named as not searched. */
const MAX_NAMED = 10
/** What was looked at so long ago is named, in milliseconds: nothing looks at it by itself. */
const STALE_MS = 86_400_000

/** What is not known of folders that were searched beside one. */
function notesOnOthers(mailboxes: readonly CachedMailbox[], main: CachedMailbox, now: number): string[] {
  const others = mailboxes.filter(({ id }) => id !== main.id)
  const named = (what: string, some: readonly CachedMailbox[]) => {
    const paths = some.slice(0, MAX_NAMED).map(({ path }) => JSON.stringify(path))
    return paths.length === 0 ? [] : [`${what}: ${paths.join(', ')}. Name one to search it.`]
  }
  return [
    ...named(
      'Not searched, since they were not looked at yet',
      others.filter(({ lookedAt }) => lookedAt === 0),
    ),
    ...named(
      'Searched as they were more than a day ago',
      others.filter(({ lookedAt }) => lookedAt > 0 && now - lookedAt > STALE_MS),
    ),
  ]
}

/**
 * The server looks into what is not kept here: into one folder, or into the one that has all or most. What is asked for beyond its
 * words is looked for in what is kept alone.
 */
async function askServer(
  mail: Mail,
  account: Account,
  mailboxes: readonly CachedMailbox[],
  query: {
    text?: string
    from?: string
    to?: string
    subject?: string
    attachment?: string
    since: number | undefined
    before: number | undefined
    unread?: boolean
    flagged?: boolean
    hasAttachment?: boolean
    largerThan?: number
  },
  limit: number,
  call: MailCall,
): Promise<{ found: CachedMessage[]; note: string } | undefined> {
  const { text, from, to, subject, attachment, since, before, unread, flagged, hasAttachment, largerThan } =
    query
  const mailbox =
    mailboxes.length === 1 ? mailboxes[0] : (chosen(mailboxes, 'all') ?? chosen(mailboxes, 'inbox'))
  if (!mailbox) return undefined
  if (mail.isKept(mailbox, { text: text !== undefined, since })) {
    // Without a connection as long as it is fresh, as lists are.
    const asOf = await mail.refresh(account, mailbox, call)
    const note = [noteOf(asOf), ...notesOnOthers(mailboxes, mailbox, mail.now)].filter(Boolean).join(' ')
    return note === '' ? undefined : { found: [], note }
  }
  if (attachment !== undefined || hasAttachment !== undefined)
    return { found: [], note: await lookedForAttachments(mail, account, mailbox, mailboxes.length > 1, call) }
  const asked: ServerQuery = {
    ...(text !== undefined && { text }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(subject !== undefined && { subject }),
    ...(since !== undefined && { since }),
    ...(before !== undefined && { before }),
    ...(unread !== undefined && { isSeen: !unread }),
    ...(flagged !== undefined && { isFlagged: flagged }),
    ...(largerThan !== undefined && { largerThan }),
  }
  try {
    const all = await mail.findOnServer(account, mailbox, asked, call, limit + 1)
    const found = all.filter(
      ({ time }) => (since === undefined || time >= since) && (before === undefined || time < before),
    )
    const others = mailboxes.length > 1
    return {
      found,
      note: `The server looked into ${JSON.stringify(mailbox.path)}.${others ? ' Of the other folders, what is kept here was searched; name a folder to have the server look into that one.' : ''}`,
    }
  } catch (error) {
    if (error instanceof MailProblem)
      return { found: [], note: `Only what is kept here was searched. ${error.message}` }
    throw error
  }
}

/** No server can be asked what is attached: it is looked for in headers that are kept here, after those of one folder were brought up to date. */
async function lookedForAttachments(
  mail: Mail,
  account: Account,
  mailbox: CachedMailbox,
  hasOthers: boolean,
  call: MailCall,
): Promise<string> {
  const asOf = await mail.refresh(account, mailbox, call)
  const notes = [
    'What is attached was looked for in what is kept here.',
    noteOf(asOf),
    hasOthers &&
      `Of ${JSON.stringify(mailbox.path)} that is up to date; name another folder to have it looked at.`,
  ]
  return notes.filter(Boolean).join(' ')
}

import { defineV1 } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attachmentsOf } from '../cache/mail-cache.ts'
import type { MailboxRole } from '../imap/client.ts'
import type { Mail } from '../mail.ts'
import { criteriaOf } from './criteria.ts'
import { AccountId, dateOf, Folder, Options, peopleOf } from './shapes.ts'

export const listAccounts = defineV1({
  verb: 'listAccounts',
  description: 'Lists the accounts of mail.',
  capability: 'mail.read',
  input: Type.Object({}, Options),
  positional: [],
  result: Type.Array(
    Type.Object({ account_id: Type.String(), email_address: Type.String(), type: Type.String() }),
  ),
  destructive: false,
  handler: async (_, __, mail: Mail) =>
    mail.accounts.all().map(({ id, email }) => ({ account_id: id, email_address: email, type: 'imap' })),
})

/** As IMAP names what folders are for (RFC 6154). */
const flagOf = (role: MailboxRole): string => `\\${role[0]?.toUpperCase()}${role.slice(1)}`

export const listFolders = defineV1({
  verb: 'listFolders',
  description: 'Lists the folders of an account.',
  capability: 'mail.read',
  input: Type.Object({ account_id: AccountId }, Options),
  positional: ['account_id'],
  result: Type.Array(
    Type.Object({ name: Type.String(), path: Type.String(), flags: Type.Array(Type.String()) }),
  ),
  destructive: false,
  untrusted: 'mail',
  async handler({ account_id: named }, call, mail: Mail) {
    const { mailboxes } = await mail.mailboxes(mail.accounts.named(named), call)
    return mailboxes.map(({ path, role, canOpen }) => ({
      name: path.slice(path.lastIndexOf('/') + 1),
      path,
      flags: [...(role ? [flagOf(role)] : []), ...(canOpen ? [] : ['\\Noselect'])],
    }))
  },
})

const DEFAULT_LIMIT = 25
const MAX_LIMIT = 500

export const listMessages = defineV1({
  verb: 'listMessages',
  description: 'Lists the messages of a folder, the newest first.',
  capability: 'mail.read',
  input: Type.Object(
    {
      account_id: AccountId,
      folder: Folder,
      options: Type.Optional(
        Type.Object(
          {
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
            search_criteria: Type.Optional(
              Type.String({
                maxLength: 1000,
                default: 'ALL',
                description:
                  'Such as UNSEEN, FLAGGED, FROM "eva", SUBJECT "boat", TEXT "oars", SINCE 2026-10-01.',
              }),
            ),
          },
          Options,
        ),
      ),
    },
    Options,
  ),
  positional: ['account_id', 'folder', 'options'],
  result: Type.Array(
    Type.Object({
      uid: Type.Integer(),
      subject: Type.String(),
      from: Type.Array(Type.String()),
      to: Type.Array(Type.String()),
      date: Type.String({ description: 'ISO 8601.' }),
      seen: Type.Boolean(),
      has_attachments: Type.Boolean(),
    }),
  ),
  destructive: false,
  untrusted: 'mail',
  async handler({ account_id: named, folder, options = {} }, call, mail: Mail) {
    const { limit = DEFAULT_LIMIT, search_criteria: criteria = 'ALL' } = options
    const query = criteriaOf(criteria)
    const account = mail.accounts.named(named)
    const mailbox = await mail.mailbox(account, folder, call)
    const { isSeen, isFlagged, ...others } = query
    const isKept = Object.keys(others).length === 0
    if (isKept) await mail.refresh(account, mailbox, call, { isFresh: true })
    const found = isKept
      ? mail.find({ mailboxes: [mailbox.id], isSeen, isFlagged, limit })
      : await mail.findOnServer(account, mailbox, query, call, limit)
    // Servers know whole days alone.
    const { since = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY } = query
    const within = found.filter(({ time }) => time >= since && time < before)
    return within.map((message) => ({
      uid: message.uid,
      subject: message.header.subject,
      from: peopleOf(message.header.from),
      to: peopleOf(message.header.to),
      date: dateOf(message),
      seen: message.isSeen,
      has_attachments: attachmentsOf(message.header).length > 0,
    }))
  },
})

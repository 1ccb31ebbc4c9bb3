/** Which folder is meant, whatever it is called. */
import type { Mailbox, MailboxRole } from './imap/client.ts'

const ROLES: readonly MailboxRole[] = [
  'inbox',
  'sent',
  'drafts',
  'trash',
  'junk',
  'archive',
  'all',
  'flagged',
]

/** By its path, by its last name, or by what it is for, which people name in English. */
export function chosen<T extends Mailbox>(mailboxes: readonly T[], named: string): T | undefined {
  const lower = named.trim().toLowerCase()
  const role = ROLES.find((one) => one === lower || one === ALIASES[lower])
  return (
    mailboxes.find(({ path }) => path === named) ??
    mailboxes.find(({ path }) => path.toLowerCase() === lower) ??
    (role && mailboxes.find((one) => one.role === role)) ??
    mailboxes.find(
      ({ path }) => path.toLowerCase().endsWith(`/${lower}`) || path.toLowerCase().endsWith(`.${lower}`),
    )
  )
}

const ALIASES: Readonly<Record<string, MailboxRole>> = {
  spam: 'junk',
  bin: 'trash',
  deleted: 'trash',
  draft: 'drafts',
  'all mail': 'all',
  starred: 'flagged',
}

/** The resource that an inbox is. */
export const inboxUri = (account: string): string => `mail://inbox/${account}`

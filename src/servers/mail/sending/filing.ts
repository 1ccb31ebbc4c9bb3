/** Copies in the folders where people look for what they sent, and for what they have not sent yet. */
import type { ImapClient } from '../imap/client.ts'
import { chosen } from '../mailboxes.ts'

export type Folder = 'sent' | 'drafts'

const FLAGS: Readonly<Record<Folder, readonly string[]>> = { sent: ['\\Seen'], drafts: ['\\Seen', '\\Draft'] }

/**
 * Puts a message into a folder unless it is there already, by its Message-ID; without bytes it is only looked for. Some servers put it
 * there by themselves. Rejects with a MailProblem.
 */
export async function fileOnce(
  client: ImapClient,
  folder: Folder,
  messageId: string,
  bytes: Buffer | undefined,
): Promise<'there' | 'filed' | 'absent' | 'no folder'> {
  const mailbox = chosen(
    (await client.mailboxes()).filter(({ canOpen }) => canOpen),
    folder,
  )
  if (!mailbox) return 'no folder'
  const found = await client.inMailbox(mailbox.path, (open) => open.withMessageId(messageId))
  if (found.length > 0) return 'there'
  if (!bytes) return 'absent'
  await client.append(mailbox.path, bytes, FLAGS[folder])
  return 'filed'
}

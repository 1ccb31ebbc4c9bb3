/** What an email that is passed on carries of the one that came. */

import { ToolError } from '../../../protocol/define.ts'
import type { Account } from '../accounts/account.ts'
import { attachmentsOf, type CachedMailbox, type CachedMessage } from '../cache/mail-cache.ts'
import type { Connections } from '../connection/connections.ts'
import type { Address, MessageHeader } from '../imap/client.ts'
import { type Attachment, tooMuchAttached } from './compose.ts'

/** What is written, and below it the text of the other with who sent it. */
export function forwardedText(
  text: string,
  { from, to, cc, subject }: MessageHeader,
  time: number,
  original: string,
): string {
  const about = [
    '---------- Forwarded message ----------',
    `From: ${named(from)}`,
    `Date: ${new Date(time).toUTCString()}`,
    `Subject: ${subject}`,
    `To: ${named(to)}`,
    ...(cc.length > 0 ? [`Cc: ${named(cc)}`] : []),
  ]
  return [...(text === '' ? [] : [text, '']), ...about, '', original].join('\n')
}

/** The files that are attached to an email, from its server, of `maxBytes` together. Rejects with a ToolError, or a MailProblem. */
export async function originalAttachments(
  connections: Connections,
  account: Account,
  mailbox: CachedMailbox,
  { uid, header }: CachedMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Attachment[]> {
  const parts = attachmentsOf(header)
  return await connections.use(
    account,
    (client) =>
      client.inMailbox(mailbox.path, async (open) => {
        const all: Attachment[] = []
        let left = maxBytes
        for (const part of open.state.uidValidity === mailbox.uidValidity ? parts : []) {
          const bytes = await open.part(uid, part, left + 1)
          if (!bytes) break
          left -= bytes.length
          if (left < 0) throw tooMuchAttached(maxBytes)
          all.push({ fileName: fileNameOf(part.fileName), type: part.type, bytes })
        }
        if (all.length < parts.length)
          throw new ToolError('This message is not there any more: it was moved or deleted.', {
            kind: 'not_found',
          })
        return all
      }),
    signal,
  )
}

const MAX_FILE_NAME = 200

/** Without folders, which have no place in the name of a file that others are to store. */
const fileNameOf = (name = 'attachment'): string =>
  name.replace(/^.*[/\\]/, '').slice(-MAX_FILE_NAME) || 'attachment'

const named = (people: readonly Address[]): string =>
  people.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(', ')

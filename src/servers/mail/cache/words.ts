/** What words of a message find it. */
import type { Writer } from '../../../protocol/database.ts'
import type { Address, MessageHeader } from '../imap/client.ts'

export function insertWords(writer: Writer, id: number, header: MessageHeader, body: string): void {
  writer.run(
    'INSERT INTO word (rowid, subject, sender, recipients, attachments, body) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    header.subject,
    words(header.from),
    words([...header.to, ...header.cc]),
    attachmentsOf(header)
      .map(({ fileName = '' }) => fileName)
      .join(' '),
    body,
  )
}

export function replaceWords(writer: Writer, id: number, header: MessageHeader, body: string): void {
  writer.run('DELETE FROM word WHERE rowid = ?', id)
  insertWords(writer, id, header, body)
}

/** What people call attached: not the text of a message, and no picture within it. */
export const attachmentsOf = ({ parts }: MessageHeader): MessageHeader['parts'] =>
  parts.filter(({ isAttachment }) => isAttachment)

const words = (people: readonly Address[]): string =>
  people.map(({ name, address }) => `${name} ${address}`).join(' ')

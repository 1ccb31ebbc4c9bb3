/** What a message says of itself, as its server lists it (RFC 9051, section 7.5.2: ENVELOPE). */
import type { FetchMessageObject } from 'imapflow'
import type { MessageHeader } from './client.ts'
import { headingOf, people } from './heading.ts'
import { mailTime } from './mail-time.ts'
import { idsIn } from './references.ts'
import { partsOf } from './structure.ts'

export function headerOf(message: FetchMessageObject): MessageHeader {
  const { uid, flags, internalDate, size = 0, envelope = {}, bodyStructure, headers } = message
  const heading = headingOf(envelope)
  return {
    ...heading,
    uid,
    flags: [...(flags ?? [])],
    receivedAt: mailTime(internalDate) ?? heading.sentAt ?? 0,
    size,
    replyTo: people(envelope.replyTo),
    messageId: idsIn(envelope.messageId ?? '')[0],
    inReplyTo: idsIn(envelope.inReplyTo ?? '')[0],
    references: idsIn(headers?.toString('latin1') ?? ''),
    parts: bodyStructure ? partsOf(bodyStructure) : [],
  }
}

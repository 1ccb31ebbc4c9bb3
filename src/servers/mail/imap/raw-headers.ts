/**
 * Headers whose letters stand there as bytes, without an encoded word that says their charset (RFC 5322 allows ASCII alone, and RFC 6532
 * UTF-8). What a server lists of them is cut to UTF-8, so they are read as they were sent.
 */
import type { MessageAddressObject, MessageEnvelopeObject } from 'imapflow'
import type { Address } from 'postal-mime'
import { decoded } from '../message/charset.ts'
import type { Part } from './client.ts'

/** The fields that are read anew. */
export const RAW_FIELDS = ['subject', 'from', 'to', 'cc', 'reply-to']
/** Of one message; a field that does not fit stays as the server lists it. */
export const MAX_RAW_BYTES = 8 * 1024
/** Old programs of the West wrote it. */
const WESTERN = 'windows-1252'
/** Charsets that bytes which are no UTF-8 are not in. */
const SAYS_NOTHING = /^["']?(?:utf-?[78]|us-ascii|ascii)/i

/** Whether a letter was lost on the way. */
export const isDamaged = ({ subject = '', from, to, cc, replyTo }: MessageEnvelopeObject): boolean =>
  [subject, ...[from, to, cc, replyTo].flatMap((all = []) => all.map(({ name = '' }) => name))].some((text) =>
    text.includes('\ufffd'),
  )

/** The charset that letters without one are most likely in, where they are no UTF-8. */
export const charsetBesides = (parts: readonly Part[]): string =>
  parts.find((part) => part.charset !== undefined && !SAYS_NOTHING.test(part.charset))?.charset ?? WESTERN

/** What the fields say; letters are in UTF-8, or else in the charset that the message has otherwise. Of fields that can't be read there is nothing. */
export async function readRawHeaders(
  bytes: Buffer,
  parts: readonly Part[],
): Promise<Partial<MessageEnvelopeObject>> {
  const charset = charsetBesides(parts)
  const lines = await Promise.all(fieldsOf(bytes).map((field) => decoded(field, charset)))
  const { default: PostalMime } = await import('postal-mime')
  const read = await PostalMime.parse(`${lines.join('\r\n')}\r\n\r\n`).catch(() => undefined)
  return {
    ...(read?.subject !== undefined && { subject: read.subject }),
    ...(read?.from && { from: people([read.from]) }),
    ...(read?.to && { to: people(read.to) }),
    ...(read?.cc && { cc: people(read.cc) }),
    ...(read?.replyTo && { replyTo: people(read.replyTo) }),
  }
}

/** Each with the lines on which it goes on, since each may have another charset. */
function fieldsOf(bytes: Buffer): Buffer[] {
  const fields = bytes
    .subarray(0, MAX_RAW_BYTES)
    .toString('latin1')
    .split(/\r?\n(?![ \t])/)
  const whole = bytes.length > MAX_RAW_BYTES ? fields.slice(0, -1) : fields
  return whole.filter((field) => field !== '').map((field) => Buffer.from(field, 'latin1'))
}

const people = (all: readonly Address[]): MessageAddressObject[] =>
  all
    .flatMap(({ name, address, group }) => group ?? [{ name, address }])
    .map(({ name, address }) => ({ name, address: address ?? '' }))

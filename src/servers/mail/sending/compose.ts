/** Makes the bytes of an email (RFC 5322, MIME), which are kept and sent as they are. */
import { randomUUID } from 'node:crypto'
import { ToolError } from '../../../protocol/define.ts'
import type { Address } from '../imap/client.ts'
import { sizeInWords } from '../size-in-words.ts'
import { mustBeOneLine } from './addresses.ts'
import type { Origin } from './outbox-store.ts'

export const MAX_SUBJECT = 900
/** Of what is written, in bytes. */
export const MAX_TEXT_BYTES = 1024 * 1024
const MAX_FILE_NAME = 255

export interface Attachment {
  fileName: string
  type: string
  bytes: Buffer
  /** Where it lies among the files of the user; undefined for what an email that is passed on brings along. */
  path?: string
}

/** An email that is not sent yet. */
export interface Draft {
  from: string
  to: readonly Address[]
  cc: readonly Address[]
  bcc: readonly Address[]
  subject: string
  text: string
  inReplyTo?: string | undefined
  references?: readonly string[] | undefined
  attachments?: readonly Attachment[] | undefined
  /** Paths of files of the user, which are read and attached before anyone is asked. */
  files?: readonly string[] | undefined
  origin?: Origin | undefined
}

export interface Composed {
  /** Without angle brackets. */
  messageId: string
  bytes: Buffer
}

/** Throws a ToolError for what can't be in an email; nothing of it is changed in silence. */
export function mustBeSendable({ subject, text, attachments = [] }: Draft): void {
  mustBeOneLine(subject, 'The subject', MAX_SUBJECT)
  if (text.includes('\0') || !text.isWellFormed())
    throw invalid('The text has a zero or half a character in it. Leave that out.')
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES)
    throw invalid('The text takes more than 1 MB. Shorten it, or attach it as a file.')
  for (const { fileName } of attachments) mustBeOneLine(fileName, 'The name of a file', MAX_FILE_NAME)
}

/** `keepBcc` is for drafts: what is sent does not tell who else gets it. Throws a ToolError. */
export async function compose(draft: Draft, date: Date, { keepBcc = false } = {}): Promise<Composed> {
  mustBeSendable(draft)
  const { from, to, cc, bcc, subject, text, inReplyTo, references = [], attachments = [] } = draft
  const messageId = `${randomUUID()}@${from.slice(from.lastIndexOf('@') + 1)}`
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const composed = new MailComposer({
    from,
    to: [...to],
    cc: [...cc],
    bcc: [...bcc],
    subject,
    text: text.replace(/\r\n?/g, '\n'),
    date,
    messageId: `<${messageId}>`,
    ...(inReplyTo !== undefined && { inReplyTo: `<${inReplyTo}>` }),
    ...(references.length > 0 && { references: references.map((id) => `<${id}>`) }),
    attachments: attachments.map(({ fileName, type, bytes }) => ({
      filename: fileName,
      contentType: type,
      content: bytes,
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
  }).compile()
  composed.keepBcc = keepBcc
  return { messageId, bytes: await composed.build() }
}

export const tooMuchAttached = (maxBytes: number): ToolError =>
  invalid(
    `What is attached takes more than ${sizeInWords(maxBytes)} together, which is the most ("attachedMegabytes" in mail.yaml). Attach less, or send it in several emails.`,
  )

const invalid = (message: string): ToolError => new ToolError(message, { kind: 'invalid' })

import { defineV1, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attachmentsOf, type CachedMessage } from '../cache/mail-cache.ts'
import type { Mail, MailCall } from '../mail.ts'
import { AccountId, dateOf, Folder, Options, peopleOf } from './shapes.ts'

const KILOBYTE = 1024
const MAX_INLINE_KB = 8 * KILOBYTE
const MAX_ATTACHMENTS = 100
const People = Type.Array(Type.String())

export const getMessage = defineV1({
  verb: 'getMessage',
  description: 'Reads a message. It stays unread.',
  capability: 'mail.read',
  input: Type.Object(
    {
      account_id: AccountId,
      folder: Folder,
      uid: Type.Integer({ minimum: 1 }),
      options: Type.Optional(
        Type.Object(
          {
            body_preference: Type.Optional(
              Type.Enum(['plain', 'html', 'both'], {
                default: 'plain',
                description: 'HTML as it came is given only where it is asked for: nobody checked it.',
              }),
            ),
            fetch_attachments: Type.Optional(Type.Boolean({ default: false })),
            max_attachment_size_inline_kb: Type.Optional(
              Type.Integer({ minimum: 0, maximum: MAX_INLINE_KB, default: KILOBYTE, description: 'In all.' }),
            ),
          },
          Options,
        ),
      ),
    },
    Options,
  ),
  positional: ['account_id', 'folder', 'uid', 'options'],
  result: Type.Object({
    uid: Type.Integer(),
    subject: Type.String(),
    from: People,
    to: People,
    cc: People,
    date: Type.String({ description: 'ISO 8601.' }),
    headers: Type.Object({}, { additionalProperties: Type.String() }),
    body_plain: Type.String(),
    body_html: Type.String(),
    attachments: Type.Array(
      Type.Object({
        filename: Type.String(),
        mime_type: Type.String(),
        size: Type.Integer({ description: 'In bytes, as it is sent.' }),
        content_id: Type.Null(),
        content_base64: Type.Optional(Type.String()),
      }),
    ),
  }),
  destructive: false,
  untrusted: 'mail',
  async handler({ account_id: named, folder, uid, options = {} }, call, mail: Mail) {
    const account = mail.accounts.named(named)
    const mailbox = await mail.mailbox(account, folder, call)
    if (mail.cache.byUid(mailbox.id, [uid]).length === 0)
      await mail.refresh(account, mailbox, call, { isFresh: true })
    const [message] = mail.cache.byUid(mailbox.id, [uid])
    if (!message)
      throw new ToolError(`There is no message ${uid} in this folder, or it is still being fetched.`, {
        kind: 'not_found',
      })
    const { body_preference: wanted = 'plain', fetch_attachments: withFiles = false } = options
    const { header } = message
    const { text } = await mail.text(message.id, call)
    const files = withFiles ? (options.max_attachment_size_inline_kb ?? KILOBYTE) * KILOBYTE : 0
    return {
      uid,
      subject: header.subject,
      from: peopleOf(header.from),
      to: peopleOf(header.to),
      cc: peopleOf(header.cc),
      date: dateOf(message),
      headers: headersOf(message),
      body_plain: text,
      body_html: wanted === 'plain' ? '' : await mail.html(message.id, call),
      attachments: await filesOf(message, files, call, mail),
    }
  },
})

/** Those that are known without the whole of it. */
function headersOf(message: CachedMessage): Record<string, string> {
  const { subject, from, to, cc, replyTo, messageId, inReplyTo, references } = message.header
  const inBrackets = (ids: readonly (string | undefined)[]) =>
    ids.flatMap((id) => (id === undefined ? [] : [`<${id}>`])).join(' ')
  const all = {
    Subject: subject,
    From: peopleOf(from).join(', '),
    To: peopleOf(to).join(', '),
    Cc: peopleOf(cc).join(', '),
    'Reply-To': peopleOf(replyTo).join(', '),
    Date: dateOf(message),
    'Message-ID': inBrackets([messageId]),
    'In-Reply-To': inBrackets([inReplyTo]),
    References: inBrackets(references),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

/** With the content of as many as `inlineBytes` hold. */
async function filesOf(message: CachedMessage, inlineBytes: number, call: MailCall, mail: Mail) {
  const all = []
  let left = inlineBytes
  for (const part of attachmentsOf(message.header).slice(0, MAX_ATTACHMENTS)) {
    const { fileName = '', type, size } = part
    const bytes = left > 0 && size <= 2 * left ? await mail.part(message.id, part, left + 1, call) : undefined
    const fits = bytes !== undefined && bytes.length <= left
    if (fits) left -= bytes.length
    all.push({
      filename: fileName,
      mime_type: type,
      size,
      content_id: null,
      ...(fits && { content_base64: bytes.toString('base64') }),
    })
  }
  return all
}

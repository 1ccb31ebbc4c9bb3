import { noteOnParts, partRange } from '../../../documents/asked-parts.ts'
import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attachedNamed, wholeOf } from '../attachment/attachment.ts'
import { safeName } from '../attachment/safe-name.ts'
import type { Mail } from '../mail.ts'
import { fenced } from './fence.ts'
import {
  AttachmentParameter,
  DEFAULT_TEXT_CHARS,
  IdParameter,
  LimitParameter,
  OffsetParameter,
  Options,
  READ_ONLY,
} from './shapes.ts'

/** What says of which kind a file is. */
const EXTENSION = /\.[A-Za-z0-9]{1,8}$/

export const readAttachment = defineTool({
  name: 'read_attachment',
  title: 'Read Attachment',
  description:
    'Reads an attachment as Markdown, such as PDF, Word, a spreadsheet, an invitation or an email, a long one in parts.',
  capability: 'mail.read',
  input: Type.Object(
    {
      id: IdParameter,
      attachment: AttachmentParameter,
      pages: Type.Optional(
        Type.String({
          maxLength: 20,
          description: 'Only these pages, sheets, slides or chapters: "7" or "7-9".',
        }),
      ),
      offset: OffsetParameter,
      limit: LimitParameter,
    },
    Options,
  ),
  output: Type.Object({
    name: Type.String(),
    format: Type.String(),
    text: Type.String(),
    parts: Type.Optional(
      Type.Object({ kind: Type.Enum(['page', 'sheet', 'slide', 'chapter']), count: Type.Integer() }),
    ),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next part.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler({ id, attachment, pages, offset = 0, limit = DEFAULT_TEXT_CHARS }, call, mail: Mail) {
    const range = partRange(pages)
    const attached = await attachedNamed(mail, id, attachment, call)
    const name = safeName(attached.fileName, attached.type)
    const bytes = await wholeOf(attached.pieces())
    const page = await mail.readDocument(
      bytes,
      // Errors tell it, and all else of a name is its sender's.
      `attachment${EXTENSION.exec(name)?.[0] ?? ''}`,
      { as: 'markdown', offset, limit, ...(range && { parts: range }) },
      call,
    )
    const { content = '', next, format, parts } = page
    if (offset > 0 && content === '')
      throw new ToolError(`There is nothing at offset ${offset}: what was asked for ends before.`, {
        kind: 'invalid',
      })
    const note = noteOnParts(page, range)
    return {
      content: [
        {
          type: 'text' as const,
          text: [fenced(content || '(It has no text.)'), note].filter(Boolean).join('\n\n'),
        },
      ],
      structured: {
        name,
        format,
        text: content,
        ...(parts && { parts: { kind: parts.kind, count: parts.count } }),
        ...(next !== undefined && { nextOffset: next }),
      },
    }
  },
})

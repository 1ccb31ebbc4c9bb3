import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { MessageOutput, messageShape, namesOf, Options, READ_ONLY } from './shapes.ts'

const DEFAULT_CHARS = 6000
const MAX_CHARS = 200_000

export const getEmail = defineTool({
  name: 'get_email',
  title: 'Get Email',
  description: 'Reads an email as Markdown, a long one in parts. It stays unread.',
  capability: 'mail.read',
  input: Type.Object(
    {
      id: Type.Integer({ minimum: 1, description: 'Its number, as lists and searches give it.' }),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          default: 0,
          description: 'Where to begin; nextOffset of the part before.',
        }),
      ),
      limit: Type.Optional(
        Type.Integer({
          minimum: 100,
          maximum: MAX_CHARS,
          default: DEFAULT_CHARS,
          description: 'In characters.',
        }),
      ),
    },
    Options,
  ),
  output: Type.Object({
    ...MessageOutput.properties,
    cc: Type.String(),
    replyTo: Type.String(),
    text: Type.String(),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next part.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler({ id, offset = 0, limit = DEFAULT_CHARS }, call, mail: Mail) {
    const { message, mailbox } = mail.located(id)
    const whole = await mail.text(id, call)
    if (offset > 0 && offset >= whole.length)
      throw new ToolError(`There is nothing at offset ${offset}: the text has ${whole.length} characters.`, {
        kind: 'invalid',
      })
    const text = whole.slice(offset, offset + limit).toWellFormed()
    const nextOffset = offset + limit < whole.length ? offset + limit : undefined
    const shape = messageShape(message, mailbox.path)
    const { header } = message
    const about = [
      `Subject: ${shape.subject || '(none)'}`,
      `From: ${shape.from}`,
      `To: ${shape.to}`,
      header.cc.length > 0 && `Cc: ${namesOf(header.cc)}`,
      `Date: ${shape.date}`,
      shape.attachments.length > 0 && `Attached: ${shape.attachments.join(', ')}`,
    ].filter(Boolean)
    const more = nextOffset === undefined ? '' : `\n\n(It goes on: call again with offset ${nextOffset}.)`
    const head = offset === 0 ? `${about.join('\n')}\n\n` : ''
    return {
      content: [{ type: 'text' as const, text: `${head}${text || '(It has no text.)'}${more}` }],
      structured: {
        ...shape,
        cc: namesOf(header.cc),
        replyTo: namesOf(header.replyTo),
        text,
        ...(nextOffset !== undefined && { nextOffset }),
      },
    }
  },
})

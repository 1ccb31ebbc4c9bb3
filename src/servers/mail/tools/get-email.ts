import { cutOff } from '../../../documents/page.ts'
import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { attachmentsOf } from '../cache/mail-cache.ts'
import type { Mail } from '../mail.ts'
import { isCalendar } from '../message/calendar.ts'
import { shownText } from '../message/display.ts'
import { sizeInWords } from '../size-in-words.ts'
import { fenced, withoutFence } from './fence.ts'
import {
  DEFAULT_TEXT_CHARS,
  IdParameter,
  LimitParameter,
  MessageOutput,
  messageShape,
  namesOf,
  OffsetParameter,
  Options,
  READ_ONLY,
} from './shapes.ts'

const MAX_ATTACHED = 50

export const getEmail = defineTool({
  name: 'get_email',
  title: 'Get Email',
  description: 'Reads an email as Markdown, a long one in parts. It stays unread.',
  capability: 'mail.read',
  input: Type.Object(
    {
      id: IdParameter,
      offset: OffsetParameter,
      limit: LimitParameter,
      quoted: Type.Optional(
        Type.Boolean({ default: false, description: 'With all that it quotes of earlier emails.' }),
      ),
      links: Type.Optional(Type.Boolean({ default: false, description: 'With long links whole.' })),
    },
    Options,
  ),
  output: Type.Object({
    ...MessageOutput.properties,
    cc: Type.String(),
    replyTo: Type.String(),
    remarks: Type.Array(Type.String(), { description: 'What is to be known of it besides its text.' }),
    attached: Type.Array(
      Type.Object({
        number: Type.Integer(),
        name: Type.String(),
        type: Type.String(),
        size: Type.Integer({ description: 'In bytes, as it is sent.' }),
      }),
    ),
    text: Type.String(),
    nextOffset: Type.Optional(Type.Integer({ description: 'The offset of the next part.' })),
  }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler(
    { id, offset = 0, limit = DEFAULT_TEXT_CHARS, quoted = false, links = false },
    call,
    mail: Mail,
  ) {
    const { message, mailbox } = mail.located(id)
    const { header } = message
    const kept = await mail.text(id, call)
    const whole = shownText(kept.text, { subject: header.subject, quoted, links })
    const { length } = whole.text
    if (offset > 0 && offset >= length)
      throw new ToolError(`There is nothing at offset ${offset}: the text has ${length} characters.`, {
        kind: 'invalid',
      })
    const { content: text, next: nextOffset } = cutOff(whole.text.slice(offset), offset, limit)
    const shape = messageShape(message, mailbox.path)
    const attached = attachmentsOf(header)
      .slice(0, MAX_ATTACHED)
      .map(({ fileName = 'without a name', type, size }, i) => ({
        number: i + 1,
        name: fileName,
        type,
        size,
      }))
    const remarks = header.parts.some(isCalendar)
      ? [...kept.remarks, `It has a calendar: ${call.nameOf('extract_calendar')} reads it.`]
      : kept.remarks
    const about = [
      `Subject: ${shape.subject || '(none)'}`,
      `From: ${shape.from}`,
      header.replyTo.length > 0 &&
        namesOf(header.replyTo) !== shape.from &&
        `Reply-To: ${namesOf(header.replyTo)}`,
      `To: ${shape.to}`,
      header.cc.length > 0 && `Cc: ${namesOf(header.cc)}`,
      `Date: ${shape.date}`,
      attached.length > 0 && `Attached: ${attached.map(attachmentLine).join('; ')}`,
    ].filter((line) => line !== false)
    const again = [
      nextOffset !== undefined &&
        `It goes on: call again with offset ${nextOffset}${asBefore({ quoted, links })}.`,
      whole.isFolded && 'With quoted: true, what it quotes is shown.',
      whole.hasCutLinks && 'With links: true, long links are shown whole.',
    ].filter((line) => line !== false)
    const parts = [
      offset === 0
        ? [...about.map(withoutFence), ...remarks.map((remark) => withoutFence(`Note: ${remark}`))].join('\n')
        : '',
      fenced(text || '(It has no text.)'),
      again.join(' '),
    ]
    return {
      content: [{ type: 'text' as const, text: parts.filter((part) => part !== '').join('\n\n') }],
      structured: {
        ...shape,
        cc: namesOf(header.cc),
        replyTo: namesOf(header.replyTo),
        remarks: [...remarks],
        attached,
        text,
        ...(nextOffset !== undefined && { nextOffset }),
      },
    }
  },
})

const asBefore = (flags: { quoted: boolean; links: boolean }): string =>
  Object.entries(flags)
    .filter(([, isOn]) => isOn)
    .map(([name]) => ` and ${name}: true`)
    .join('')

const attachmentLine = ({ number, name, size }: { number: number; name: string; size: number }): string =>
  `${number}. ${name} (${sizeInWords(size)})`

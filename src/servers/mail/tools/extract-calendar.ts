import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import type { Calendar, CalendarEntry } from '../message/read-calendar.ts'
import { fenced } from './fence.ts'
import { Options, READ_ONLY } from './shapes.ts'

const Entry = Type.Object({
  kind: Type.Enum(['event', 'task', 'journal']),
  title: Type.String(),
  when: Type.String({ description: 'On the spot with its zone, and in UTC.' }),
  start: Type.String({ description: 'ISO 8601; a date alone for whole days.' }),
  end: Type.String(),
  allDay: Type.Boolean(),
  repeats: Type.String(),
  where: Type.String(),
  organizer: Type.String(),
  attendees: Type.Array(Type.String()),
  status: Type.String(),
  description: Type.String(),
})

/** Of the description of an entry; models that want more have the email. */
const MAX_DESCRIPTION = 300

export const extractCalendar = defineTool({
  name: 'extract_calendar',
  title: 'Extract Calendar',
  description: 'Reads the invitations and calendar files of an email: what, when, where and who.',
  capability: 'mail.read',
  input: Type.Object({ id: Type.Integer({ minimum: 1, description: 'The number of the email.' }) }, Options),
  output: Type.Object({
    calendars: Type.Array(
      Type.Object({
        method: Type.String({ description: 'What is asked for, such as REQUEST or CANCEL.' }),
        entries: Type.Array(Entry),
        total: Type.Integer(),
      }),
    ),
  }),
  annotations: READ_ONLY,
  untrusted: 'mail',
  async handler({ id }, call, mail: Mail) {
    const calendars = await mail.calendars(id, call)
    if (calendars.length === 0)
      throw new ToolError('This email has no invitation and no calendar file.', { kind: 'not_found' })
    return {
      content: [{ type: 'text' as const, text: fenced(calendars.map(told).join('\n\n')) }],
      structured: { calendars },
    }
  },
})

const ASKS: Readonly<Record<string, string>> = {
  REQUEST: 'An invitation',
  CANCEL: 'It is cancelled',
  REPLY: 'An answer to an invitation',
}

function told({ method, entries, total }: Calendar): string {
  const more = total > entries.length ? [`${total - entries.length} more are left out.`] : []
  const all = entries.length === 0 ? ['There is nothing in it.'] : entries.map(entryLines)
  return [...(ASKS[method] === undefined ? [] : [ASKS[method]]), ...all, ...more].join('\n\n')
}

const entryLines = (entry: CalendarEntry): string =>
  [
    entry.title,
    entry.when && `When: ${entry.when}`,
    entry.repeats && `Repeats: ${entry.repeats}`,
    entry.where && `Where: ${entry.where}`,
    entry.organizer && `Organizer: ${entry.organizer}`,
    entry.attendees.length > 0 && `Attendees: ${entry.attendees.join(', ')}`,
    entry.status && `Status: ${entry.status}`,
    entry.description.slice(0, MAX_DESCRIPTION).toWellFormed(),
  ]
    .filter(Boolean)
    .join('\n')

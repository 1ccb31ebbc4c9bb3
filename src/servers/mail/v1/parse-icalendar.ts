import { defineV1 } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Mail } from '../mail.ts'
import { Options } from './shapes.ts'

const MAX_TEXT = 4 * 1024 * 1024
const COMPONENTS = { event: 'VEVENT', task: 'VTODO', journal: 'VJOURNAL' } as const

export const parseIcalendar = defineV1({
  verb: 'parseIcalendar',
  description: 'Reads the text of a calendar (RFC 5545).',
  capability: 'mail.read',
  input: Type.Object({ text: Type.String({ maxLength: MAX_TEXT }) }, Options),
  positional: ['text'],
  result: Type.Array(
    Type.Object({
      component: Type.String({ description: 'Such as VEVENT.' }),
      summary: Type.String(),
      dtstart: Type.String({
        description: 'ISO 8601; a date alone for whole days, empty where there is none.',
      }),
      dtend: Type.String(),
      location: Type.String(),
      description: Type.String(),
      organizer: Type.String(),
      attendees: Type.Array(Type.String()),
      status: Type.String(),
      repeats: Type.String(),
    }),
  ),
  destructive: false,
  untrusted: 'mail',
  async handler({ text }, call, mail: Mail) {
    const { entries } = await mail.calendarIn(text, call)
    return entries.map((entry) => ({
      component: COMPONENTS[entry.kind],
      summary: entry.title,
      dtstart: entry.start,
      dtend: entry.end,
      location: entry.where,
      description: entry.description,
      organizer: entry.organizer,
      attendees: entry.attendees,
      status: entry.status,
      repeats: entry.repeats,
    }))
  },
})

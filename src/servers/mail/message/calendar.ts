/** Which parts of a message are calendars. */
import type { Part } from '../imap/client.ts'

const TYPES = new Set(['text/calendar', 'application/ics', 'text/x-vcalendar'])

export const isCalendar = ({ type, fileName = '' }: Part): boolean =>
  TYPES.has(type) || /\.ics$/i.test(fileName)

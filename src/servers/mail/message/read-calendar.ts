/** Invitations and calendars (RFC 5545, RFC 5546), by node-ical. Times are given as they are on the spot, with their zone, and in UTC. */
import ical, { type CalendarResponse } from 'node-ical'
import { ruleInWords } from '../../../documents/calendar/words.ts'
import { cleanLine, cleanText } from '../../../protocol/foreign-text.ts'
import { errorWith } from '../tools/fence.ts'
import { decoded } from './charset.ts'

export interface CalendarEntry {
  kind: 'event' | 'task' | 'journal'
  title: string
  /** Such as `Friday 2026-11-27 09:00 to 10:30 (Europe/Berlin)`. */
  when: string
  /** ISO 8601, or the date alone where it is for whole days; empty where there is none. */
  start: string
  end: string
  allDay: boolean
  repeats: string
  where: string
  organizer: string
  attendees: string[]
  status: string
  description: string
}

export interface Calendar {
  /** What is asked for, such as REQUEST, CANCEL or REPLY; empty for a calendar that asks for nothing. */
  method: string
  entries: CalendarEntry[]
  /** How many entries there are in all. */
  total: number
}

const MAX_ENTRIES = 50
const MAX_ATTENDEES = 50
const MAX_LINE = 300
const MAX_DESCRIPTION = 2000
const KINDS = { VEVENT: 'event', VTODO: 'task', VJOURNAL: 'journal' } as const

export async function readCalendar(bytes: Buffer, charset: string | undefined): Promise<Calendar> {
  const text = await decoded(bytes, charset)
  const { vcalendar, ...all } = parsed(text)
  const components = Object.values(all).flatMap((component) => {
    const kind = component && KINDS[component.type as keyof typeof KINDS]
    return component && kind ? [{ component: component as Component, kind }] : []
  })
  const entries = components
    .flatMap(({ component, kind }) => [component, ...changesOf(component)].map((one) => entryOf(one, kind)))
    .sort((one, other) => one.start.localeCompare(other.start))
  const method = vcalendar?.method ?? components[0]?.component.method ?? ''
  return { method: line(method).toUpperCase(), entries: entries.slice(0, MAX_ENTRIES), total: entries.length }
}

/** Of what is cut off, what was there is read. */
const closed = (text: string): string =>
  /END:VCALENDAR\s*$/i.test(text.slice(-100)) ? text : `${text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

/** Throws a ToolError. */
function parsed(text: string): CalendarResponse {
  try {
    return ical.parseICS(closed(text))
  } catch (cause) {
    const why = cause instanceof Error ? cleanLine(cause.message).slice(0, MAX_LINE) : ''
    throw errorWith("This calendar breaks the rules of calendars and can't be read:", why, {
      kind: 'invalid',
      cause,
    })
  }
}

/** What node-ical makes of an entry, as far as it is told; of lines that senders left out there is nothing. */
interface Component {
  method?: unknown
  summary?: unknown
  location?: unknown
  description?: unknown
  status?: unknown
  organizer?: unknown
  attendee?: unknown
  start?: unknown
  end?: unknown
  due?: unknown
  datetype?: string
  rrule?: { toString(): string }
  recurrences?: Record<string, Component>
}

type Time = Date & { tz?: string; dateOnly?: boolean }

/** Single times of what repeats that are otherwise. They stand there by day and by time, each the same. */
const changesOf = ({ recurrences = {} }: Component): Component[] => [...new Set(Object.values(recurrences))]

function entryOf(component: Component, kind: CalendarEntry['kind']): CalendarEntry {
  const start = dateOf(component.start) ?? dateOf(component.due)
  const allDay = start?.dateOnly === true || component.datetype === 'date'
  const end = dateOf(component.end)
  return {
    kind,
    title: line(component.summary) || '(no title)',
    when: start ? whenOf(start, end, allDay) : line(component.start),
    start: stamp(start, allDay),
    end: stamp(end, allDay),
    allDay,
    repeats: component.rrule ? line(ruleInWords(ruleOf(component.rrule.toString()))) : '',
    where: line(component.location),
    organizer: person(component.organizer),
    attendees: listOf(component.attendee).slice(0, MAX_ATTENDEES).map(person),
    status: line(component.status).toLowerCase(),
    description: cleanText(wordsOf(component.description)).trim().slice(0, MAX_DESCRIPTION).toWellFormed(),
  }
}

const ruleOf = (text: string): string => /RRULE:([^\n]*)/.exec(text)?.[1] ?? text

/** Undefined for what a sender wrote that is none. */
const dateOf = (time: unknown): Time | undefined =>
  time instanceof Date && Number.isFinite(time.getTime()) ? time : undefined

/** Whole days are dates of no zone, which node-ical gives in the one of the process. */
const localDay = (time: Date): string =>
  [time.getFullYear(), time.getMonth() + 1, time.getDate()]
    .map((one, i) => String(one).padStart(i === 0 ? 4 : 2, '0'))
    .join('-')

function stamp(time: Time | undefined, allDay: boolean): string {
  if (!time) return ''
  if (allDay) return localDay(time)
  return time.tz === undefined ? `${localDay(time)}T${localClock(time)}` : time.toISOString()
}

const DAY_MS = 86_400_000

function whenOf(start: Time, end: Time | undefined, allDay: boolean): string {
  if (allDay) {
    // The end is the day after the last one; at noon, so that no change of clocks matters.
    const last = end && new Date(end.getTime() - DAY_MS / 2)
    const first = withWeekday(localDay(start))
    return last && localDay(last) > localDay(start) ? `${first} to ${withWeekday(localDay(last))}` : first
  }
  const zone = start.tz === undefined ? undefined : zoneOf(start.tz)
  const from = localTime(start, zone)
  const until = end && end.getTime() > start.getTime() ? localTime(end, zone) : undefined
  const to = until && (until.day === from.day ? until.clock : `${withWeekday(until.day)} ${until.clock}`)
  const local = `${withWeekday(from.day)} ${from.clock}${to ? ` to ${to}` : ''}`
  if (zone === undefined) return `${local}, wherever one is`
  return zone === 'UTC'
    ? `${local} (UTC)`
    : `${local} (${zone}), ${start.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const withWeekday = (day: string): string =>
  `${new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(Date.parse(day))} ${day}`

/** As the calendar names it, where that is a zone that there is. */
function zoneOf(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

/** A time without a zone is one of the process, as node-ical gives it. */
function localTime(time: Date, timeZone: string | undefined): { day: string; clock: string } {
  if (timeZone === undefined) return { day: localDay(time), clock: localClock(time) }
  const [day = '', clock = ''] = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'short',
    timeZone,
  })
    .format(time)
    .split(' ')
  return { day, clock }
}

const localClock = (time: Date): string =>
  [time.getHours(), time.getMinutes()].map((one) => String(one).padStart(2, '0')).join(':')

/** A line with parameters is an object with its value. */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null && 'val' in value) return wordsOf(value.val)
  return Array.isArray(value) ? value.map(wordsOf).join(' ') : ''
}

const line = (value: unknown): string =>
  cleanLine(wordsOf(value).slice(0, 2 * MAX_LINE))
    .slice(0, MAX_LINE)
    .toWellFormed()

const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

/** By name and address, and what they answered. */
function person(value: unknown): string {
  const address = line(value).replace(/^mailto:/i, '')
  const parameters =
    typeof value === 'object' && value !== null && 'params' in value ? value.params : undefined
  const { CN: name = '', PARTSTAT: answer = '' } = (parameters ?? {}) as { CN?: unknown; PARTSTAT?: unknown }
  const who =
    line(name) && line(name) !== address ? `${line(name).replace(/^"|"$/g, '')} <${address}>` : address
  const said = line(answer).toLowerCase()
  return said && said !== 'needs-action' ? `${who} (${said})` : who
}

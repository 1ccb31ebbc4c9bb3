/** Times and rules of a calendar in words. Source: RFC 5545, sections 3.3 and 3.8.5.3. */
import type { ContentLine } from './content-lines.ts'

const DAYS: Readonly<Record<string, string>> = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
}
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const UNITS: Readonly<Record<string, string>> = {
  SECONDLY: 'second',
  MINUTELY: 'minute',
  HOURLY: 'hour',
  DAILY: 'day',
  WEEKLY: 'week',
  MONTHLY: 'month',
  YEARLY: 'year',
}
const ORDINALS = ['', 'first', 'second', 'third', 'fourth', 'fifth']
const DAY = 86_400_000
const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?$/

interface Time {
  date: string
  /** Of the day, in UTC, to count with. */
  day: number
  /** Undefined for a whole day. */
  clock: string | undefined
  zone: string
}

function timeOf({ value, parameters }: ContentLine): Time | undefined {
  const [, year, month, day, hour, minute, , utc] = TIME.exec(value.trim()) ?? []
  if (year === undefined) return undefined
  const zone = utc ? 'UTC' : (parameters.get('TZID') ?? '')
  const clock = hour === undefined ? undefined : `${hour}:${minute}`
  return {
    date: `${year}-${month}-${day}`,
    day: Date.UTC(Number(year), Number(month) - 1, Number(day)),
    clock,
    zone,
  }
}

const withDay = ({ date, day }: Time): string =>
  `${new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(day)} ${date}`

const shown = (time: Time): string =>
  [withDay(time), time.clock, time.zone && `(${time.zone})`].filter(Boolean).join(' ')

/** When something is, such as `Friday 2026-11-27 09:00 to 10:30 (Europe/Berlin)`; the line itself where it is no time. */
export function whenOf(start: ContentLine, end?: ContentLine, duration?: ContentLine): string {
  const from = timeOf(start)
  if (!from) return start.value
  const until = end && timeOf(end)
  if (until) return period(from, until)
  const length = duration && durationInWords(duration.value)
  return length ? `${shown(from)}, ${length}` : shown(from)
}

function period(from: Time, until: Time): string {
  if (from.clock === undefined || until.clock === undefined) {
    // The end is the day after the last one.
    const last = new Date(until.day - DAY)
    if (!(last.getTime() > from.day)) return withDay(from)
    return `${withDay(from)} to ${withDay({ ...until, day: last.getTime(), date: last.toISOString().slice(0, 10) })}`
  }
  if (from.zone !== until.zone) return `${shown(from)} to ${shown(until)}`
  const end = from.date === until.date ? until.clock : `${withDay(until)} ${until.clock}`
  return `${withDay(from)} ${from.clock} to ${end}${from.zone && ` (${from.zone})`}`
}

function durationInWords(value: string): string | undefined {
  const [, ...counts] =
    /^\+?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:\d+S)?)?$/.exec(value) ?? []
  const words = ['week', 'day', 'hour', 'minute'].flatMap((unit, i) =>
    Number(counts[i] ?? 0) > 0 ? [times(Number(counts[i]), unit)] : [],
  )
  return words.length > 0 ? words.join(' ') : undefined
}

const times = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

/** Dates of a list, such as those that are left out. */
export const datesOf = ({ value, parameters, ...line }: ContentLine): string =>
  value
    .split(',')
    .map((one) => whenOf({ ...line, parameters, value: one }))
    .join(', ')

/** A rule of repetition, such as `every 2 weeks on Monday and Friday, until 2026-12-31`. It is not worked out which days those are. */
export function ruleInWords(rule: string): string {
  const parts = new Map(
    rule.split(';').map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=')
      return [name.trim().toUpperCase(), value.trim()]
    }),
  )
  const take = (name: string): string[] => {
    const value = parts.get(name)
    parts.delete(name)
    return value ? value.split(',') : []
  }
  const unit = UNITS[take('FREQ')[0]?.toUpperCase() ?? '']
  if (unit === undefined) return rule
  const [interval = '1'] = take('INTERVAL')
  const words = [interval === '1' ? `every ${unit}` : `every ${interval} ${unit}s`]
  const days = take('BYDAY').map(dayInWords)
  if (days.length > 0) words.push(`on ${listed(days)}`)
  const ofMonth = take('BYMONTHDAY').map((day) => (day === '-1' ? 'the last day' : `day ${day}`))
  if (ofMonth.length > 0) words.push(`on ${listed(ofMonth)}`)
  const months = take('BYMONTH').map((month) => MONTHS[Number(month) - 1] ?? month)
  if (months.length > 0) words.push(`in ${listed(months)}`)
  const [count] = take('COUNT')
  const [until] = take('UNTIL')
  take('WKST')
  const rest = [...parts].filter(([name]) => name !== '').map(([name, value]) => `${name}=${value}`)
  const end = until && (/^(\d{4})(\d\d)(\d\d)/.exec(until)?.slice(1).join('-') ?? until)
  return [
    words.join(' '),
    ...rest,
    ...(count ? [times(Number(count), 'time')] : []),
    ...(end ? [`until ${end}`] : []),
  ].join(', ')
}

function dayInWords(day: string): string {
  const [, which = '', name = ''] = /^([+-]?\d{0,2})([A-Z]{2})$/.exec(day.toUpperCase()) ?? []
  const word = DAYS[name]
  if (word === undefined) return day
  if (which === '') return word
  const number = Number(which)
  const ordinal = number === -1 ? 'last' : (ORDINALS[number] ?? which)
  return `the ${ordinal} ${word}`
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

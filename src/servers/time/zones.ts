/**
 * Instants and wall clocks. An instant is in milliseconds since the epoch; a wall clock is what a zone's clocks
 * show, written as the instant at which clocks in UTC show it. All that is known of zones comes from Intl.
 */
export const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

export interface Moment {
  timezone: string
  /** ISO 8601, to the second, with the offset. */
  datetime: string
  day_of_week: string
  is_dst: boolean
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}

/** The wall clock of a zone at an instant, to the second. */
function wallClockAt(instant: number, zone: string): number {
  const part: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(instant)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) + hour * HOUR_MS + minute * 60_000 + second * 1000
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
export const offsetAt = (instant: number, zone: string): number =>
  wallClockAt(instant, zone) - Math.floor(instant / 1000) * 1000

/** The wall clock at the beginning of the day that a zone has at an instant. */
export function startOfDay(instant: number, zone: string): number {
  return Math.floor(wallClockAt(instant, zone) / DAY_MS) * DAY_MS
}

/**
 * The instant at which a zone's clocks show `wallClock`. Where they skip it, that at which they would have,
 * had they not been put forward; where they show it twice, the first.
 */
export function resolveWallClock(
  wallClock: number,
  zone: string,
): { instant: number; kind: 'once' | 'skipped' | 'twice' } {
  const before = wallClock - offsetAt(wallClock - DAY_MS, zone)
  const after = wallClock - offsetAt(wallClock + DAY_MS, zone)
  const [first, second] = [...new Set([before, after])].filter(
    (instant) => wallClockAt(instant, zone) === wallClock,
  )
  if (first === undefined) return { instant: before, kind: 'skipped' }
  return second === undefined
    ? { instant: first, kind: 'once' }
    : { instant: Math.min(first, second), kind: 'twice' }
}

export function describeInstant(instant: number, zone: string): Moment {
  const wallClock = new Date(wallClockAt(instant, zone))
  return {
    timezone: zone,
    datetime: wallClock.toISOString().slice(0, -'.000Z'.length) + isoOffset(offsetAt(instant, zone)),
    day_of_week: DAYS[wallClock.getUTCDay()] as string,
    is_dst: isDaylightSaving(instant, zone),
  }
}

/** Intl does not say it: it holds where the clocks are ahead of what they show in the other half of the year. */
function isDaylightSaving(instant: number, zone: string): boolean {
  const year = new Date(wallClockAt(instant, zone)).getUTCFullYear()
  const standard = Math.min(offsetAt(Date.UTC(year, 0, 1), zone), offsetAt(Date.UTC(year, 6, 1), zone))
  return offsetAt(instant, zone) > standard
}

/** "+02:00"; with seconds for the local times that were kept before zones. */
function isoOffset(offset: number): string {
  const text = new Date(Math.abs(offset)).toISOString().slice(11, 19)
  return (offset < 0 ? '-' : '+') + (text.endsWith(':00') ? text.slice(0, 5) : text)
}

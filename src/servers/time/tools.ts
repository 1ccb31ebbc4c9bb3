import { type Clock, defineTool, ToolError } from '../../protocol/define.ts'
import * as Type from '../../protocol/schema.ts'
import { findZone, systemZone } from './zone-names.ts'
import { describeInstant, HOUR_MS, offsetAt, resolveWallClock, startOfDay } from './zones.ts'

const ANNOTATIONS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

const Moment = Type.Object({
  timezone: Type.String(),
  datetime: Type.String({ description: 'ISO 8601 with the offset from UTC.' }),
  day_of_week: Type.String(),
  is_dst: Type.Boolean({ description: 'Whether daylight saving time holds.' }),
})

const zone = (what: string) => Type.String({ description: `${what}: an IANA name, such as Asia/Tokyo.` })

export const getCurrentTime = defineTool({
  name: 'get_current_time',
  title: 'Get Current Time',
  description: 'Tells the date and time in a time zone; in that of this machine if none is given.',
  capability: 'time.read',
  input: Type.Object({ timezone: Type.Optional(zone('The time zone')) }, { additionalProperties: false }),
  output: Moment,
  annotations: ANNOTATIONS,
  async handler({ timezone }, _call, clock: Clock) {
    const zone = timezone === undefined ? systemZone() : findZone(timezone)
    return { structured: describeInstant(clock.wall(), zone) }
  },
})

export const convertTime = defineTool({
  name: 'convert_time',
  title: 'Convert Time',
  description: 'Converts a time of day from one time zone to another, today or on a given date.',
  capability: 'time.read',
  input: Type.Object(
    {
      source_timezone: zone('The zone of the time'),
      time: Type.String({
        pattern: '^([01]?[0-9]|2[0-3]):[0-5][0-9]$',
        description: 'The time to convert, as HH:MM from 00:00 to 23:59.',
      }),
      target_timezone: zone('The zone to convert to'),
      date: Type.Optional(
        Type.String({
          pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
          description: 'The date in the source zone, as YYYY-MM-DD; today if left out.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  output: Type.Object({
    source: Moment,
    target: Moment,
    time_difference: Type.String({ description: 'How far the target is ahead, such as +9.0h.' }),
    note: Type.Optional(
      Type.String({ description: 'What is peculiar about the time, where the clock was changed.' }),
    ),
  }),
  annotations: ANNOTATIONS,
  async handler({ source_timezone, time, target_timezone, date }, _call, clock: Clock) {
    const source = findZone(source_timezone)
    const target = findZone(target_timezone)
    const day = date === undefined ? startOfDay(clock.wall(), source) : parseDate(date)
    const [hours = 0, minutes = 0] = time.split(':').map(Number)
    const { instant, kind } = resolveWallClock(day + hours * HOUR_MS + minutes * 60_000, source)
    const note = noteOn(kind, time, source)
    return {
      structured: {
        source: describeInstant(instant, source),
        target: describeInstant(instant, target),
        time_difference: inHours(offsetAt(instant, target) - offsetAt(instant, source)),
        ...(note === undefined ? {} : { note }),
      },
    }
  },
})

/** The first moment of a date as if it were in UTC, in milliseconds. */
function parseDate(date: string): number {
  const day = Date.parse(`${date}T00:00:00Z`)
  // Some engines let the 30th of February be the 2nd of March.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date)
    throw new ToolError(`There is no date ${date}; write it as YYYY-MM-DD.`, { kind: 'invalid' })
  return day
}

function noteOn(kind: 'once' | 'skipped' | 'twice', time: string, zone: string): string | undefined {
  if (kind === 'skipped')
    return `${time} does not exist on that day in ${zone}: the clock is put forward past it. The time is taken as if it had not been yet.`
  if (kind === 'twice')
    return `${time} comes twice on that day in ${zone}: the clock is put back. The first of the two is taken.`
  return undefined
}

/** A difference in milliseconds as signed hours: "+9.0h", "+5.75h". */
function inHours(ms: number): string {
  const hours = ms / HOUR_MS
  const text = Number.isInteger(hours) ? hours.toFixed(1) : String(Number(hours.toFixed(2)))
  return `${hours < 0 ? '' : '+'}${text}h`
}

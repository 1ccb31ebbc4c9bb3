/** Times as people and models write them: `2026-11-05`, `2026-11`, `2026`, `2026-11-05T10:00`, or how long ago, `7d`. */
import { wholeIn } from '../../../protocol/values.ts'

const HOUR_MS = 3_600_000
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS }
const AGO = /^(\d{1,5}) ?([hdw])$/i
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/i

/** What a time covers: from the first millisecond since the epoch on, and before the second. A moment covers nothing. */
export interface Covered {
  readonly from: number
  readonly before: number
}

/** Dates without a zone are those of this machine. Undefined for what is none of these forms, or a day that there is not. */
export function readTime(text: string, now: number): Covered | undefined {
  const given = text.trim()
  const [, count, unit = ''] = AGO.exec(given) ?? []
  const length = UNITS[unit.toLowerCase()]
  if (count !== undefined && length !== undefined) return at(now - (wholeIn(count) ?? 0) * length)
  if (MOMENT.test(given)) return at(Date.parse(given.replace(' ', 'T')))
  const parts = DATE.exec(given)
  if (!parts) return undefined
  const [year, month, day] = parts.slice(1).map((part) => wholeIn(part))
  return year === undefined ? undefined : covered(year, month, day)
}

function covered(year: number, month: number | undefined, day: number | undefined): Covered | undefined {
  const from = local(year, month ?? 1, day ?? 1)
  if (from.getMonth() !== (month ?? 1) - 1 || from.getDate() !== (day ?? 1)) return undefined
  const before =
    day !== undefined
      ? local(year, month ?? 1, day + 1)
      : month !== undefined
        ? local(year, month + 1, 1)
        : local(year + 1, 1, 1)
  return { from: from.getTime(), before: before.getTime() }
}

/** `new Date` takes the years up to 99 for those of the last century. */
function local(year: number, month: number, day: number): Date {
  const date = new Date(2000, month - 1, day)
  date.setFullYear(year, month - 1, day)
  return date
}

const at = (moment: number): Covered | undefined =>
  Number.isNaN(moment) ? undefined : { from: moment, before: moment }

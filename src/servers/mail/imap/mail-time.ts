/** Dates of mails, with what senders make of their zones. Source: RFC 5322, sections 3.3 and 4.3. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DATE =
  /^(?:[\p{L}.]{1,12},?\s+)?(\d{1,2})[\s-]+(\p{L}{3})\p{L}{0,9}[\s,-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d{1,9})?)?\s*(.{0,40})/u
/** Hours by which the clocks of zones are ahead that mails name; of others it is not known, and RFC 5322 takes none. */
const ZONES: Readonly<Record<string, number>> = {
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  wet: 0,
  west: 1,
  bst: 1,
  cet: 1,
  mez: 1,
  met: 1,
  cest: 2,
  mesz: 2,
  mest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  jst: 9,
  kst: 9,
  hkt: 8,
  aest: 10,
  aedt: 11,
}
/** The clocks of no place are further ahead. */
const MAX_HOURS = 14

/** Milliseconds since the epoch; undefined for what is no date. */
export function mailTime(date: Date | string | undefined): number | undefined {
  if (date === undefined) return undefined
  const time = typeof date === 'string' ? (byRule(date.trim()) ?? Date.parse(date)) : date.getTime()
  return Number.isFinite(time) ? time : undefined
}

function byRule(date: string): number | undefined {
  const [, day, name = '', year = '', hour, minute, second = 0, zone = ''] = DATE.exec(date) ?? []
  const month = MONTHS.indexOf(name.toLowerCase())
  if (month === -1) return undefined
  // Two digits are from 1950 to 2049, and three count from 1900.
  const whole = Number(year) + (year.length === 4 ? 0 : year.length === 3 || Number(year) >= 50 ? 1900 : 2000)
  const time = Date.UTC(whole, month, Number(day), Number(hour), Number(minute), Number(second))
  return time - minutesAhead(zone) * 60_000
}

function minutesAhead(zone: string): number {
  const [, sign, hours, minutes = '0'] = /^(?:GMT|UTC|UT)?\s*([+-])(\d{1,2}):?(\d{2})?/i.exec(zone) ?? []
  if (hours === undefined) return (ZONES[/^[a-z]+/.exec(zone.toLowerCase())?.[0] ?? ''] ?? 0) * 60
  if (Number(hours) > MAX_HOURS || Number(minutes) > 59) return 0
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}

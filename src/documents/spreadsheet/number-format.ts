/**
 * Numbers of a workbook as people mean them: dates and times in the form of ISO 8601, percentages, amounts of money. All else is the number
 * itself, however much of it the sheet shows. Source: ECMA-376, part 1, sections 18.8.30, 18.8.31 and 18.17.4.
 */

/** Serial numbers of days count from another day in workbooks of old Macs. */
export interface DateSystem {
  readonly is1904: boolean
}

export type ShowNumber = (value: number, dates: DateSystem) => string

/** Formats that a workbook only names by number, as far as they are no plain numbers. */
const BUILT_IN: Readonly<Record<number, string>> = {
  5: '"$"0',
  6: '"$"0',
  7: '"$"0.00',
  8: '"$"0.00',
  9: '0%',
  10: '0.00%',
  14: 'yyyy-mm-dd',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm',
  19: 'h:mm:ss',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'yyyy-mm-dd h:mm',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss',
}
/** Dates and times of East Asia: which of both depends on the language of the program. */
const isEastAsian = (id: number): boolean => (id >= 27 && id <= 36) || (id >= 50 && id <= 58)

const SECONDS_A_DAY = 86_400
/** Days from the first one to the first of January 1970. */
const TO_1970 = 25_569
const FROM_1900_TO_1904 = 1462
/** The end of the year 9999. */
const LAST_DAY = 2_958_466
/** Excel takes 1900 for a leap year, so that all days before its February ends are counted one too high. */
const NO_LEAP_DAY = 60
/** Numbers are stored with so many digits that mean something. */
const DIGITS = 15

/** `code` is that of the workbook, where it has one for the number of the format. */
export function showNumberOf(id: number, code: string | undefined): ShowNumber {
  if (code === undefined && isEastAsian(id))
    return (value, dates) =>
      value >= 0 && value < 1 ? time(value) : value % 1 === 0 ? date(value, dates) : dateTime(value, dates)
  return showBy(code ?? BUILT_IN[id] ?? '')
}

/** A number without what binary fractions add to it. */
export const plainNumber = (value: number): string => String(Number(value.toPrecision(DIGITS)))

/** Of a share of one. */
export const percentage = (value: number): string => `${plainNumber(value * 100)}%`

/** An amount of money. */
export function amountOf(value: number, decimals: number, currency: string, isBefore: boolean): string {
  const amount = value.toFixed(Math.min(decimals, DIGITS))
  if (!isBefore) return `${amount} ${currency}`.trim()
  const space = /^[A-Z]{3}$/.test(currency) ? ' ' : ''
  return amount.replace(/^-?/, (sign) => `${sign}${currency}${space}`)
}

function showBy(format: string): ShowNumber {
  const { letters, currency, isBefore } = partsOf(format)
  const isElapsed = /\[(?:h+|m+|s+)\]/i.test(letters)
  const plain = letters.replace(/\[[^\]]*\]/g, '').replace(/general|standard|am\/pm|a\/p|e[+-]/gi, ' ')
  if (isElapsed) return duration
  if (/[ymdhsge]/i.test(plain)) {
    const hasTime = /[hs]/i.test(plain)
    const hasDate = /[ydge]/i.test(plain) || /m{3,}/i.test(plain) || !hasTime
    return hasDate ? (hasTime ? dateTime : date) : time
  }
  if (plain.includes('%')) return percentage
  const decimals = /[.]([0#?]*)/.exec(plain)?.[1]?.length ?? 0
  if (currency !== '') return (value) => amountOf(value, decimals, currency, isBefore)
  // Postcodes and the like.
  if (/^0{2,}$/.test(plain.trim()))
    return (value) =>
      Number.isInteger(value) && value >= 0
        ? String(value).padStart(plain.trim().length, '0')
        : plainNumber(value)
  return plainNumber
}

/** The letters that mean something in the first section of a format, and the currency that it shows. */
function partsOf(format: string): { letters: string; currency: string; isBefore: boolean } {
  let letters = ''
  let currency = ''
  let isBefore = false
  const found = (symbol: string) => {
    if (
      currency !== '' ||
      !/^(?:\p{Sc}|[A-Z]{3}|kr\.?|zł|Kč|Ft|Fr\.?|R\$|лв\.?|lei|руб\.?)$/u.test(symbol.trim())
    )
      return
    currency = symbol.trim()
    isBefore = !/[0#?]/.test(letters)
  }
  for (const [token = ''] of format.matchAll(/"[^"]*"?|\\.|[_*].|\[[^\]]*\]?|./gsu)) {
    if (token === ';') break
    if (token.startsWith('"')) found(token.replaceAll('"', ''))
    else if (token.startsWith('[$')) found(/^\[\$([^\]-]*)/.exec(token)?.[1] ?? '')
    else if (/^\p{Sc}$/u.test(token)) found(token)
    else if (!/^[\\_*]./su.test(token)) letters += token
  }
  return { letters, currency, isBefore }
}

/** In seconds since the beginning of 1970; undefined for what is no day of the years from 1900 to 9999. */
function secondsOf(value: number, { is1904 }: DateSystem): number | undefined {
  const serial = is1904 ? value + FROM_1900_TO_1904 : value < NO_LEAP_DAY ? value + 1 : value
  if (!(value >= 0) || serial >= LAST_DAY) return undefined
  return Math.round((serial - TO_1970) * SECONDS_A_DAY)
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString()

const date: ShowNumber = (value, dates) => {
  const seconds = secondsOf(Math.floor(value), dates)
  return seconds === undefined ? plainNumber(value) : isoOf(seconds).slice(0, 'yyyy-mm-dd'.length)
}

const dateTime: ShowNumber = (value, dates) => {
  const seconds = secondsOf(value, dates)
  if (seconds === undefined) return plainNumber(value)
  const [day = '', clock = ''] = isoOf(seconds).split('T')
  return `${day} ${withoutZeros(clock.slice(0, 'hh:mm:ss'.length))}`
}

/** The time of a day. */
const time = (value: number): string =>
  value >= 0 ? withoutZeros(isoOf(Math.round((value % 1) * SECONDS_A_DAY)).slice(11, 19)) : plainNumber(value)

const withoutZeros = (clock: string): string => clock.replace(/:00$/, '')

const duration = (value: number): string => durationOf(value * SECONDS_A_DAY)

/** Hours, which may be more than a day has, minutes, and seconds where there are some. */
export function durationOf(seconds: number): string {
  const all = Math.round(Math.abs(seconds))
  if (!Number.isSafeInteger(all)) return plainNumber(seconds)
  const two = (count: number) => String(Math.floor(count)).padStart(2, '0')
  return `${seconds < 0 ? '-' : ''}${withoutZeros(`${two(all / 3600)}:${two((all % 3600) / 60)}:${two(all % 60)}`)}`
}

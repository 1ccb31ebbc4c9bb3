/** Which parts of a file are read: what one file holds of memory and time has a bound, and of the index, however long it is. */
import { FORMATS, type Format, formatRow } from '../../documents/formats.ts'

const MEGABYTE = 1024 * 1024
/** A longer file is read in part: a long novel has three. */
export const MAX_READ_BYTES = 4 * MEGABYTE
/** A format that can't be read in part. */
export const MAX_WHOLE_BYTES = 32 * MEGABYTE
/** Of a format of which its header alone is looked at: it may come behind a profile of colours and a small picture. */
const HEADER_BYTES = 256 * 1024
/** Passages that one file has of the index; a text of `MAX_READ_BYTES` has about so many. */
export const MAX_PIECES = 10_000

export interface Range {
  /** The first byte, and the one after the last. */
  start: number
  end: number
}

/** None for a file that is too long to be read at all (`whyTooLong`). */
export function rangesOf(format: Format | 'unknown', size: number): Range[] {
  const longer = format === 'unknown' ? FORMATS.text.longer : formatRow(format).longer
  if (longer === 'none' || longer === 'header') {
    const end = longer === 'header' ? Math.min(size, HEADER_BYTES) : size
    return size > MAX_WHOLE_BYTES ? [] : [{ start: 0, end }]
  }
  if (size <= MAX_READ_BYTES) return [{ start: 0, end: size }]
  if (longer === 'beginning') return [{ start: 0, end: MAX_READ_BYTES }]
  // Even, for encodings with two bytes a letter.
  const half = MAX_READ_BYTES / 2
  const end = size - (size % 2)
  return [
    { start: 0, end: half },
    { start: end - half, end: size },
  ]
}

export const whyTooLong = (size: number): string =>
  `It has ${inWords(size)}, and files of this format are read up to ${inWords(MAX_WHOLE_BYTES)}. Make it smaller, such as by its pictures.`

/** What is searched of a file of which not everything is, as a sentence; undefined where everything is. */
export function whatIsRead(size: number, ranges: readonly Range[]): string | undefined {
  const [first, last] = ranges
  const read = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  if (!first || read >= size) return undefined
  const beginning = `the first ${inWords(first.end)}`
  const both =
    last === first || !last ? beginning : `${beginning} and the last ${inWords(last.end - last.start)}`
  return `Only ${both} of its ${inWords(size)} are searched.`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Such as `2.1 GB`. */
export function inWords(bytes: number): string {
  let [value, unit] = [bytes, 0]
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  return `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} ${UNITS[unit]}`
}

import { CliError } from './cli-error.ts'

const UNITS = ['K', 'M', 'G', 'T']

/** A size such as `500M` or `10G`, in bytes; units are powers of 1024. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^([1-9]\d{0,5})([KMGT])$/i.exec(text) ?? []
  if (digits === undefined || unit === undefined)
    throw new CliError('usage', `"${text}" is not a size; write it as 500M, 10G or 1T.`)
  return Number(digits) * 1024 ** (UNITS.indexOf(unit.toUpperCase()) + 1)
}

/** Bytes for people, such as `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 'B'
  for (const next of UNITS) {
    if (value < 1024) break
    value /= 1024
    unit = `${next}iB`
  }
  return `${unit === 'B' || value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`
}

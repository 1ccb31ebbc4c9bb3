/** What a file is, by its bytes: a name may be anything. */
import { FORMAT_NAMES, type Format, formatByContent, formatOf, formatRow } from './formats.ts'
import { pictureHeader } from './picture/header.ts'
import { ZipProblem } from './zip/problem.ts'
import { openZip, type Zip } from './zip/zip.ts'

/** How far into a file its format may begin. */
const LOOKED_AT = 1024
const ZIP = Buffer.from('PK\x03\x04')
const MAX_ENTRIES = 20_000
const MAX_MIMETYPE = 200
const MAX_CONTENT_TYPES = 4 * 1024 * 1024

/**
 * The format of bytes that are no text; undefined for those that might be one. `zip` is an archive of which nothing more is known, such as
 * a damaged one.
 */
export function formatByBytes(bytes: Buffer): Format | 'zip' | undefined {
  const beginning = bytes.subarray(0, LOOKED_AT)
  if (pictureHeader(beginning)) return 'picture'
  for (const format of FORMAT_NAMES) {
    const { begins } = formatRow(format)
    if (begins !== undefined && beginning.includes(begins, 0, 'latin1')) return format
  }
  return beginning.subarray(0, ZIP.length).equals(ZIP) ? formatInZip(bytes) : undefined
}

function formatInZip(bytes: Buffer): Format | 'zip' {
  const said = saidByZip(bytes)
  const isSaid = (type: string) => said.mimetype === type || said.contentTypes.includes(`"${type}"`)
  return FORMAT_NAMES.find((format) => formatRow(format).inZip?.some(isSaid)) ?? 'zip'
}

function saidByZip(bytes: Buffer): { mimetype: string; contentTypes: string } {
  try {
    const zip = openZip(bytes, MAX_ENTRIES)
    return {
      mimetype: textIn(zip, 'mimetype', MAX_MIMETYPE).trim(),
      contentTypes: textIn(zip, '[Content_Types].xml', MAX_CONTENT_TYPES),
    }
  } catch (error) {
    if (!(error instanceof ZipProblem)) throw error
    return { mimetype: '', contentTypes: '' }
  }
}

const textIn = (zip: Zip, name: string, most: number): string => zip.read(name, most)?.toString() ?? ''

/** Whether files of a format are text, which no signature tells. */
export function isOfText(format: Format): boolean {
  const { begins, inZip, isPicture } = formatRow(format)
  return begins === undefined && inZip === undefined && !isPicture
}

/** The format of a text: by its name where that is one of a text, else by what it says. */
export function formatOfText(name: string, text: string): Format {
  const named = formatOf(name)
  return named !== undefined && named !== 'unknown' && isOfText(named) ? named : formatByContent(text)
}

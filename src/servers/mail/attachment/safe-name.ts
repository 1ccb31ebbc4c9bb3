/** The name of a file that a sender chose, as it can be given to a file anywhere. */
import { cleanLine } from '../../../protocol/foreign-text.ts'

/** In bytes of UTF-8: systems allow 255, and a number may come behind it. */
const MAX_BYTES = 200
/** What is kept of a long name, so that programs know what it is. */
const MAX_EXTENSION = 20

/** Names that stand for devices on Windows, whatever comes behind the dot. */
const DEVICES = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i
const EXTENSION = /\.[\p{L}\p{N}_-]{1,19}$/u

/** Extensions for files that have no name, or a name without one. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': '.pdf',
  'application/zip': '.zip',
  'application/ics': '.ics',
  'application/json': '.json',
  'application/msword': '.doc',
  'application/vnd.ms-excel': '.xls',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': '.docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': '.xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': '.pptx',
  'application/vnd.oasis.opendocument.text': '.odt',
  'image/gif': '.gif',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/svg+xml': '.svg',
  'image/webp': '.webp',
  'message/rfc822': '.eml',
  'text/calendar': '.ics',
  'text/csv': '.csv',
  'text/html': '.html',
  'text/plain': '.txt',
  'text/vcard': '.vcf',
}

/** No path, nothing invisible, no name that means something to a system, and not too long; `type` names what has no name. */
export function safeName(fileName: string | undefined, type: string): string {
  const last = cleanLine(fileName ?? '')
    .normalize('NFC')
    .split(/[/\\]/)
    .findLast((part) => part.trim() !== '')
  const plain = cleanLine((last ?? '').replace(/[<>:"|?*]/g, '_'))
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  const named = plain === '' ? 'attachment' : plain
  const whole = EXTENSION.test(named) ? named : `${named}${EXTENSIONS[type] ?? ''}`
  return shortened(DEVICES.test(whole) ? `_${whole}` : whole)
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name
  const extension = EXTENSION.exec(name)?.[0].slice(0, MAX_EXTENSION) ?? ''
  let stem = name.slice(0, name.length - extension.length)
  while (Buffer.byteLength(stem) + Buffer.byteLength(extension) > MAX_BYTES) stem = stem.slice(0, -1)
  return `${stem.toWellFormed().replace(/[\uFFFD.\s]+$/, '')}${extension}`
}

/** MIME types of files, by what they begin with, then by the ending of their name. */
import { isUtf8 } from 'node:buffer'

const BY_ENDING: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css',
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  epub: 'application/epub+zip',
  flac: 'audio/flac',
  gif: 'image/gif',
  gz: 'application/gzip',
  heic: 'image/heic',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  ics: 'text/calendar',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  m4a: 'audio/mp4',
  md: 'text/markdown',
  mkv: 'video/matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  odp: 'application/vnd.oasis.opendocument.presentation',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  toml: 'application/toml',
  txt: 'text/plain',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
}

/** What files of a type begin with, in hexadecimal; two dots stand for any byte. */
const BY_START: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^47494638(37|39)61/, 'image/gif'], // GIF87a, GIF89a
  [/^52494646.{8}57454250/, 'image/webp'], // RIFF….WEBP
  [/^52494646.{8}57415645/, 'audio/wav'], // RIFF….WAVE
  [/^424d.{8}00000000/, 'image/bmp'], // BM
  [/^.{8}6674797061766966/, 'image/avif'], // ….ftypavif
  [/^(49492a00|4d4d002a)/, 'image/tiff'], // II*, MM*
  [/^(494433|fffb|fff3|fff2)/, 'audio/mpeg'], // ID3, or a frame of layer III
  [/^664c6143/, 'audio/flac'], // fLaC
  [/^4f676753/, 'audio/ogg'], // OggS
  [/^255044462d/, 'application/pdf'], // %PDF-
  [/^1f8b/, 'application/gzip'],
]

/** How much of a file's start tells its type. */
export const SNIFFED_BYTES = 512

/**
 * The type of a file of this name that begins so. Images and sounds are what their bytes say: a client that is
 * given an image of the wrong type may fail the whole conversation.
 */
export function mimeTypeOf(name: string, start: Buffer): string {
  const hex = start.toString('hex', 0, 16)
  const sniffed = BY_START.find(([pattern]) => pattern.test(hex))?.[1]
  if (sniffed !== undefined) return sniffed
  const byName = BY_ENDING[/\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '']
  if (byName !== undefined && !(RECOGNISED.has(byName) && start.length > 0)) return byName
  return looksLikeText(start) ? 'text/plain' : 'application/octet-stream'
}

/** Types that the start of a file always tells. */
const RECOGNISED: ReadonlySet<string> = new Set(BY_START.map(([, type]) => type))

const looksLikeText = (start: Buffer): boolean =>
  !start.includes(0) && [0, 1, 2, 3].some((cut) => isUtf8(start.subarray(0, start.length - cut)))

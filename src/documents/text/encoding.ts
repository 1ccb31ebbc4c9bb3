/** In which encoding the bytes of a file are text, if they are any. */
import { isUtf8 } from 'node:buffer'

export interface Encoding {
  /** As TextDecoder knows it, such as `utf-8` or `windows-1252`. */
  encoding: string
  /** Bytes at the beginning that only say which one it is. */
  mark: number
}

/** How much of a text is looked at, in bytes. */
const LOOKED_AT = 64 * 1024
/** The share of control characters that texts have at most. */
const CONTROL_SHARE = 0.002
/** And of characters without an assigned meaning. */
const UNASSIGNED_SHARE = 0.05
/** Below that, in percent, a guess is none. */
const MIN_CONFIDENCE = 16
/** Most old files of the West are in it, and all bytes mean something in it. */
const WESTERN = 'windows-1252'

/** Undefined for bytes that are no text. `isCut` says that they go on, maybe within a character. */
export async function encodingOf(bytes: Buffer, isCut = false): Promise<Encoding | undefined> {
  const found =
    byMark(bytes) ?? byZeros(bytes) ?? (await byContent(isCut ? withoutLastCharacter(bytes) : bytes))
  return found && isText(bytes, found) ? found : undefined
}

function byMark(bytes: Buffer): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', mark: 3 }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', mark: 2 }
  return undefined
}

/** UTF-16 without a mark: of most letters one byte is zero, always the same one. */
function byZeros(bytes: Buffer): Encoding | undefined {
  const beginning = bytes.subarray(0, LOOKED_AT)
  const zeros = [0, 0]
  for (const [at, byte] of beginning.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  const most = beginning.length / 2
  if (most < 2 || Math.min(even, odd) > most * CONTROL_SHARE || Math.max(even, odd) < most / 2)
    return undefined
  return { encoding: even > odd ? 'utf-16be' : 'utf-16le', mark: 0 }
}

async function byContent(bytes: Buffer): Promise<Encoding | undefined> {
  if (bytes.subarray(0, LOOKED_AT).includes(0)) return undefined
  if (isUtf8(bytes)) return { encoding: isIso2022Jp(bytes) ? 'iso-2022-jp' : 'utf-8', mark: 0 }
  return { encoding: isNearlyUtf8(bytes) ? 'utf-8' : await guessed(sampleOf(bytes)), mark: 0 }
}

/** Its letters are those of ASCII, between two escapes. */
const isIso2022Jp = (bytes: Buffer): boolean =>
  ['\x1b$B', '\x1b$@'].some((mark) => bytes.subarray(0, LOOKED_AT).includes(mark, 0, 'latin1'))

/** Whether it is UTF-8 but for a few bytes, as a log that something else wrote into. */
function isNearlyUtf8(bytes: Buffer): boolean {
  const text = bytes.toString()
  const bad = count(text, /\ufffd/g)
  return count(text, /[\u0080-\ufffc]/g) > bad * 4
}

/** Up to what may be a part of a character of UTF-8. */
function withoutLastCharacter(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && end > bytes.length - 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, (bytes[end - 1] ?? 0) >= 0x80 ? end - 1 : bytes.length)
}

/** A part that has letters other than those of ASCII. */
function sampleOf(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte >= 0x80)
  return bytes.subarray(Math.max(0, first - LOOKED_AT / 2), first + LOOKED_AT)
}

async function guessed(bytes: Buffer): Promise<string> {
  const { analyse } = await import('chardet')
  const isMostlyAscii = bytes.filter((byte) => byte >= 0x80).length < bytes.length / 3
  for (const { name, confidence } of analyse(bytes)) {
    const encoding = known(name)
    if (encoding === undefined || (confidence < MIN_CONFIDENCE && isMostlyAscii)) continue
    const text = new TextDecoder(encoding).decode(bytes, { stream: true })
    // What a right guess does not have.
    if (!/[\ufffd\u0080-\u009f]/.test(text)) return encoding
  }
  return WESTERN
}

/** As TextDecoder knows it: it takes the encodings of ISO for those of Windows, which have more. */
function known(name: string): string | undefined {
  try {
    const { encoding } = new TextDecoder(name)
    return encoding === 'utf-8' || encoding.startsWith('utf-16') ? undefined : encoding
  } catch {
    return undefined
  }
}

function isText(bytes: Buffer, { encoding, mark }: Encoding): boolean {
  const beginning = bytes.subarray(mark, mark + LOOKED_AT)
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(beginning, { stream: true })
  // Of control characters all but tab, line feed, form feed, carriage return, escape and the end of DOS.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const odd = count(text, /[\x00-\x08\x0e-\x19\x1c-\x1f\x7f-\x84\x86-\x9f]/g)
  // Any two bytes are some letter of UTF-16, but not of those that there are.
  const isRandom =
    encoding.startsWith('utf-16') && count(text, /[\p{Cn}\p{Co}\ufffd]/gu) > text.length * UNASSIGNED_SHARE
  return odd <= text.length * CONTROL_SHARE && !isRandom
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** The text that bytes of a message stand for, whatever the message says of them. */
import { isUtf8 } from 'node:buffer'
import { encodingOf } from '../../../documents/text/encoding.ts'

/** By names that mails have and https://encoding.spec.whatwg.org/#names-and-labels lacks. */
const ALIASES: Readonly<Record<string, string>> = {
  ansi: 'windows-1252',
  'ansi-x3.4-1968': 'windows-1252',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  eucgb2312: 'gbk',
  hebrew: 'iso-8859-8',
  'iso-2022-jp-ms': 'iso-2022-jp',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-3': 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  cp50222: 'iso-2022-jp',
  'shift-jis': 'shift_jis',
  'ks-c-5601-1987': 'euc-kr',
  'ks-c-5601-1989': 'euc-kr',
}
/** Those in which letters of two bytes stand between shifts, as ASCII (RFC 1557, 1843, 1922). */
const SHIFTED: Readonly<Record<string, { within: string; shifts: RegExp }>> = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the shifts are control characters
  'iso-2022-kr': { within: 'euc-kr', shifts: /\x0e([^\x0f]*)(?:\x0f|$)/g },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the shifts are control characters
  'iso-2022-cn': { within: 'gbk', shifts: /\x0e([^\x0f]*)(?:\x0f|$)/g },
  'hz-gb-2312': { within: 'gbk', shifts: /~\{((?:[^~]|~(?!\}))*)(?:~\}|$)/g },
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes say which letters the shifts mean
const DESIGNATIONS = /\x1b\$[)*][ACGHE]/g
/** In these, letters are single bytes; what is UTF-8 with other letters than ASCII's is never meant to be one of them. */
const SINGLE_BYTES = /^(?:windows-\d|iso-8859-|koi8|ibm866|macintosh|x-mac)/

/** Bytes of these are UTF-8 as well, and mean something else. */
const IN_ASCII = /^utf-?(?:7|32)/

/** Never throws: what is wrong becomes U+FFFD. */
export async function decoded(bytes: Buffer, charset: string | undefined): Promise<string> {
  const name = nameOf(charset)
  const shifted = SHIFTED[name]
  if (shifted) return new TextDecoder(shifted.within).decode(withoutShifts(bytes, shifted.shifts))
  const named = decoderOf(name)
  if (named) {
    const isOther = SINGLE_BYTES.test(named.encoding) && isUtf8(bytes)
    if (!isOther) {
      try {
        // What was fetched may end within a letter.
        return named.decode(bytes, { stream: true })
      } catch {
        // The message says another charset than it has.
      }
    }
  } else if (name !== '' && !/^(?:us-)?ascii$/.test(name) && (!isUtf8(bytes) || IN_ASCII.test(name))) {
    const { default: iconv } = await import('iconv-lite')
    if (iconv.encodingExists(name)) return iconv.decode(bytes, name)
  }
  const { encoding = 'windows-1252' } = (await encodingOf(bytes, true)) ?? {}
  return new TextDecoder(encoding).decode(bytes)
}

/** In one way, without what does not belong to it. */
function nameOf(charset = ''): string {
  const name = charset
    .toLowerCase()
    .replace(/^[\s"'=]+|["';,\s].*$/g, '')
    .slice(0, 40)
    .replaceAll('_', '-')
    .replace(/^x-(?=utf|unicode)|^unicode-1-1-(?=utf)/, '')
    .replace(/^(?:cp|windows|win|ms)-?(?=125\d|874)/, 'windows-')
    .replace(/^iso-?(?=8859)/, 'iso-')
    .replace(/^(iso-8859)-?(?=\d)/, '$1-')
    .replace(/^utf-?8.*/, 'utf-8')
    .replace(/^csiso2022kr$/, 'iso-2022-kr')
  return ALIASES[name] ?? name
}

function decoderOf(name: string): TextDecoder | undefined {
  if (/^(?:us-ascii|ascii)$/.test(name)) return undefined
  try {
    return new TextDecoder(name, { fatal: true })
  } catch {
    return undefined
  }
}

function withoutShifts(bytes: Buffer, shifts: RegExp): Buffer {
  const text = bytes.toString('latin1').replace(DESIGNATIONS, '')
  const high = (letters: string) =>
    letters.replace(/[\x21-\x7e]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) | 0x80))
  return Buffer.from(
    text.replace(shifts, (_, letters: string) => high(letters)).replace(/~~/g, '~'),
    'latin1',
  )
}

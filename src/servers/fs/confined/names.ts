/**
 * Names as they are on disk, which are bytes, and as they are shown. Bytes that are not UTF-8, and control
 * characters (a line break in a name would forge a line of a listing), are shown as `\xHH`.
 */
import { isUtf8 } from 'node:buffer'

/** A name for a system call: bytes where it is not UTF-8. */
export type DiskName = string | Buffer

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/g
const ESCAPE = /\\x([0-9a-f]{2})/gi

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`

/** A name as it is shown. */
export function shownName(name: Buffer): string {
  if (isUtf8(name)) return name.toString().replace(CONTROL, (char) => hex(char.charCodeAt(0)))
  let shown = ''
  for (let at = 0; at < name.length; ) {
    const length = characterAt(name, at)
    shown += length === 0 ? hex(name[at] ?? 0) : shownName(name.subarray(at, at + length))
    at += length || 1
  }
  return shown
}

/** The bytes that a name with escapes stands for; undefined if it has none. */
export function escapedBytes(shown: string): Buffer | undefined {
  if (shown.search(ESCAPE) < 0) return undefined
  const parts: Buffer[] = []
  let end = 0
  for (const match of shown.matchAll(ESCAPE)) {
    parts.push(Buffer.from(shown.slice(end, match.index)), Buffer.from(match[1] ?? '', 'hex'))
    end = match.index + match[0].length
  }
  const bytes = Buffer.concat([...parts, Buffer.from(shown.slice(end))])
  return bytes.includes(0) || bytes.includes('/') || bytes.equals(DOT) || bytes.equals(DOT_DOT)
    ? undefined
    : bytes
}

const DOT = Buffer.from('.')
const DOT_DOT = Buffer.from('..')

/** How many bytes the UTF-8 character at `at` has; 0 where there is none. */
function characterAt(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++)
    if (isUtf8(bytes.subarray(at, at + length))) return length
  return 0
}

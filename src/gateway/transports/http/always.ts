/** What every answer over HTTP has, refusals too, and answers that are written past node:http. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** A browser must take no answer for something else than it says, nor show it within a page of another site. */
export const ALWAYS = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** The same as text. */
export const ALWAYS_LINES = Object.entries(ALWAYS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** How long a client whose bytes are not read has to read why, in milliseconds. */
const LINGER_MS = 1000

/** The last answer on a connection, as text. */
export function lastAnswer(status: number, body = '', fields: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ ...fields, 'Content-Length': String(Buffer.byteLength(body)) })
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${ALWAYS_LINES}Connection: close\r\n` +
    `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
  )
}

/**
 * Ends a connection after what was written, without reading any further. It stays for a moment: were it gone at once, the
 * answer to unread bytes would be a reset, which takes what was said with it (RFC 9112, section 9.6).
 */
export function endUnread(socket: Duplex, lastWords = ''): void {
  socket.pause()
  socket.end(lastWords)
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}

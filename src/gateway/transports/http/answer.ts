/** Answers over HTTP that are no stream. */
import { SMALL_BYTES } from '../../call/memory.ts'
import type { HttpResponse } from './exchange.ts'

/** Throws RATE_LIMITED where there is no memory for it until it is read. */
export function sendJson(
  res: HttpResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (res.destroyed || res.headersSent) return
  const text = JSON.stringify(body)
  if (text.length > SMALL_BYTES) res.unread?.expect(text.length)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  res.end(text)
  res.unread?.wrote(text.length)
}

/** A short text. */
export function sendText(
  res: HttpResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}
